"""Steps: cuts that change shapes, trainings that change weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchbench.catalog.contracts.data import Samples
from benchbench.catalog.contracts.models import Subject
from benchbench.types import Json


@dataclass(frozen=True)
class Step:
    """A change to a model. `apply(subject, *, ...)` raises CannotCut and appends to the subject's surgery.

    `reapply(model, entry)` repeats a recorded surgery entry's shapes on a fresh model, so that its weights load again.
    Reducing steps must make something smaller; the engine checks that they did.
    """

    name: str
    version: int
    reducing: bool
    apply: Callable[..., None]
    reapply: Callable[[Subject, Mapping[str, Json]], None]
    chooses: Callable[..., bool] = lambda **_: False
    """Whether, with these settings, it chooses what to keep on calibration data; without them only costs are told."""
    runtimes: Callable[..., tuple[str, ...]] = lambda **_: ()
    """The only runtimes that can run what these settings make; none named: all of them."""
    closes: bool = False
    """Whether nothing can be cut or trained any more after it: it is a variant's last step."""

    @property
    def declared(self) -> Callable[..., object]:
        """The function whose keyword-only parameters are the settings."""
        return self.apply


@dataclass(frozen=True)
class Ground:
    """What a training stands on. Whatever is asked for and not declared raises BadData naming what to declare.

    `input` are the settings of the family's `prepare`. `folder` keeps the checkpoints of this one training, from which
    it goes on after a SIGKILL to the same weights. `tell(done, total, text)` reports progress in optimiser steps; when
    `stopped()`, a training saves and raises Stopped.
    """

    labelled: Callable[[], Samples]
    unlabelled: Callable[[], Samples]
    teacher: Callable[[], Subject]
    input: Mapping[str, Any]
    folder: Path
    tell: Callable[[int, int, str], None]
    stopped: Callable[[], bool]


@dataclass(frozen=True)
class Course:
    """How a training went. `curve` holds (step, mean loss since the last point, learning rate of the head).

    `images` counts every image each time it is seen. `seconds` is wall time over all of its parts, `peak_memory_mib`
    how far the process rose above what it held before (CPU), or the peak of the allocator (GPU). `updates` is |change|
    / |start| of the weights by layer.
    """

    steps: int
    images: int
    seconds: float
    peak_memory_mib: float
    trainable_parameters: int
    curve: tuple[tuple[int, float, float], ...]
    updates: Mapping[str, float]


@dataclass(frozen=True)
class Training:
    """A step that trains: it changes weights and no shape, so that it costs nothing at inference.

    `train(subject, ground, *, ...)` raises Stopped when asked to stop, BadData or CannotTrain when it cannot go on. The
    settings `steps`, `batch` and `train` ("full", "frozen-encoder", ...) exist in every one; a setting `teacher` names
    another variant of the suite.
    """

    name: str
    version: int
    train: Callable[..., Course]

    @property
    def declared(self) -> Callable[..., object]:
        """The function whose keyword-only parameters are the settings."""
        return self.train
