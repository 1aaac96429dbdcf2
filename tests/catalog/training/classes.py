"""A small world of classes: noisy patterns of 16 pixels, and vision transformers of a few thousand weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Family, Inputs, Sample, Subject, Task

SIDE, CLASSES = 16, 5


class Patterns:
    """The first patterns of a seed: one of five drawings under noise."""

    def __init__(self, count: int = 64, seed: int = 3) -> None:
        self.fingerprint = f"patterns {seed} {count}"
        self._seed, self._count = seed, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        return _pattern(self._seed, index)


@cache
def _pattern(seed: int, index: int) -> Sample:
    rng = np.random.default_rng([seed, index])
    label = int(rng.integers(CLASSES))
    drawing = np.random.default_rng(label).integers(0, 256, (SIDE, SIDE, 3))
    noise = rng.integers(0, 256, drawing.shape)
    return Sample(index, ((drawing + noise) // 2).astype(np.uint8), {"label": np.asarray(label, np.int64)})


class Sorting:
    """A family of classifiers, in the precision that its `kind` names."""

    name, title, version = "sorting", "patterns by class", 1
    task: Task = "classification"

    def __init__(self, kind: torch.dtype = torch.float32) -> None:
        self._kind = kind

    def prepare(self, image: Any) -> Tensor:
        return (torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).to(self._kind) / 127.5) - 1

    def anatomy(self, model: nn.Module) -> Anatomy:
        del model
        return Anatomy(stacks=(), encoder=("vit.", "deit."))

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        return {"pixel_values": torch.stack(list(images))}

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        drawn = torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))
        return {"pixel_values": drawn.to(self._kind)}

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        del model
        return {"labels": torch.from_numpy(np.stack([sample.target["label"] for sample in samples]))}

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        del model
        return cross_entropy(outputs.logits, targets["labels"])

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        del outputs, taught
        raise AssertionError("logits are imitated by the step, not by the family")


def classifier(
    *,
    seed: int = 0,
    classes: int = CLASSES,
    width: int = 16,
    layers: int = 2,
    distilled: bool = False,
    kind: torch.dtype = torch.float32,
) -> Subject:
    """Of random weights; no bias on the keys, whose true gradient is 0 and whose steps would be rounding errors."""
    from transformers import DeiTConfig, DeiTForImageClassificationWithTeacher, ViTConfig, ViTForImageClassification

    shape: dict[str, Any] = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": layers}
    shape |= {"image_size": SIDE, "patch_size": 8, "num_attention_heads": 2, "num_labels": classes, "qkv_bias": False}
    shape |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    torch.manual_seed(seed)
    model: Any = (
        DeiTForImageClassificationWithTeacher(DeiTConfig(**shape))
        if distilled
        else ViTForImageClassification(ViTConfig(**shape))
    )
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
    return Subject(cast(nn.Module, model.to(kind).eval()), cast(Family, Sorting(kind)), seed)


def answers(subject: Subject, count: int = 32, seed: int = 9) -> Any:
    """Raw outputs for patterns that no training saw."""
    images = [
        Sorting(next(subject.model.parameters()).dtype).prepare(Patterns(count, seed)[i].image) for i in range(count)
    ]
    with torch.no_grad():
        return subject.model(pixel_values=torch.stack(images))


def labels(count: int = 32, seed: int = 9) -> Tensor:
    return torch.tensor([int(Patterns(count, seed)[index].target["label"]) for index in range(count)])
