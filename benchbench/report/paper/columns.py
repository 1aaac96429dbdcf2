"""The columns of a table for a paper: what they are called, and which stay where not all have room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchbench.report.account import is_same
from benchbench.report.conditions import condition_text
from benchbench.report.numbers import SPACE, raised
from benchbench.report.paper.figures import Figure, Reading
from benchbench.report.values import COMPARED, is_accuracy
from benchbench.types import Metric, ProbeUse

ARROWS = {"lower": f"{SPACE}↓", "higher": f"{SPACE}↑", "neither": ""}
SHORT = {
    "AP": "AP",
    "AbsRel": "AbsRel",
    "delta1": "δ1",
    "top1": "Top-1",
    "params": "Params",
    "macs": "MACs",
    "latency_ms": "Latency",
    "throughput_ips": "Throughput",
    "peak_memory_mib": "Peak memory",
    "gpu_allocated_mib": "Peak memory",
    "encoder_ms": "Encoder latency",
    "file_mib": "File size",
    "train_memory_mib": "Training memory",
    "best_throughput_ips": "Best throughput",
    "common_throughput_ips": "Throughput at common batch",
    "drift_cosine": "Cosine",
    "drift_relative": "Largest difference",
    "drift_agreement": "Agreement",
}
"""What heads a column in a paper; of a metric not named here, its title."""
COSTS = ("params", "macs", "latency_ms", "throughput_ips", "peak_memory_mib", "gpu_allocated_mib", "encoder_ms")
"""After the headline accuracy, in the order in which they are given room; whatever else was measured comes last."""
LAST, DRIFT, AGAIN = 100, 500, 1000
"""Added to the place of what is neither a score nor a usual cost; of what is measured against the reference's outputs;
and where a metric has a column under another condition already."""
AGAINST = "cosine to, difference to and agreement with the reference's outputs; the reference itself is not ranked"
"""Noted at the head of what is measured against the reference's outputs."""


@dataclass(frozen=True)
class Column:
    """`title` is broken into lines where it is set; `notes` are footnotes of its head.

    Where room is short the lowest `priority` stays. `exact` numbers are counts, which any machine could make.
    """

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    priority: int = 0
    exact: bool = False
    use: ProbeUse | None = None
    metric: str = ""

    @property
    def name(self) -> str:
        """Its title on one line, without unit and arrow."""
        return self.title.partition("\n")[0]

    @property
    def is_headline(self) -> bool:
        """Whether it is the first accuracy or what that costs."""
        return self.priority <= len(COSTS)

    @property
    def is_empty(self) -> bool:
        return not any(each.number for each in self.figures)

    def is_same(self, other: Column) -> bool:
        """Whether both hold the same numbers of other variants."""
        return self.title == other.title and other.use is not None and self.is_of(other.use, other.metric)

    def is_of(self, use: ProbeUse, metric: str) -> bool:
        """Whether it holds a metric as this use of a probe measures it."""
        return self.metric == metric and self.use is not None and is_same(self.use, use)


def column(reading: Reading, figures: tuple[Figure, ...], readings: Sequence[Reading]) -> Column:
    """The column of a reading among those of its table."""
    return Column(
        title=heading(reading),
        figures=figures,
        notes=protocol(reading),
        priority=priority(reading, readings),
        exact=reading.metric.exact,
        use=reading.use,
        metric=reading.metric.name,
    )


def protocol(reading: Reading) -> tuple[str, ...]:
    """What has to be known of every number of a reading: of scores how they were taken, of drift from what."""
    if reading.use.name in COMPARED:
        return (AGAINST,)
    return reading.shared if is_accuracy(reading.use, reading.metric) else ()


def short(metric: Metric) -> str:
    """`Latency`: a metric where there is little room."""
    return SHORT.get(metric.name, raised(metric.title))


def heading(reading: Reading) -> str:
    """`Latency`, and under it `[ms] ↓`."""
    unit = reading.style.unit
    lower = (f"[{unit}]" if unit and unit != reading.metric.title else "") + ARROWS[reading.metric.better]
    return f"{short(reading.metric)}\n{lower.strip(SPACE)}" if lower else short(reading.metric)


def conditioned(columns: Sequence[Column]) -> Iterator[Column]:
    """The columns of one table, with the condition noted where a metric stands under several, or not the first."""
    for each in columns:
        several = sum(other.metric == each.metric for other in columns) > 1 or each.priority >= AGAIN
        told = (condition_text(each.use.condition),) if each.use is not None and several else ()
        yield replace(each, notes=(*told, *each.notes))


def priority(reading: Reading, readings: Sequence[Reading]) -> int:
    """The headline accuracy, then what it costs, then other accuracies and all the rest, in the suite's order.

    What is measured against the reference's outputs comes after them: it is neither a score nor a cost.
    """
    place = next(place for place, each in enumerate(readings) if each is reading)
    scores = [each for each in readings if is_accuracy(each.use, each.metric)]
    again = AGAIN * any(each.metric.name == reading.metric.name for each in readings[:place])
    if scores and scores[0] is reading:
        return 0
    if reading.metric.name in COSTS:
        return 1 + COSTS.index(reading.metric.name) + again
    rest = DRIFT if reading.use.name in COMPARED else LAST
    return len(COSTS) + 1 + place + again + (0 if any(each is reading for each in scores) else rest)
