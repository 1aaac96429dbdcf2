"""A chart of points: a diamond for the reference, full circles on the front, hollow ones elsewhere, 95 % bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from benchbench.report.charts import Chart, Point
from benchbench.report.figures.style import ACCENT, INK, MUTED, PAPER, canvas, legible, plain_ticks
from benchbench.report.figures.tags import Tag, tag
from benchbench.types import Estimate

HEIGHTS = {1: 2.45, 2: 3.4}
MOST_TAGS = 40
CROWD = {1: 12, 2: 26}
"""Points from which on only the reference and the front go by name, all others by number."""
WIDEST = 20.0
"""Times the smallest cost from which on an axis of costs is logarithmic."""
Kind = Literal["reference", "on the Pareto front", "dominated", "variant"]
Segment = tuple[tuple[float, float], tuple[float, float]]


def scatter(chart: Chart, columns: int) -> Any:
    """The drawing of a chart."""
    figure = canvas(columns, HEIGHTS[columns])
    axes = figure.add_subplot()
    axes.set_xlabel(legible(chart.x, 80))
    axes.set_ylabel(legible(chart.y, 60))
    axes.grid()
    if _is_wide(chart):
        axes.set_xscale("log")
        plain_ticks(axes.xaxis, *(choose(point.x.value for point in chart.points) for choose in (min, max)))
    axes.margins(0.07, 0.1)
    lines = _guides(axes, chart)
    for kind, points in _kinds(chart).items():
        _mark(axes, points, kind)
    figure.legend(loc="outside upper center", ncols=4)
    order = _by_rank(chart)
    others = [(point.x.value, point.y.value) for point in (chart.points[place] for place in order[MOST_TAGS:])]
    tags = [_tag(chart.points[place]) for place in order[:MOST_TAGS]]
    first = sum(point.is_reference or place in chart.front for place, point in enumerate(chart.points))
    named = first if len(tags) > CROWD[columns] else len(tags)
    tag(axes, tags, lines, others, named)
    return figure


def _is_wide(chart: Chart) -> bool:
    lowest, highest = (choose(point.x.value for point in chart.points) for choose in (min, max))
    return not chart.diagonal and min(point.x.low for point in chart.points) > 0 and highest > WIDEST * lowest


def _guides(axes: Any, chart: Chart) -> list[Segment]:
    """The dashed diagonal, or the steps of the Pareto front; answers what was drawn."""
    if chart.diagonal:
        low = min(min(point.x.value, point.y.value) for point in chart.points)
        axes.plot([low, 100], [low, 100], color=MUTED, linewidth=0.8, dashes=(4, 2.5), zorder=1.5, label="y = x")
        return [((low, low), (100, 100))]
    if len(chart.front) < 2:
        return []
    best = [(point.x.value, point.y.value) for point in (chart.points[place] for place in chart.front)]
    axes.plot(*zip(*best, strict=True), color=ACCENT, linewidth=1.0, drawstyle="steps-post", zorder=1.5)
    steps = [place for (x, y), (a, b) in pairwise(best) for place in ((x, y), (a, y), (a, b))]
    return list(pairwise(steps))


def _kinds(chart: Chart) -> dict[Kind, list[Point]]:
    """The points by how they are marked, the reference last and so on top."""
    usual: Kind = "variant" if chart.diagonal else "dominated"
    found: dict[Kind, list[Point]] = {usual: [], "on the Pareto front": [], "reference": []}
    for place, point in enumerate(chart.points):
        best: Kind = "on the Pareto front" if place in chart.front else usual
        found["reference" if point.is_reference else best].append(point)
    return {kind: points for kind, points in found.items() if points}


def _mark(axes: Any, points: Sequence[Point], kind: Kind) -> None:
    full = {"reference": INK, "on the Pareto front": ACCENT, "variant": ACCENT}
    axes.errorbar(
        [point.x.value for point in points],
        [point.y.value for point in points],
        xerr=_reach([point.x for point in points]),
        yerr=_reach([point.y for point in points]),
        fmt="D" if kind == "reference" else "o",
        markersize=4.2 if kind == "reference" else 4.0,
        markerfacecolor=full.get(kind, PAPER),
        markeredgecolor=INK if kind == "reference" else ACCENT,
        markeredgewidth=0.8,
        ecolor=MUTED,
        elinewidth=0.6,
        capsize=1.5,
        capthick=0.6,
        linestyle="",
        label=kind,
        zorder=4 if kind == "reference" else 3,
    )


def _reach(values: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """How far the intervals go below and above; NaN, which is not drawn, where they have no length or no end."""
    return [length(each.value - each.low) for each in values], [length(each.high - each.value) for each in values]


def length(reach: float) -> float:
    """Of one side of a bar, NaN for one that is not drawn."""
    return reach if 0 < reach < math.inf else math.nan


def _by_rank(chart: Chart) -> list[int]:
    """The reference first, then the front, then the others."""
    return sorted(
        range(len(chart.points)), key=lambda place: (not chart.points[place].is_reference, place not in chart.front)
    )


def _tag(point: Point) -> Tag:
    x, y = point.x, point.y
    left, below, right, above = (
        0.0 if math.isnan(found) else found
        for found in map(length, (x.value - x.low, y.value - y.low, x.high - x.value, y.high - y.value))
    )
    return Tag(point.label, x.value, y.value, (x.value - left, y.value - below, x.value + right, y.value + above))
