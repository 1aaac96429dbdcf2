"""Trials to subjects: a model from its family, cut as its variant says."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchbench.catalog.contracts import Family, Inputs, Located, Subject, Weights
from benchbench.measure.calibration import Calibration
from benchbench.measure.crew import needs_own_process
from benchbench.measure.cuts import confirm, counts, parameters
from benchbench.measure.decisions import Decisions
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
    """A subject ready to be measured, and the facts of its making.

    `scored` tells that parts were scored on data in this process just now, which has used memory for it.
    """

    subject: Subject
    facts: dict[str, Json]
    notes: tuple[str, ...]
    scored: bool = False


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
        self._decisions = Decisions()

    def open(self, cohort: Cohort, cuts: Path | None = None) -> None:
        """Turn to this cohort. A scored one refuses random weights that its scale does not ask for by name.

        `cuts` is a folder of cuts decided before: they are repeated instead of scored again.
        """
        self._decisions = Decisions(cuts)
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
        calibration = self._calibration()
        subject = Subject(model, self.family, trial.seed, self._batches(calibration, model))
        key = self._cut(trial, weights, calibration)
        steps = trial.variant.steps
        repeatable = all(self.shelves.steps[use.name].reducing for use in steps)
        decided = self._decisions.read(key, len(steps)) if repeatable else None
        for index, use in enumerate(steps):
            self._apply(subject, use, decided[index] if decided else None)
        if repeatable and decided is None:
            self._decisions.write(key, subject.surgery)
        finish(subject.model, trial.probe.condition)
        scored = repeatable and decided is None and any("scores" in entry for entry in subject.surgery)
        return Built(subject, _facts(subject, weights), _notes(subject, weights), scored)

    def _cut(self, trial: Trial, weights: Weights, calibration: Located | None) -> str:
        """A digest of what a variant's cuts depend on."""
        steps = [[use.name, self.shelves.steps[use.name].version, dict(use.settings)] for use in trial.variant.steps]
        architecture = {**self._scale.architecture, **trial.variant.architecture}
        data = calibration.fingerprint if calibration else "absent"
        model = [self._scale.family, self.family.version, weights.fingerprint, architecture, dict(self._scale.input)]
        return digest([steps, model, data, trial.seed])

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

    def _apply(self, subject: Subject, use: Use, decided: dict[str, Json] | None) -> None:
        """One step, decided before or from the same seed whatever came before it, and the check that it cut."""
        step = self.shelves.steps[use.name]
        before = counts(subject.model, subject.anatomy) if step.reducing else {}
        sow(subject.seed)
        if decided is None:
            step.apply(subject, **keywords(use.settings))
        else:
            step.reapply(subject, decided)
        if step.reducing:
            confirm(use.name, before, counts(subject.model, subject.anatomy))

    def _calibration(self) -> Located | None:
        use = self._scale.calibration
        found = self.shelves.datasets[use.name].locate(**keywords(use.settings)) if use else None
        return found if isinstance(found, Located) else None

    def _batches(self, data: Located | None, model: nn.Module) -> Callable[[], Sequence[Inputs]] | None:
        return (lambda: Calibration(data.open(), self.family, model, self._scale.input)) if data else None


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


def _notes(subject: Subject, weights: Weights) -> tuple[str, ...]:
    """What a reader must know of the model: random weights, and cuts that had no data to choose on."""
    origin = [weights.origin] if weights.kind == "random" else []
    return (*origin, *(f"{entry['step']}: {entry['note']}" for entry in subject.surgery if "note" in entry))
