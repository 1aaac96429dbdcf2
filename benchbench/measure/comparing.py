"""What is lent to a probe that compares: the suite's reference, and images to compare on. Made once for a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.errors import CannotRun
from benchbench.measure.build import Workshop
from benchbench.measure.placing import placed
from benchbench.measure.shelves import keywords
from benchbench.measure.starting import EAGER
from benchbench.types import Cohort, Json, Trial


class Comparison:
    """The reference of a cohort, built when first asked for, and the first images of the scale's calibration data."""

    def __init__(self, cohort: Cohort, workshop: Workshop) -> None:
        self._cohort, self._workshop = cohort, workshop
        self._condition = replace(cohort.probe.condition, runtime=EAGER, dtype="float32")
        self._references: dict[int, Subject] = {}
        self._batches: dict[tuple[int, int], list[Inputs]] = {}

    @property
    def facts(self) -> dict[str, Json]:
        """What a record must tell, since no other number of it says what it was compared with."""
        return {"reference": self._cohort.reference.name}

    def lent(self, subject: Subject, trial: Trial) -> Subject:
        """The same subject with all it needs to be compared."""
        return replace(subject, reference=lambda: self._reference(trial), images=self._images)

    def _reference(self, trial: Trial) -> Subject:
        """Raises CannotRun naming the reference where it cannot be built."""
        if trial.seed not in self._references:
            probe = replace(trial.probe, condition=self._condition)
            wanted = replace(trial, variant=self._cohort.reference, probe=probe)
            try:
                self._references[trial.seed] = self._workshop.build(wanted).subject
            except Exception as error:
                what = f"the reference '{wanted.variant.name}' cannot be compared with: {error}"
                raise CannotRun(what, "what is compared needs both") from error
        return self._references[trial.seed]

    def _images(self, count: int, batch: int) -> Sequence[Inputs]:
        if (count, batch) not in self._batches:
            self._batches[count, batch] = self._read(count, batch)
        return self._batches[count, batch]

    def _read(self, count: int, batch: int) -> list[Inputs]:
        """Raises BadData naming a file that cannot be read."""
        data, family = self._workshop.calibration(), self._workshop.family
        if data is None:
            return []
        samples, settings = data.open(), keywords(self._cohort.scale.input)
        prepared = [family.prepare(samples[index].image, **settings) for index in range(min(count, len(samples)))]
        starts = range(0, len(prepared), batch)
        return [placed(family.collate(prepared[start : start + batch]), self._condition) for start in starts]
