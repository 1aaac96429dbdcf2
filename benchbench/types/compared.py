"""What changed from one set of records to another: the nouns of a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from benchbench.types.judged import Estimate
from benchbench.types.measured import Entry, Metric


class Judgement(StrEnum):
    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    EQUIVALENT = "equivalent"
    SUSPICIOUS = "suspicious"
    INCONCLUSIVE = "inconclusive"
    INSUFFICIENT_DATA = "insufficient data"
    NOT_COMPARABLE = "not comparable"
    FAILED = "failed"


GRAVEST_FIRST = (
    Judgement.REGRESSION,
    Judgement.FAILED,
    Judgement.SUSPICIOUS,
    Judgement.IMPROVEMENT,
    Judgement.NOT_COMPARABLE,
    Judgement.INSUFFICIENT_DATA,
    Judgement.EQUIVALENT,
    Judgement.INCONCLUSIVE,
)
"""The order in which a reader of a list wants to see them."""
Kind = Literal["exact", "data", "time", "seeds"]
"""What a metric's numbers vary over: nothing, images, rounds of a run, trainings."""

STATUS = Metric("status", "outcome", "", "higher", 0, exact=True)
"""In place of a metric where a trial as a whole changed: what was measured failed, or the other way round."""


@dataclass(frozen=True)
class Change:
    """One metric of one trial on both sides, what lies between them and what that is worth.

    `trial` is its label; `before` and `after` are in the metric's own unit, with 95 % limits. `effect` is after less
    before, with 99 % limits: a share of before (0.1: 10 % more) where the kind is "time" or "exact", else in the
    metric's unit (fractions for points). `threshold` is in the effect's unit: what is smaller does not matter. `p` is
    two-sided, of no difference, before any correction; None where nothing was tested. `identity` tells the trial from
    others of the same label.
    """

    trial: str
    scale: str
    probe: str
    variant: str
    metric: Metric
    kind: Kind
    judgement: Judgement
    before: Estimate | None
    after: Estimate | None
    effect: Estimate | None
    threshold: float
    p: float | None
    why: str
    identity: str = ""


@dataclass(frozen=True)
class Comparison:
    """Side A against side B, by their names; `notes` hold for all of it."""

    before: str
    after: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    def having(self, *judgements: Judgement) -> tuple[Change, ...]:
        """The changes that were judged so, in their order."""
        return tuple(change for change in self.changes if change.judgement in judgements)


@dataclass(frozen=True)
class Beside:
    """Another set of records beside those that a report tells of.

    By the identity of a trial of the report: `entries` its match in this set, `changes` (with the metric's name) what
    changed from there to the report. `folder` is where the records lie; empty where they are taken from git.
    """

    name: str
    entries: Mapping[str, Entry]
    changes: Mapping[tuple[str, str], Change]
    comparison: Comparison
    folder: str = ""
    suite: str = ""
    """The suite that a baseline was kept of, where that is another one."""

    @property
    def warning(self) -> str:
        """Why it is hardly what was meant to stand here; empty where nothing speaks against it."""
        parts = [f"kept of another suite, {self.suite}"] if self.suite else []
        return "; ".join([*parts, *([] if self.entries else ["nothing of this suite"])])

    def change(self, identity: str, metric: str) -> Change | None:
        """What changed of a trial's metric, or of the trial as a whole."""
        return self.changes.get((identity, metric)) or self.changes.get((identity, STATUS.name))

    @property
    def latest(self) -> str:
        """When its newest record of these trials was made; empty without any."""
        return max((entry.record.at for entry in self.entries.values() if entry.record), default="")
