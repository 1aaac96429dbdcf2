"""What the charts show: points with their intervals, never two scales on one chart. Drawing is the format's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchbench.report.account import Account
from benchbench.report.numbers import axis_style, lowered, raised
from benchbench.report.pareto import front
from benchbench.report.values import change_of, estimate_of, headlines, is_accuracy, is_random, reference_entry, shifted
from benchbench.types import Entry, Estimate, Metric, ProbeUse, Scale, Variant

COSTS = ("latency_ms", "macs", "params")
"""Costs an accuracy is set against: the first of them that two variants have."""
SIZES = ("params", "macs")
MIN_POINTS = 2
Left = Mapping[str, Estimate]
"""By variant, what it leaves of the reference's cost, in per cent."""


@dataclass(frozen=True)
class Point:
    """One variant; x and y in the axes' shown units."""

    label: str
    x: Estimate
    y: Estimate
    is_reference: bool = False


FRONT = "Pareto front (no variant is both cheaper and better)"
TOO_FEW = "fewer than two variants have both numbers"
RANDOM = "the accuracy of random weights says nothing"


@dataclass(frozen=True)
class Chart:
    """A scatter of one scale. `front` indexes `points`; `diagonal` draws y = x; `reason` says why there
    are none."""

    name: str
    title: str
    description: str
    x: str
    y: str
    points: tuple[Point, ...] = ()
    front: tuple[int, ...] = ()
    diagonal: bool = False
    reason: str = ""

    @property
    def missing(self) -> str:
        """The reason as a sentence; nothing where the chart is drawn."""
        return f"{self.title}: not drawn, because {self.reason}." if self.reason else ""


@dataclass(frozen=True)
class Series:
    """A metric of one use of a probe at one scale."""

    use: ProbeUse
    metric: Metric

    def entry(self, account: Account, scale: Scale, variant: Variant) -> Entry | None:
        return account.entry(scale, self.use, variant)


def charts(account: Account) -> tuple[Chart, ...]:
    """For each scale cost against cost, then accuracy against cost."""
    return tuple(chart for scale in account.suite.scales for chart in _of_scale(account, scale))


def _of_scale(account: Account, scale: Scale) -> Iterator[Chart]:
    known = {series.metric.name: series for series in reversed(tuple(_series(account, scale)))}
    latency = known.get("latency_ms")
    if latency is not None:
        left = _left(account, scale, latency)
        yield from (cost_against_cost(account, scale, known[name], latency, left) for name in SIZES if name in known)
    for gain in _first_of_each_probe(reversed(tuple(known.values()))):
        yield accuracy_against_cost(account, scale, [known[name] for name in COSTS if name in known], gain)


def _first_of_each_probe(series: Iterable[Series]) -> Iterator[Series]:
    """The accuracies, one of each use of a probe."""
    seen: list[ProbeUse] = []
    for each in series:
        if is_accuracy(each.use, each.metric) and each.use not in seen:
            seen.append(each.use)
            yield each


def _series(account: Account, scale: Scale) -> Iterator[Series]:
    for use in account.uses(scale):
        for name in headlines(account, use):
            yield Series(use, account.metric(name))


def cost_against_cost(account: Account, scale: Scale, size: Series, time: Series, left: Left) -> Chart:
    """What is left of the reference's size (%) against what is left of its time (%, paired), which is known."""
    smaller, reference = _left(account, scale, size), account.suite.reference
    points = [Point(name, smaller[name], left[name], name == reference) for name in smaller if name in left]
    title = f"{raised(time.metric.title)} against {lowered(size.metric.title)}, scale “{scale.name}”"
    few = len(points) < MIN_POINTS
    above = [point.label for point in points if point.y.value > point.x.value + 1]
    return Chart(
        name=f"{size.metric.name}-{time.metric.name}-{scale.name}",
        title=title,
        description=_diagonal_text(above, size.metric, time.metric),
        x=f"{raised(size.metric.title)}, % of the reference",
        y=f"{raised(time.metric.title)}, % of the reference",
        points=() if few else tuple(points),
        diagonal=True,
        reason=TOO_FEW if few else "",
    )


def accuracy_against_cost(account: Account, scale: Scale, costs: list[Series], gain: Series) -> Chart:
    """Accuracy against the first cost that two variants have, with its Pareto front. Random weights are left out."""
    cost, points, random = None, list[Point](), False
    for cost in costs:
        points, random = _accuracy_points(account, scale, cost, gain)
        if len(points) >= MIN_POINTS:
            break
    else:
        cost = None
    title = (
        f"{raised(gain.metric.title)} against {lowered(cost.metric.title) if cost else 'cost'}, scale “{scale.name}”"
    )
    name = f"{gain.metric.name}-{cost.metric.name if cost else 'cost'}-{scale.name}"
    if cost is None:
        return Chart(name, title, "", "", "", reason=RANDOM if random else TOO_FEW)
    sign = 1.0 if gain.metric.better == "higher" else -1.0
    best = front([(point.x.value, sign * point.y.value) for point in points])
    return Chart(
        name=name,
        title=title,
        description=f"{FRONT}: {', '.join(points[index].label for index in best)}.",
        x=_axis(cost.metric, max(point.x.value for point in points)),
        y=_axis(gain.metric, 0.0) + ("" if sign > 0 else " (lower is better)"),
        points=tuple(_shown(point, cost.metric, gain.metric, points) for point in points),
        front=best,
    )


def _accuracy_points(account: Account, scale: Scale, cost: Series, gain: Series) -> tuple[list[Point], bool]:
    points, random = [], False
    for variant in account.variants(scale):
        scored = gain.entry(account, scale, variant)
        pair = estimate_of(cost.entry(account, scale, variant), cost.metric), estimate_of(scored, gain.metric)
        if pair[0] is None or pair[1] is None:
            continue
        if is_random(scored):
            random = True
        else:
            points.append(Point(variant.name, pair[0], pair[1], variant.name == account.suite.reference))
    return points, random


def _left(account: Account, scale: Scale, series: Series) -> Left:
    """What is left of it of every variant that has both numbers."""
    found = {variant.name: _share(account, scale, variant, series) for variant in account.variants(scale)}
    return {name: share for name, share in found.items() if share is not None}


def _share(account: Account, scale: Scale, variant: Variant, series: Series) -> Estimate | None:
    """What a variant leaves of the reference's cost, in per cent."""
    if variant.name == account.suite.reference:
        found = estimate_of(series.entry(account, scale, variant), series.metric)
        return Estimate(100.0, 100.0, 100.0, exact=True) if found else None
    reference = reference_entry(account, scale, series.use)
    change = change_of(series.entry(account, scale, variant), reference, series.metric)
    return _scaled(shifted(change.estimate, 1.0), 100.0) if change else None


def _scaled(found: Estimate, factor: float) -> Estimate:
    return Estimate(found.value * factor, found.low * factor, found.high * factor, found.samples, found.exact)


def _shown(point: Point, cost: Metric, gain: Metric, points: list[Point]) -> Point:
    largest = max(other.x.value for other in points)
    x = _scaled(point.x, axis_style(cost, largest).factor)
    return Point(point.label, x, _scaled(point.y, axis_style(gain, 0.0).factor), point.is_reference)


def _axis(metric: Metric, largest: float) -> str:
    unit = axis_style(metric, largest).unit
    return raised(metric.title) + (f", {unit}" if unit and unit != metric.title else "")


def _diagonal_text(above: list[str], size: Metric, time: Metric) -> str:
    text = (
        f"On the dashed diagonal the {lowered(time.title)} falls as much as the {lowered(size.title)}; above it by less"
    )
    return f"{text}: {', '.join(above)}." if above else f"{text}, where no variant lies by more than a point."
