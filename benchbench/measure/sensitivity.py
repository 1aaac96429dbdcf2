"""Whether an arm's numbers depend on the batch an image was in: its first images once more, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from benchbench.catalog.contracts import Family, Sample, Samples, ScoredProbe, Subject
from benchbench.catalog.formulas.rows import Rows, gather
from benchbench.catalog.row_scoring import scorer
from benchbench.errors import BadData
from benchbench.measure.placing import placed
from benchbench.measure.reading import Batch, Reader
from benchbench.types import Condition, Metric, Settings

IMAGES, LEAST, SHARE = 16, 4, 32
"""How many images are run again: as many at most, and at least, and else one in so many, which costs 3 % of a pass."""
PADDED = "in which images are padded to the size of the largest"
ALL_ALIKE = "although none is padded in it"


@dataclass
class First:
    """A dataset whose first images are decoded once, however often they are read."""

    samples: Samples
    fingerprint: str = field(init=False)
    _seen: dict[int, Sample] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fingerprint = self.samples.fingerprint

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Sample:
        if index >= IMAGES:
            return self.samples[index]
        if index not in self._seen:
            self._seen[index] = self.samples[index]
        return self._seen[index]


@dataclass(frozen=True)
class OneByOne:
    """The check of a cohort. `settings` are the scale's input, `asked` those of the probe by their Python names."""

    samples: Samples
    family: Family
    settings: Settings
    probe: ScoredProbe
    asked: Mapping[str, Any]
    condition: Condition

    def notes(self, subject: Subject, rows: Rows, turn: Callable[[], None]) -> list[str]:
        """What to say of an arm whose rows are these; nothing where its numbers are the same without a batch.

        A runtime that would be compiled anew for a single image is not asked. `turn` is called before every image.
        """
        if self.condition.batch == 1 or subject.executable is not None:
            return []
        try:
            alone = self._alone(subject, turn)
        except Exception as error:
            return [f"one by one, the first {self._count} images cannot be scored: {error}"]
        return self._said(alone, head(rows, self._count))

    @property
    def _count(self) -> int:
        return min(len(self.samples), max(LEAST, min(IMAGES, len(self.samples) // SHARE)))

    @cached_property
    def _singles(self) -> list[Batch]:
        reader = Reader(self.samples, self.family, self.settings, 1)
        return [reader.batch(number) for number in range(self._count)]

    def _alone(self, subject: Subject, turn: Callable[[], None]) -> Rows:
        """The rows of the first images, each in a batch of its own."""
        score, rows = scorer(self.probe, self.asked), []
        for batch in self._singles:
            turn()
            with torch.inference_mode():
                outputs = subject.compute(**placed(batch.inputs, self.condition))
            [prediction] = self.family.predict(subject.model, outputs, batch.sizes)
            rows.append(score(batch.ids[0], prediction, batch.targets[0]))
        return gather([batch.ids[0] for batch in self._singles], rows)

    def _said(self, alone: Rows, together: Rows) -> list[str]:
        if same(alone, together):
            return []
        try:
            apart, joint = (self.probe.summarise(rows, **self.asked) for rows in (alone, together))
        except BadData:
            # Of so few images nothing can be summarised, as where none has anything to be found.
            return []
        changed = [metric for metric in self.probe.metrics if _shows(metric, apart, joint)]
        if not changed:
            return []
        first, others = changed[0], ", ".join(metric.name for metric in changed[1:])
        why = PADDED if len({_size(batch) for batch in self._singles}) > 1 else ALL_ALIKE
        return [
            f"{first.name} over the first {self._count} images is {_written(first, apart)} one by one and "
            f"{_written(first, joint)} in batches of {self.condition.batch}: it depends on the batch, {why}"
            + (f"; so do {others}" if others else "")
        ]


def head(rows: Rows, count: int) -> Rows:
    """The first `count` samples."""
    counts = {name: each[:count] for name, each in rows.counts.items()}
    return Rows(rows.ids[:count], {name: each[: counts[name].sum()] for name, each in rows.columns.items()}, counts)


def same(one: Rows, other: Rows) -> bool:
    """Whether two are equal to the last bit, NaN for NaN."""
    return np.array_equal(one.ids, other.ids) and all(
        np.array_equal(one.counts[name], other.counts[name]) and _equal(one.columns[name], other.columns[name])
        for name in one.columns
    )


def _equal(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return np.array_equal(one, other, equal_nan=np.issubdtype(one.dtype, np.inexact))


def _shows(metric: Metric, one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two values differ by a unit of the last digit that is shown: rounding within a batch never does."""
    if metric.name not in one:
        return False
    unit = 10.0**-metric.digits / (100 if metric.unit == "pt" else 1)
    return abs(one[metric.name] - other[metric.name]) >= unit


def _written(metric: Metric, values: Mapping[str, float]) -> str:
    value = values[metric.name] * (100 if metric.unit == "pt" else 1)
    return f"{value:.{metric.digits}f}" + (f" {metric.unit}" if metric.unit else "")


def _size(batch: Batch) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(each.shape) for each in batch.inputs.values())
