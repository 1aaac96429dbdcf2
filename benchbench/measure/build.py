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
from benchbench.measure.calibration import Calibration
from benchbench.measure.crew import needs_own_process
from benchbench.measure.cuts import confirm, counts, parameters
from benchbench.measure.journal import bare, digest
from benchbench.measure.kept import Kept, nbytes
from benchbench.measure.placing import finish
from benchbench.measure.shelves import Shelves, keywords
from benchbench.measure.weights import weights_for
from benchbench.types import Cohort, Json, Trial, Use

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Built:
    """A subject ready to be measured, and the facts of its making."""

    subject: Subject
    facts: dict[str, Json]
    notes: tuple[str, ...]


class Workshop:
    """Builds the subjects of one cohort after another.

    What it built is kept, as far as memory goes, while cohorts of the same scale follow: a variant is built once, and
    the family's model once for each architecture and then copied, which is exact and several times faster. For a probe
    that needs a process of its own nothing is kept.
    """

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self._subjects = Kept[Built](lambda built: nbytes(built.subject.model))
        self._models = Kept["nn.Module"](nbytes)
        self._digest = ""

    def open(self, cohort: Cohort) -> None:
        """Turn to this cohort. A scored one refuses random weights that its scale does not ask for by name."""
        scale = digest(bare(cohort.scale))
        if self._digest != scale:
            self.forget()
        self._digest, self._scale = scale, cohort.scale
        self.family: Family = self.shelves.families[cohort.scale.family]
        probe = self.shelves.probes[cohort.probe.name]
        self._trained, self._keeps = probe.kind == "scored", not needs_own_process(probe)

    def forget(self) -> None:
        """Let go of everything that is kept."""
        self._subjects.clear()
        self._models.clear()

    def build(self, trial: Trial) -> Built:
        """Raises BadCheckpoint, CannotCut and whatever else a family or step has against the variant."""
        weights = weights_for(self.family, self._scale, trial, trained=self._trained)
        where = replace(trial.probe.condition, batch=0, threads=0)
        key = digest([bare(trial.variant), trial.seed, weights.fingerprint, where])
        built = self._subjects.get(key)
        if built is None:
            built = self._built(trial, weights)
            if self._keeps:
                self._subjects.put(key, built)
        return built

    def _built(self, trial: Trial, weights: Weights) -> Built:
        model = self._model(trial, weights)
        subject = Subject(model, self.family, trial.seed, self._calibration(model))
        for use in trial.variant.steps:
            self._apply(subject, use)
        finish(subject.model, trial.probe.condition)
        return Built(subject, _facts(subject, weights), _notes(weights))

    def _model(self, trial: Trial, weights: Weights) -> nn.Module:
        settings = keywords({**self._scale.architecture, **trial.variant.architecture})
        key = digest([settings, weights.fingerprint, trial.seed])
        kept = self._models.get(key)
        if kept is not None:
            return copy.deepcopy(kept)
        sow(trial.seed)
        model = self.family.build(weights, seed=trial.seed, **settings)
        if self._keeps:
            self._models.put(key, copy.deepcopy(model))
        return model

    def _apply(self, subject: Subject, use: Use) -> None:
        """One step, from the same seed whatever came before it, and the check that it cut."""
        step = self.shelves.steps[use.name]
        before = counts(subject.model, subject.anatomy) if step.reducing else {}
        sow(subject.seed)
        step.apply(subject, **keywords(use.settings))
        if step.reducing:
            confirm(use.name, before, counts(subject.model, subject.anatomy))

    def _calibration(self, model: nn.Module) -> Callable[[], Sequence[Inputs]] | None:
        use = self._scale.calibration
        if use is None:
            return None
        found = self.shelves.datasets[use.name].locate(**keywords(use.settings))
        if isinstance(found, Absent):
            return None
        return lambda: Calibration(found.open(), self.family, model, self._scale.input)


def sow(seed: int) -> None:
    """Seed every generator that a family or step could draw from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def twin(trial: Trial) -> Trial:
    """The reference's identical twin: the same recipe under a name that no variant can have, so built anew."""
    return replace(trial, variant=replace(trial.variant, name=f"{trial.variant.name} (twin)"))


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
    return (weights.origin,) if weights.kind == "random" else ()
