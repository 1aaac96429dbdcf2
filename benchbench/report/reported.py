"""Reported against measured: every claim of a number that was measured, on axes of one kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from benchbench.report.account import Account
from benchbench.report.findings import anchor, decisive, ours, stated
from benchbench.report.numbers import axis_style, raised
from benchbench.report.plots import Dot, Panel, Plot
from benchbench.report.rulings import tone
from benchbench.types import Estimate, Finding, Metric, Verdict

DESCRIPTION = (
    "On the dashed diagonal the measurement is what was reported; bars are intervals. ● holds, × does not, ○ stays "
    "open, △ holds after a change. One kind of number and one scale to a panel; of a claim that can be read in several "
    "ways the reading that its verdict rests on. A mark leads to its claim."
)
FEWEST = 2
"""Dots below which a panel says no more than its line in the ledger."""
WIDEST = 3.0
"""Times the reference beyond which factors are drawn on logarithmic axes."""
POINTS = "pt"


@dataclass(frozen=True)
class Kind:
    """What one panel shows: a scale, and changes (of any cost), differences in points or values of one metric."""

    scale: str
    form: str
    metric: str


@dataclass(frozen=True)
class Pair:
    """A claim's reported value and its measured one, both in the metric's own unit; changes as shares."""

    verdict: Verdict
    finding: Finding
    reported: float
    measured: Estimate


def reported_plots(account: Account) -> tuple[Plot, ...]:
    """One plot of a panel for each kind of number at each scale; none where nothing can be paired."""
    groups: dict[Kind, list[Pair]] = {}
    for pair in _pairs(account.verdicts):
        groups.setdefault(_kind(account, pair), []).append(pair)
    panels = tuple(_panel(account, kind, pairs) for kind, pairs in groups.items() if len(pairs) >= FEWEST)
    alone = [pair.verdict.claim.id for pairs in groups.values() if len(pairs) < FEWEST for pair in pairs]
    left = f" Alone of their kind, and so only in the ledger: {', '.join(alone)}." if alone else ""
    return (Plot("reported", "Reported against measured", DESCRIPTION + left, panels),) if panels else ()


def _pairs(verdicts: Iterable[Verdict]) -> Iterator[Pair]:
    for verdict in verdicts:
        found = _numbered(verdict)
        if found is not None and found.reading.range is not None and found.estimate is not None:
            less = 1.0 if found.reading.form == "ratio" else 0.0
            estimate = found.estimate
            shifted = replace(estimate, value=estimate.value - less, low=estimate.low - less, high=estimate.high - less)
            yield Pair(verdict, found, found.reading.range.value - less, shifted)


def _numbered(verdict: Verdict) -> Finding | None:
    """The finding that a verdict rests on, of those with a reported and a measured number."""
    known = [each for each in verdict.findings if each.reading.range and each.estimate and _is_finite(each.estimate)]
    if verdict.claim.kind not in ("number", "ratio", "change"):
        return None
    return decisive(replace(verdict, findings=tuple(known)))


def _is_finite(estimate: Estimate) -> bool:
    return all(map(math.isfinite, (estimate.value, estimate.low, estimate.high)))


def _kind(account: Account, pair: Pair) -> Kind:
    """Changes and ratios of all costs share a panel; other numbers only with their own metric or unit."""
    reading, scale = pair.finding.reading, pair.verdict.claim.scale
    if reading.form in ("change", "ratio"):
        return Kind(scale, "change", "")
    metric = account.metric(reading.metric)
    return Kind(scale, reading.form, POINTS if metric.unit == POINTS else metric.name)


def _panel(account: Account, kind: Kind, pairs: list[Pair]) -> Panel:
    metric = account.metric(pairs[0].finding.reading.metric)
    factor, offset, unit, is_log = _axes(kind, metric, pairs)
    dots = tuple(_dot(account, pair, factor, offset) for pair in pairs)
    title = {"change": "Changes", "difference": "Differences"}.get(kind.form, "") or (
        "Accuracy" if kind.metric == POINTS else raised(metric.title)
    )
    scales = {scale.name: scale.title for scale in account.suite.scales}
    return Panel(
        name=f"reported-{kind.scale}-{kind.form}-{kind.metric}",
        title=f"{title}, scale “{kind.scale}”",
        description=f"{scales.get(kind.scale, kind.scale)}. " + "; ".join(dot.words for dot in dots) + ".",
        x=f"reported, {unit}" if unit else "reported",
        y=f"measured, {unit}" if unit else "measured",
        dots=dots,
        is_log=is_log,
    )


def _axes(kind: Kind, metric: Metric, pairs: list[Pair]) -> tuple[float, float, str, bool]:
    """(factor, what is added before, unit, whether logarithmic): shown = (value + added) · factor."""
    values = [number for pair in pairs for number in (pair.reported, pair.measured.value)]
    lowest = min(*values, *(pair.measured.low for pair in pairs))
    if kind.form == "change":
        if max(values) > WIDEST and lowest > -1:
            return 1.0, 1.0, "× the reference", True
        return 100.0, 0.0, "%", False
    style = axis_style(metric, max(map(abs, values)))
    plain = kind.form == "number" and metric.unit != POINTS and lowest > 0
    return style.factor, 0.0, style.unit, plain


def _dot(account: Account, pair: Pair, factor: float, offset: float) -> Dot:
    claim, measured = pair.verdict.claim, pair.measured
    ruling = pair.verdict.ruling
    words = f"{claim.id}: reported {stated(pair.finding.reading)}, measured {ours(account, pair.finding)}, {ruling}"
    x, y, low, high = (
        (number + offset) * factor for number in (pair.reported, measured.value, measured.low, measured.high)
    )
    return Dot(claim.id, x, y, low, high, tone(ruling), words, f"#{anchor(claim.id)}")
