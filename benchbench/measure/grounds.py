"""What a training stands on: its data and its teacher."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from benchbench.catalog.contracts import Absent, Samples, Subject
from benchbench.errors import BadData, CannotTrain
from benchbench.measure.build import Workshop
from benchbench.measure.recoveries import data_of, located, taught_by
from benchbench.types import Json, Trial, Use


class Desk:
    """What a training asks for: data and its teacher, fetched when asked and without disturbing its random numbers.

    `surgery` is the teacher's, once it was asked for.
    """

    def __init__(self, workshop: Workshop, trial: Trial, use: Use) -> None:
        self._workshop, self._trial, self._use = workshop, trial, use
        self._allowed = data_of(use, workshop.shelves.steps[use.name])
        self.surgery: list[Json] | None = None

    def samples(self, name: str) -> Samples:
        """The scale's data of this name. Raises BadData where they are absent, undeclared or those of the scores.

        Raises CannotTrain for data that the step's setting `data` does not name: what was learnt would not tell of it.
        """
        if name not in self._allowed:
            raise CannotTrain(
                f"'{self._use.name}' asks for {name} data, its settings for {' and '.join(self._allowed)}"
            )
        found = located(self._trial.scale, name, self._workshop.origins)
        if isinstance(found, Absent):
            raise BadData(found.reason, found.remedy)
        with undisturbed():
            return found.open()

    def refuse_overlap(self) -> None:
        """Raises BadData where what it trains on is what it is scored on."""
        for name in self._allowed:
            located(self._trial.scale, name, self._workshop.origins)

    def teacher(self) -> Subject:
        """The teacher, trained as its own variant says, to be asked and never changed."""
        use = self._use
        if use.teacher is None:
            raise CannotTrain(f"'{use.name}' names no teacher", "name a variant of the suite: `teacher: reference`")
        with undisturbed():
            subject, _ = self._workshop.assembled(taught_by(self._trial, use.teacher), trained=True)
        subject.model.requires_grad_(False)
        self.surgery = [dict(entry) for entry in subject.surgery]
        return subject


@contextmanager
def undisturbed() -> Iterator[None]:
    """Random numbers go on afterwards as if nothing had been drawn: a resumed training asks at another moment."""
    states = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        yield
    random.setstate(states[0])
    np.random.set_state(states[1])
