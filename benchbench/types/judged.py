"""What came of the claims."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from benchbench.types.claimed import Claim, Reading
from benchbench.types.measured import Metric
from benchbench.types.plain import Place


class Ruling(StrEnum):
    REPRODUCED = "reproduced"
    REFUTED = "refuted"
    IMPOSSIBLE = "impossible"
    UNDECIDED = "undecided"
    NOT_COMPARABLE = "not comparable"
    NOT_MEASURED = "not measured"
    ATTESTED = "attested"
    CONTRADICTED = "contradicted by source"
    RUNS_AS_WRITTEN = "runs as written"
    RUNS_AFTER_CHANGE = "runs after change"
    CANNOT_RUN = "cannot run"


@dataclass(frozen=True)
class Estimate:
    """A number with its interval (95 % unless said), or equal limits where it is exact."""

    value: float
    low: float
    high: float
    samples: int = 1
    exact: bool = False
    scope: str = ""

    def held(self, metric: Metric) -> Estimate:
        """The same, with limits within what the metric can be."""
        low, high = metric.held(self.value, self.low, self.high)
        return replace(self, low=low, high=high)


@dataclass(frozen=True)
class Finding:
    """What one reading of a claim came to. `estimate` is in the reading's own form."""

    reading: Reading
    ruling: Ruling
    reason: str
    estimate: Estimate | None = None
    remedy: str = ""


@dataclass(frozen=True)
class Verdict:
    """The judgement of a claim in one sentence, its findings, and the stand-in's trend beside it (never decisive)."""

    claim: Claim
    ruling: Ruling
    reason: str
    findings: tuple[Finding, ...] = ()
    trend: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Complaint:
    """What `lint` has to say of a claim, or a reader of a file: where, what, how to mend."""

    place: Place
    what: str
    hint: str = ""
    severity: Literal["error", "warning", "note"] = "error"
