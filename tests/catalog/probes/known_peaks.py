"""Models whose live peak can be written down, measured as the probe measures: `python -m ... known_peaks` prints JSON.

Bytes are of float32; the input is held by whoever calls, so that it is no part of what a pass adds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.probes.peak_memory import PROBE
from benchbench.types import Condition

MIB = 2**20
TOKENS, WIDTH, INNER = 4096, 512, 2048


class Feedforward(nn.Module):
    """x + W2 gelu(W1 x): before and after the activation, both of the inner width, live at once."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = x + self.down(nn.functional.gelu(self.up(x)))
        return found


class Chain(nn.Module):
    """Layer after layer, each freed when the next is done: two live at a time, however many there are."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class Scores(nn.Module):
    """softmax(x xᵀ) x with the scores written out: scores and weights live at once."""

    def forward(self, x: Tensor) -> Tensor:
        weights = (x @ x.transpose(1, 2)).softmax(-1)
        return weights @ x


class Dense(nn.Module):
    """Every layer's output is kept for the end, where all are put beside each other: twice all of them."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.scales = nn.Parameter(torch.ones(depth))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x * scale for scale in self.scales], -1)


class Pyramid(nn.Module):
    """Convolutions without padding and pooling: the first map and what it is pooled to are the most."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 16, 1), nn.Conv2d(16, 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.second(nn.functional.avg_pool2d(torch.relu_(self.first(x)), 2))
        return found


@dataclass(frozen=True)
class Case:
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    live: int
    """Numbers that live at the peak of a pass, beside model and input."""


CASES = {
    "feedforward": Case(Feedforward, (1, TOKENS, WIDTH), 2 * TOKENS * INNER),
    "chain of 2": Case(lambda: Chain(2), (1, TOKENS, WIDTH), 2 * TOKENS * WIDTH),
    "chain of 6": Case(lambda: Chain(6), (1, TOKENS, WIDTH), 2 * TOKENS * WIDTH),
    "scores": Case(Scores, (2, 2048, 64), 2 * 2 * 2048 * 2048),
    "dense": Case(lambda: Dense(5), (1, TOKENS, WIDTH), 2 * 5 * TOKENS * WIDTH),
    "pyramid": Case(Pyramid, (2, 3, 512, 512), 2 * 16 * 512 * 512 * 5 // 4),
}


def expected(case: Case) -> tuple[float, float]:
    """MiB that a pass adds, and MiB of model, input and pass together."""
    held = sum(parameter.numel() for parameter in case.make().parameters()) + torch.Size(case.shape).numel()
    return 4 * case.live / MIB, 4 * (held + case.live) / MIB


def measured(case: Case) -> dict[str, float]:
    torch.manual_seed(0)
    subject = Subject(case.make().eval(), FAMILY)
    measurements, _ = PROBE.measure(subject, {"x": torch.randn(case.shape)}, Condition())
    return {each.metric: each.samples[0] for each in measurements}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps({name: measured(case) for name, case in CASES.items()}))
