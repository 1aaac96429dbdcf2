"""A trial's model on its way into a folder that others can use, and how far what was written strays from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchbench.catalog.contracts import Inputs, Subject, Weights
from benchbench.catalog.model_outputs import output_names, output_of
from benchbench.errors import CannotRun
from benchbench.measure.build import Workshop
from benchbench.measure.deployed import FILES
from benchbench.measure.job import Export
from benchbench.types import Json, Trial

TOLERANCES = {"onnx": 1e-4, "safetensors": 0.0, "torch-export": 1e-4}
"""Largest difference to the eager model, relative to its largest value. Weights alone compute the same to the bit."""
Outputs = dict[str, Tensor]
Axes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Written:
    """A file that was opened again: what it gives, how far that is from the eager model, and what else is told of it.

    `free` are the axes of each input whose size may be another, `beside` the files that belong to it, `stock` whether
    transformers opens the folder by itself.
    """

    outputs: Outputs
    deviation: float
    notes: tuple[str, ...] = ()
    free: Axes | None = None
    beside: tuple[Path, ...] = ()
    stock: bool = False


@dataclass(frozen=True)
class Deployment:
    """A subject on its way into a folder. `inputs` are random ones of the size for which it is exported."""

    trial: Trial
    export: Export
    workshop: Workshop
    subject: Subject
    weights: Weights
    inputs: Inputs

    @classmethod
    def of(cls, trial: Trial, export: Export, workshop: Workshop) -> Deployment:
        """Build the trial's model as a score would have it, also of random weights. Raises what a build raises."""
        weights = workshop.weights(trial, trained=False)
        learnt = weights.kind == "trained" or trial.origin.checkpoint == "random"
        subject, _ = workshop.assembled(trial, trained=learnt)
        subject.model.eval().requires_grad_(False)
        batch, size = trial.probe.condition.batch, trial.scale.timing
        return cls(trial, export, workshop, subject, weights, workshop.family.example(batch, *size, trial.seed))

    @property
    def path(self) -> Path:
        """Where the file goes."""
        return self.export.folder / FILES[self.export.format][0]

    @property
    def converted(self) -> dict[str, Json] | None:
        """The surgery entry of weights that become int8 in the file alone; None where there is none."""
        found = (entry for entry in self.subject.surgery if entry.get("backend") == "onnxruntime")
        return next(found, None)

    def example(self, seed: int, batch: int = 0, more: int = 0) -> Inputs:
        """Random input; of another batch, or `more` pixels higher and twice that wider, where that is asked for."""
        height, width = self.trial.scale.timing
        size = (height + more, width + 2 * more)
        return self.workshop.family.example(batch or self.trial.probe.condition.batch, *size, self.trial.seed + seed)

    def eager(self, inputs: Inputs) -> Outputs:
        """What the model itself computes, under the names that its file gives it."""
        with torch.inference_mode():
            found = self.subject.model(**inputs)
        return {name: output_of(found, name) for name in output_names(found)}

    def deviation(self, call: Callable[..., Any], inputs: Inputs) -> float:
        """The largest difference of a loaded file to the eager model, relative to each output's largest value."""
        wanted = self.eager(inputs)
        with torch.inference_mode():
            found = call(**inputs)
        return max(apart(output_of(found, name), tensor) for name, tensor in wanted.items())

    def confirmed(self, call: Callable[..., Any]) -> float:
        """The deviation on input that the export has not seen. Raises CannotRun beyond the format's tolerance."""
        deviation = max(self.deviation(call, inputs) for inputs in (self.inputs, self.example(1)))
        tolerance = TOLERANCES[self.export.format]
        if not deviation <= tolerance:
            what = f"the exported file computes something else than the model: {deviation:.2g} apart"
            raise CannotRun(what, f"at most {tolerance:g} is accepted; try another format")
        return deviation

    def others(self, axes: Axes) -> Iterator[Inputs]:
        """Input of other sizes along these axes: another batch, other heights and widths."""
        yield self.example(2, batch=self.trial.probe.condition.batch + 1)
        if any(axis > 0 for each in axes.values() for axis in each):
            yield self.example(3, more=MORE)


MORE = 112
"""Pixels: a multiple of every patch size and stride that a family has (7, 8, 14, 16)."""


def apart(found: Tensor, wanted: Tensor) -> float:
    """Largest difference relative to the largest wanted value; infinite where shapes or what is finite differ."""
    if found.shape != wanted.shape or not torch.equal(found.isfinite(), wanted.isfinite()):
        return float("inf")
    finite = wanted.isfinite()
    if not finite.any():
        return 0.0
    largest = float(wanted[finite].abs().max())
    return float((found[finite] - wanted[finite]).abs().max()) / (largest or 1.0)
