"""A model's steps, one after another: cuts made, decided before or repeated, trainings filled in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import torch

from benchbench.catalog.contracts import Step, Subject, Training
from benchbench.errors import BadCheckpoint, CannotCut
from benchbench.measure.artifacts import Artifact, Artifacts
from benchbench.measure.cuts import confirm, counts
from benchbench.measure.decisions import Decisions
from benchbench.measure.filling import fill, unfit
from benchbench.measure.journal import digest
from benchbench.measure.origins import Origins
from benchbench.measure.recoveries import need_of, parts_of, resolved
from benchbench.measure.shelves import Shelves, keywords
from benchbench.types import NOWHERE, Json, Trial, Use


@dataclass
class Assembly:
    """The steps of one trial, taken on a subject that is as its checkpoint left it.

    With `trained`, a training that nobody has made raises BadCheckpoint; else its place is held by an entry without
    an artifact, and the weights stay as they are: what a model costs does not depend on them. `scored` tells
    afterwards that parts were scored on data.
    """

    shelves: Shelves
    origins: Origins
    decisions: Decisions
    artifacts: Artifacts | None
    trial: Trial
    trained: bool
    scored: bool = False

    def complete(self, subject: Subject) -> None:
        """Take every step. The last training with an artifact makes all scoring and training before it unnecessary."""
        steps, artifact = self.trial.variant.steps, self.latest()
        refuse_followers(steps, self.shelves)
        filled = "" if artifact is None else artifact[1].card.weights
        done = 0 if artifact is None else artifact[0] + 1
        if artifact is not None:
            self._repeat(subject, steps[:done], artifact[1])
        for (trains, _), run in groupby(range(done, len(steps)), lambda index: self._kind(steps[index])):
            indices = list(run)
            if trains:
                subject.surgery.extend(self._vacant(index) for index in indices)
            else:
                self._cut(subject, indices, filled)

    def latest(self) -> tuple[int, Artifact] | None:
        """The last training of the trial that has an artifact: its index and that."""
        for index, use in reversed(list(enumerate(self.trial.variant.steps))):
            found = self._artifact(index) if self._trains(use) else None
            if found is not None:
                return index, found
        return None

    def repeat_cuts(self, subject: Subject, surgery: Sequence[Mapping[str, Any]]) -> None:
        """Make the cuts of a surgery record again, without its trainings."""
        for use, entry in zip(self.trial.variant.steps, surgery, strict=True):
            if not self._trains(use):
                self._apply(subject, use, dict(entry))

    def _artifact(self, index: int) -> Artifact | None:
        return None if self.artifacts is None else self.artifacts.find(self._key(index))

    def _key(self, index: int) -> str:
        return need_of(self.trial, index, self.origins, self.shelves.families, self.shelves.steps).key

    def _trains(self, use: Use) -> bool:
        return isinstance(self.shelves.steps[use.name], Training)

    def _kind(self, use: Use) -> tuple[bool, bool]:
        """Trains; closes, which is kept apart so that the cuts before it are decided once."""
        return self._trains(use), _closes(use, self.shelves)

    def _repeat(self, subject: Subject, steps: Sequence[Use], artifact: Artifact) -> None:
        """Take steps as the card tells that they were taken, then fill in what was learnt."""
        told = artifact.card.surgery
        if [entry["step"] for entry in told] != [use.name for use in steps]:
            raise unfit(artifact, "its steps are not the variant's")
        for use, entry in zip(steps, told, strict=True):
            if self._trains(use):
                subject.surgery.append(dict(entry))
            else:
                self._apply(subject, use, dict(entry))
        subject.surgery[-1] |= {"artifact": artifact.card.weights}
        fill(subject.model, artifact)

    def _vacant(self, index: int) -> dict[str, Json]:
        """The entry of a training whose weights nobody has."""
        trial, use = self.trial, self.trial.variant.steps[index]
        if self.trained:
            raise BadCheckpoint(
                f"'{use.name}' of '{trial.variant.name}' (seed {trial.seed}) has not been trained here",
                "benchbench run SUITE --recover",
            )
        step = self.shelves.steps[use.name]
        told: dict[str, Json] = {"step": use.name, "version": step.version, "settings": resolved(use, step)}
        nothing: dict[str, Json] = {"teacher": None, "artifact": None, "course": None, "made": {}}
        return told | nothing | {"key": self._key(index), "seed": trial.seed}

    def _cut(self, subject: Subject, indices: Sequence[int], filled: str) -> None:
        """Cuts without a training between them: as decided before, else now, which is written down if they reduce."""
        uses = [self.trial.variant.steps[index] for index in indices]
        key, before = self._decision(indices[-1] + 1, filled), len(subject.surgery)
        repeatable = all(self._reduces(use) for use in uses)
        decided = self.decisions.read(key, len(uses)) if repeatable else None
        for number, use in enumerate(uses):
            self._apply(subject, use, decided[number] if decided else None)
        if repeatable and decided is None:
            made = subject.surgery[before:]
            self.decisions.write(key, made)
            self.scored |= any("scores" in entry for entry in made)

    def _decision(self, count: int, filled: str) -> str:
        """A digest of what the first `count` steps decide by: `filled` names the weights learnt on the way."""
        variant = replace(self.trial.variant, steps=self.trial.variant.steps[:count])
        parts = parts_of(replace(self.trial, variant=variant), self.origins, self.shelves.families, self.shelves.steps)
        use = self.trial.scale.calibration
        data = getattr(self.origins.data(use), "fingerprint", "absent") if use else "absent"
        return digest([parts, data, filled])

    def _reduces(self, use: Use) -> bool:
        step = self.shelves.steps[use.name]
        return isinstance(step, Step) and step.reducing

    def _apply(self, subject: Subject, use: Use, decided: dict[str, Json] | None) -> None:
        """One step, decided before or from the same seed whatever came before it, and the check that it cut."""
        step = self.shelves.steps[use.name]
        assert isinstance(step, Step)
        before = counts(subject.model, subject.anatomy) if step.reducing else {}
        sow(subject.seed)
        try:
            if decided is None:
                step.apply(subject, **keywords(use.settings))
            else:
                step.reapply(subject, decided)
            if step.reducing:
                confirm(use.name, before, counts(subject.model, subject.anatomy))
        except CannotCut as error:
            raise _placed(error, use) from error


def refuse_followers(steps: Sequence[Use], shelves: Shelves) -> None:
    """Raises CannotCut for a step, or training, behind one that nothing can follow."""
    for before, use in pairwise(steps):
        if _closes(before, shelves):
            error = CannotCut(
                f"'{use.name}' cannot follow '{before.name}': what that leaves can be neither cut nor trained",
                "cut and train before it",
            )
            raise _placed(error, use)


def _closes(use: Use, shelves: Shelves) -> bool:
    step = shelves.steps[use.name]
    return isinstance(step, Step) and step.closes


def _placed(error: CannotCut, use: Use) -> CannotCut:
    """The same complaint, with the step's place in the suite before it."""
    return error if use.place == NOWHERE else CannotCut(f"{use.place}: {error.what}", error.hint)


def sow(seed: int) -> None:
    """Seed every generator that a family or step could draw from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
