"""One metric over many runs: the nouns of a history."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.types.judged import Estimate
from benchbench.types.measured import Metric
from benchbench.types.plain import Settings


@dataclass(frozen=True)
class Night:
    """One run's word on a trial. `estimate` is in the metric's own unit and None where there is no number: see `why`.

    `ratio` is that of a timed metric to the reference of the same run. `commit` is the git commit of the suite's
    repository, "" where none was recorded. `changed` names what differs from the night before: versions of code,
    weights, data.
    """

    run: str
    at: str
    estimate: Estimate | None
    ratio: Estimate | None = None
    commit: str = ""
    key: str = ""
    why: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A lasting change of level. `first` is the index of the first night on the new one, `last` of the last on the old.

    `levels` are the medians before and after, of the ratio where the series is paired; `size` is after less before: in
    the metric's unit for points, else as a share of before (0.1: 10 % more), with 95 % limits. `worse` is None where
    neither direction is better.
    """

    first: int
    last: int
    levels: tuple[float, float]
    size: Estimate
    is_share: bool
    worse: bool | None


@dataclass(frozen=True)
class Trend:
    """A trial's metric night by night on one machine; `machine` names it, "" for counts, which are of no machine.

    `is_paired` says that steps were sought in the ratio to the reference. `why` says why none were sought, or how far
    they may be believed. `recipe` tells it from other trends of the same names, and is "" where there are none.
    """

    scale: str
    probe: str
    variant: str
    condition: str
    metric: Metric
    nights: tuple[Night, ...]
    steps: tuple[Step, ...] = ()
    machine: str = ""
    signature: Settings | None = None
    is_paired: bool = False
    why: str = ""
    recipe: str = ""

    @property
    def label(self) -> str:
        return " / ".join(filter(None, (self.scale, self.probe, self.variant, self.condition, self.recipe)))


@dataclass(frozen=True)
class History:
    """All trends of a metric; `notes` hold for all of them."""

    metric: Metric
    trends: tuple[Trend, ...]
    notes: tuple[str, ...] = ()
