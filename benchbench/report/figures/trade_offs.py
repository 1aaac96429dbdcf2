"""What is given for what: accuracy against cost with its Pareto front, and cost against cost, one scale to a figure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from benchbench.report.account import Account
from benchbench.report.charts import FRONT, Chart, Point, charts
from benchbench.report.figures.figure import Figure, Row
from benchbench.report.figures.records import heading_use, keys, narrowed
from benchbench.report.numbers import SPACE, axis_style
from benchbench.report.values import estimate_of, fact
from benchbench.types import Metric, ProbeUse, Scale

NAMED = 4
"""Variants of a front that a caption names; the drawing and its data tell all."""
INTERVALS = f"Bars are 95{SPACE}% intervals."


def trade_offs(account: Account) -> Iterator[Figure]:
    """A figure for each chart of the report that has points."""
    for scale in account.suite.scales:
        own = narrowed(account, scale)
        for chart in map(_finite, charts(own)):
            if len(chart.points) > 1:
                yield _figure(own, scale, chart)


def _figure(account: Account, scale: Scale, chart: Chart) -> Figure:
    first, second, _ = chart.name.split("-", 2)
    x, y = (first, second) if chart.diagonal else (second, first)
    uses = heading_use(account, scale, x), heading_use(account, scale, y)
    asked = zip(uses, (x, y), strict=True)
    units = ("%", "%") if chart.diagonal else tuple(_unit(account, scale, *each) for each in asked)
    rows = tuple(
        _row(point, units, None if chart.diagonal else place in chart.front) for place, point in enumerate(chart.points)
    )
    told = tuple(
        replace(
            row,
            scale=scale.name,
            x_record=keys(account, scale, uses[0], row.variant),
            y_record=keys(account, scale, uses[1], row.variant),
        )
        for row in rows
    )
    words = (chart.description if chart.diagonal else front_text(chart), INTERVALS, _images(account, scale, uses[1]))
    return Figure(chart.name, chart.title, " ".join(filter(None, words)), told, chart)


def front_text(chart: Chart) -> str:
    """Which variants the front has, as far as a caption has room."""
    labels = [chart.points[place].label for place in chart.front]
    more = len(labels) - NAMED
    return f"{FRONT}: {', '.join(labels[:NAMED])}{f' and {more} more' if more > 0 else ''}."


def _row(point: Point, units: tuple[str, ...], on_front: bool | None) -> Row:
    x, y = point.x, point.y
    return Row(point.label, "", x.value, x.low, x.high, units[0], y.value, y.low, y.high, units[1], on_front)


def _unit(account: Account, scale: Scale, use: ProbeUse | None, name: str) -> str:
    """What an axis of this metric is in, by the largest number on it as the chart takes it."""
    metric: Metric = account.metric(name)
    known = [estimate_of(account.entry(scale, use, each), metric) for each in account.variants(scale)] if use else []
    return axis_style(metric, max((each.value for each in known if each), default=0.0)).unit


def _images(account: Account, scale: Scale, use: ProbeUse | None) -> str:
    """Over how many images the accuracy was taken."""
    entries = [account.entry(scale, use, each) for each in account.variants(scale)] if use else []
    counts = sorted({count for entry in entries if isinstance(count := fact(entry, "images"), int)})
    return f"Scored over {' or '.join(f'{count:,}' for count in counts)} images." if counts else ""


def _finite(chart: Chart) -> Chart:
    """The chart without points that have no place on it."""
    kept = [place for place, each in enumerate(chart.points) if math.isfinite(each.x.value + each.y.value)]
    front = tuple(kept.index(place) for place in chart.front if place in kept)
    return replace(chart, points=tuple(chart.points[place] for place in kept), front=front)
