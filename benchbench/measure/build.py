"""Trials to subjects: a model from its family, cut as its variant says."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchbench.catalog.contracts import Absent, Family, Inputs, Subject, Weights
from benchbench.errors import BadCheckpoint, BenchbenchError
from benchbench.measure.calibration import Calibration
from benchbench.measure.cuts import confirm, counts, parameters
from benchbench.measure.journal import digest
from benchbench.measure.shelves import Shelves, keywords
from benchbench.types import Condition, Json, Scale, Trial, Use, Variant

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Built:
    """A subject ready to be measured, and the facts of its making."""

    subject: Subject
    facts: dict[str, Json]
    notes: tuple[str, ...]


class Workshop:
    """Builds the subjects of one scale. `trained` refuses random weights that the scale does not ask for by name.

    With `keep`, the family's model is built once for each architecture and copied: a copy of every tensor, so exact,
    and several times faster than building; without, nothing stays behind that a memory probe would see.
    """

    def __init__(self, shelves: Shelves, scale: Scale, *, trained: bool = False, keep: bool = True) -> None:
        self.family: Family = shelves.families[scale.family]
        self._shelves, self._scale, self._trained, self._keep = shelves, scale, trained, keep
        self._kept: dict[str, nn.Module] = {}

    def build(self, trial: Trial) -> Built:
        """Raises BadCheckpoint, CannotCut and whatever else a family or step has against the variant."""
        weights = self._weights(trial)
        model = self._model(trial, weights)
        subject = Subject(model, self.family, trial.seed, self._calibration(model))
        for use in trial.variant.steps:
            self._apply(subject, use)
        finish(subject, trial.probe.condition)
        return Built(subject, _facts(subject, weights), _notes(weights))

    def forget(self) -> None:
        """Let go of the kept models: everything is built."""
        self._kept.clear()

    def _weights(self, trial: Trial) -> Weights:
        """Where the weights come from; random ones stand in for a checkpoint that is absent or cannot fit."""
        found = self.family.locate(self._scale.checkpoint)
        if isinstance(found, Absent):
            misfit, remedy = found.reason, found.remedy
        elif found.kind == "trained" and trial.variant.architecture:
            misfit, remedy = "another architecture than the checkpoint's", "declare a scale with a checkpoint that fits"
        else:
            return found if found.kind == "trained" else _random(trial.seed, found.origin)
        if self._trained:
            raise BadCheckpoint(f"no weights for '{trial.variant.name}' ({self._scale.checkpoint}): {misfit}", remedy)
        return _random(trial.seed, misfit)

    def _model(self, trial: Trial, weights: Weights) -> nn.Module:
        settings = keywords({**self._scale.architecture, **trial.variant.architecture})
        key = digest([settings, weights.fingerprint, trial.seed])
        if key in self._kept:
            return copy.deepcopy(self._kept[key])
        sow(trial.seed)
        model = self.family.build(weights, seed=trial.seed, **settings)
        if self._keep:
            self._kept[key] = copy.deepcopy(model)
        return model

    def _apply(self, subject: Subject, use: Use) -> None:
        """One step, from the same seed whatever came before it, and the check that it cut."""
        step = self._shelves.steps[use.name]
        before = counts(subject.model, subject.anatomy) if step.reducing else {}
        sow(subject.seed)
        step.apply(subject, **keywords(use.settings))
        if step.reducing:
            confirm(use.name, before, counts(subject.model, subject.anatomy))

    def _calibration(self, model: nn.Module) -> Callable[[], Sequence[Inputs]] | None:
        use = self._scale.calibration
        if use is None:
            return None
        found = self._shelves.datasets[use.name].locate(**keywords(use.settings))
        if isinstance(found, Absent):
            return None
        return lambda: Calibration(found.open(), self.family, model, self._scale.input)


def sow(seed: int) -> None:
    """Seed every generator that a family or step could draw from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def finish(subject: Subject, condition: Condition) -> None:
    """Eval mode, no gradients, on the condition's device, in its dtype. Raises BenchbenchError for what we lack."""
    if condition.runtime != "eager":
        raise BenchbenchError(f"runtime '{condition.runtime}' cannot be run", "only 'eager' is there")
    dtype = getattr(torch, condition.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise BenchbenchError(f"'{condition.dtype}' is no dtype of torch", "float32, float16 or bfloat16")
    subject.model.zero_grad(set_to_none=True)
    subject.model.eval().to(condition.device, dtype)


def twin(trial: Trial) -> Trial:
    """The reference's identical twin: the same recipe under a name that no variant can have."""
    return replace(trial, variant=replace(trial.variant, name=f"{trial.variant.name} (twin)"))


def inputs_for(family: Family, scale: Scale, condition: Condition, seed: int) -> Inputs:
    """A batch of random input for cost probes, on the condition's device and, where real, of its dtype."""
    return placed(family.example(condition.batch, *scale.timing, seed), condition)


def placed(inputs: Inputs, condition: Condition) -> Inputs:
    """Inputs on the condition's device; floating-point ones in its dtype."""
    dtype: torch.dtype = getattr(torch, condition.dtype)
    return {
        name: each.to(condition.device, dtype if each.is_floating_point() else each.dtype)
        for name, each in inputs.items()
    }


def reference_of(variant: Variant, like: Trial) -> Trial:
    """The reference's own trial, for cohorts in which only other variants are left to do."""
    return replace(like, variant=variant)


def _random(seed: int, why: str) -> Weights:
    return Weights("random", f"random, seed {seed}", None, why)


def _facts(subject: Subject, weights: Weights) -> dict[str, Json]:
    return {
        "weights": weights.kind,
        "weights_fingerprint": weights.fingerprint,
        "weights_origin": weights.origin,
        "surgery": list(subject.surgery),
        "recovery": "none",
        "parameters": parameters(subject.model),
        "threads": torch.get_num_threads(),
    }


def _notes(weights: Weights) -> tuple[str, ...]:
    reason = f" ({weights.origin})" if weights.origin else ""
    return (f"random weights{reason}",) if weights.kind == "random" else ()
