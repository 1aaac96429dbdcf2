"""What was measured, and the fact that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from benchbench.types.expanded import Trial
from benchbench.types.plain import Settings


@dataclass(frozen=True)
class Metric:
    """What a number means. `exact` metrics are counts: no noise, equal on every machine."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    digits: int
    exact: bool = False
    probe: str = ""
    """The probe that yields it, where it was gathered from one; tells why there is no number."""
    per: str = ""
    """"layer" or "batch": its samples are a profile over those, no repeats of one number, and no cell of a table."""
    within: tuple[float, float | None] | None = None
    """The least and, unless None, the greatest value that there can be, where an interval might else go beyond."""
    covers: str = ""
    """What an interval covers that its measurements bring, where that is no 95 % interval over the data."""

    def held(self, value: float, low: float, high: float) -> tuple[float, float]:
        """Limits about a value within what there can be, which loses nothing: the truth is never beyond.

        A value that is outside itself stands for something else, as an AP of -1 for no objects: its limits stay.
        """
        if self.within is None:
            return low, high
        least, most = self.within[0], inf if self.within[1] is None else self.within[1]
        return (max(low, least), min(high, most)) if least <= value <= most else (low, high)


@dataclass(frozen=True)
class Measurement:
    """A metric and its raw samples; `columns` hold what belongs to each sample, of equal length.

    Timed: samples and the columns `round`, `cpu_s`, `minor_faults`, `steal`, and `reference` and `twin` (the values of
    the reference and of its identical twin in the same round). Scored: one sample, and `interval` (low, high) when
    it was bootstrapped, a dear summary that is kept with its content. Of several trainings: a sample for each, and the
    column `seed`.
    """

    metric: str
    samples: tuple[float, ...]
    columns: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Difference:
    """One variant's value minus another's over the same images: 95 % limits, and the two-sided p of no difference.

    `test` names how limits and p were computed; `also` are further tests with their p, told beside that one.
    """

    value: float
    low: float
    high: float
    p: float
    test: str
    also: tuple[tuple[str, float], ...] = ()

    @property
    def tests(self) -> tuple[tuple[str, float], ...]:
        """Every test with its p, that of the limits first."""
        return (self.test, self.p), *self.also


@dataclass(frozen=True)
class Split:
    """A score taken apart: by kind of error, by class, by size. A summary of a trial's rows, drawn on reading.

    `parts` are names with their values, in an order that means something; `better` says which way they are. `whole` is
    the score they were taken from, named by `whole_title`, where there is one. `note` tells what they do not add up
    to, and why; in it, what differs from one variant to another stands behind a "; ".
    """

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    parts: tuple[tuple[str, float], ...]
    whole: float | None = None
    note: str = ""
    whole_title: str = "The whole"


@dataclass(frozen=True)
class Measured:
    measurements: tuple[Measurement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """Not measured, why, and the command or deed that would enable it."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class Failed:
    error: str
    log: str = ""


Outcome = Measured | Skipped | Failed


@dataclass(frozen=True)
class Record:
    """One fact: a trial, what came of it, and everything needed to understand it years later.

    `facts` say how the subject was made: `weights` ("trained" or "random"), `weights_fingerprint`, `surgery` (the cuts,
    with what was kept and by which score), `recovery` ("none" or what was trained), `data_fingerprint`, `images`.
    `attachments` name files beside the record (predictions, rows). `arm` is the variant's name.
    """

    key: str
    trial: Trial
    outcome: Measured | Failed
    environment: Settings
    versions: Mapping[str, str]
    facts: Settings
    run: str
    at: str
    attachments: tuple[str, ...] = ()
    schema: int = 1


@dataclass(frozen=True)
class Entry:
    """A trial of the plan and where it stands: its record, or why there is none."""

    trial: Trial
    outcome: Outcome
    record: Record | None = None
