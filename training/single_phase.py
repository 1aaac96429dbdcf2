"""A training of one phase: its folder with checkpoint and log, and the loop that goes on from there."""

import csv
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from training.detr import checkpoint
from training.detr.checkpoint import Progress

Model = TypeVar("Model", bound=nn.Module)


class Course(Protocol):
    """What the loop asks of a recipe."""

    @property
    def batch(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def clip(self) -> float: ...
    @property
    def evaluate_every(self) -> int: ...
    @property
    def save_every(self) -> int: ...


class SinglePhase(ABC, Generic[Model]):
    """One training run in a folder. `phase` names it in the checkpoint, `columns` the scores in the log."""

    phase: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]

    def __init__(self, course: Course, work: Path, model: Model) -> None:
        self.course, self.work, self.model = course, work, model
        self.optimiser = AdamW(model.parameters(), weight_decay=course.weight_decay, fused=True)
        self.progress = Progress(self.phase)
        work.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""

    @abstractmethod
    def loss(self, step: int) -> Tensor:
        """The loss of the batch of a step: a scalar with a gradient."""

    @abstractmethod
    def scores(self) -> Sequence[float]:
        """What is told of the model while it learns, in the order of `columns`; leaves it in train mode."""

    @property
    def kept(self) -> Path:
        return self.work / "checkpoint.pt"

    def finish(self) -> None:
        """To the last step, from wherever the checkpoint stands."""
        if self.kept.exists():
            self.progress = checkpoint.load(self.kept, self.model, self.optimiser, self.phase)
        recent: list[float] = []
        self.model.train()
        while self.progress.step < self.course.steps:
            recent.append(self._step())
            if self._due(self.course.evaluate_every):
                self._report(sum(recent) / len(recent))
                recent.clear()
            if self._due(self.course.save_every):
                checkpoint.save(self.kept, self.model, self.optimiser, self.progress)

    def _due(self, every: int) -> bool:
        return self.progress.step % every == 0 or self.progress.step == self.course.steps

    def _step(self) -> float:
        started, step = time.process_time(), self.progress.step
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(step)
        loss = self.loss(step)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        clip_grad_norm_(self.model.parameters(), self.course.clip)
        self.optimiser.step()
        seconds = self.progress.seconds + time.process_time() - started
        self.progress = replace(self.progress, step=step + 1, seconds=seconds)
        return loss.item()

    def _report(self, loss: float) -> None:
        row: list[object] = [self.progress.step, self.progress.step * self.course.batch, f"{loss:.4f}"]
        row += [*(f"{score:.4f}" for score in self.scores()), f"{self.progress.seconds:.0f}"]
        path = self.work / "training_log.csv"
        head: list[object] = ["step", "images", "loss", *self.columns, "cpu_seconds"]
        rows = [row] if path.exists() else [head, row]
        with path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        print(*row, flush=True)
