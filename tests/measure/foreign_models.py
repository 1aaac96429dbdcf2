"""Factories of a user's own, as they would be named on the command line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.checkpoints import STAND_INS


class Bare(nn.Module):
    """A tensor without a name."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Linear(3, 4)

    def forward(self, pixel_values: Tensor) -> Tensor:
        found: Tensor = self.weight(pixel_values.mean((2, 3)))
        return found


class Named(Bare):
    def forward(self, pixel_values: Tensor) -> Any:
        return {"logits": super().forward(pixel_values)}


class Attributed(Bare):
    def forward(self, pixel_values: Tensor) -> Any:
        return SimpleNamespace(logits=super().forward(pixel_values))


class Answering(nn.Module):
    """Answers whatever it was told to."""

    answer: object = None

    def forward(self, pixel_values: Tensor) -> Any:
        del pixel_values
        return self.answer


class Spectral(nn.Module):
    """Twenty classes by an operator that ONNX has nothing for."""

    def forward(self, pixel_values: Tensor) -> Any:
        square = pixel_values[:, 0, :20, :20]
        return SimpleNamespace(logits=torch.linalg.eigvalsh(square @ square.transpose(1, 2)))


class Stranger(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images


def wrong() -> object:
    return object()


def failing() -> nn.Module:
    raise RuntimeError("no weights today")


def seeded() -> nn.Module:
    torch.manual_seed(3)
    return Named()


def detr() -> nn.Module:
    """One of the family's own architecture, as transformers makes it of the folder that ships."""
    from transformers import DetrForObjectDetection

    found: nn.Module = DetrForObjectDetection.from_pretrained(STAND_INS / "detr", dtype=torch.float32)
    return found
