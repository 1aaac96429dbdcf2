"""What a training step was asked to do: its settings, checked once. Knows no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from benchbench.errors import CannotTrain
from benchbench.types import Json

Strategy = Literal["full", "frozen-encoder", "head-only", "last-k", "lora"]
Schedule = Literal["poly", "cosine", "constant"]
Precision = Literal["float32", "bf16", "fp16"]
Augment = Literal["none", "flip", "strong"]
Source = Literal["training", "unlabelled"]
Kind = Literal["soft", "hard", "token"]
VERSION = 1
"""Raised whenever the same recipe would give other weights."""


@dataclass(frozen=True)
class Recipe:
    """The settings that `finetune` and `distil` share, under their names and with their defaults.

    `batch` images are passed at once, shared among all processes; `accumulate` such batches make one optimiser step.
    Rates, schedule, flips and weight decay are those of Depth Anything V2's metric fine-tuning; `clip` 0 means none.
    """

    steps: int
    batch: int = 16
    accumulate: int = 1
    train: Strategy = "full"
    last: int = 4
    rank: int = 8
    rate: float = 5e-6
    head_factor: float = 10.0
    schedule: Schedule = "poly"
    warm_up: int = 0
    weight_decay: float = 0.01
    clip: float = 1.0
    precision: Precision = "float32"
    augment: Augment = "flip"

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "accumulate", "last", "rank"):
            if getattr(self, name) < 1:
                raise CannotTrain(f"{name}: {getattr(self, name)} is below 1")
        for name in ("warm_up", "weight_decay", "clip"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise CannotTrain(f"{name}: {getattr(self, name)} is no number from 0")
        for name in ("rate", "head_factor"):
            if not 0 < getattr(self, name) < float("inf"):
                raise CannotTrain(f"{name}: {getattr(self, name)} is no number above 0")
        if self.warm_up > self.steps:
            raise CannotTrain(f"warm_up: {self.warm_up} of {self.steps} steps", "it must end before the training does")

    @property
    def images(self) -> int:
        """Every image each time it is seen."""
        return self.steps * self.accumulate * self.batch


@dataclass(frozen=True)
class Lesson:
    """Whom a student listens to: weights of the ground truth, of the teacher's outputs and of its inner tokens."""

    truth: float = 1.0
    output: float = 0.0
    feature: float = 0.0
    data: Source = "training"

    def __post_init__(self) -> None:
        for name in ("truth", "output", "feature"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise CannotTrain(f"{name}: {getattr(self, name)} is no weight")
        if not self.truth + self.output + self.feature:
            raise CannotTrain("truth, output and feature are all 0: there is nothing to learn from")
        if self.truth and self.data == "unlabelled":
            raise CannotTrain("unlabelled data have no ground truth to learn from", "write truth: 0")

    @property
    def taught(self) -> bool:
        """Whether a teacher is asked at all."""
        return bool(self.output or self.feature)


@dataclass(frozen=True)
class LogitLesson(Lesson):
    """A lesson for classifiers: `output` weighs what the teacher's logits say of the classes; see `training.logits`."""

    kind: Kind = "soft"
    temperature: float = 3.0

    def __post_init__(self) -> None:
        if not 0 <= self.output <= 1:
            raise CannotTrain(f"weight: {self.output} is no share from 0 to 1")
        if self.truth and self.data == "unlabelled":
            raise CannotTrain("unlabelled data have no ground truth to learn from", "write weight: 1")
        super().__post_init__()
        if not 0 < self.temperature < float("inf"):
            raise CannotTrain(f"temperature: {self.temperature} is no number above 0")


def trainings(surgery: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """The entries of training steps among those of a subject."""
    return [entry for entry in surgery if "course" in entry]


def recipe_of(entry: Mapping[str, Json]) -> Recipe:
    """The recipe that a training step's surgery entry tells of; what it leaves out is as by default."""
    given = entry.get("settings")
    known = {each.name for each in fields(Recipe)}
    named: dict[str, Any] = {}
    for name, value in (given if isinstance(given, dict) else {}).items():
        if name.replace("-", "_") in known:
            named[name.replace("-", "_")] = value
    return Recipe(**named)
