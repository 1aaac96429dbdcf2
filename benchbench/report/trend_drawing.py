"""A trend as inline SVG: a point and an interval for each night, the levels between steps, failures at the foot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from benchbench.report.labels import text
from benchbench.report.numbers import RATIO, Style, axis_style, plain, uncertain_decimals
from benchbench.types import Estimate
from benchbench.types.trended import Night, Step, Trend

WIDTH, LEFT, RIGHT, TOP, BASE, HEIGHT = 720.0, 62.0, 712.0, 22.0, 150.0, 168.0
TICKS = 3
FLAT = 0.02
"""Of a value that never changed: how far the axis goes to both sides, as a share."""


@dataclass(frozen=True)
class Axes:
    """From nights and values to places of the drawing."""

    times: tuple[float, ...]
    low: float
    high: float
    style: Style

    def x(self, night: int) -> float:
        span = self.times[-1] - self.times[0]
        share = (self.times[night] - self.times[0]) / span if span else 0.5
        return LEFT + 6 + share * (RIGHT - LEFT - 12)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return BASE - min(1.0, max(0.0, share)) * (BASE - TOP)


def trend_svg(trend: Trend, name: str, *, is_ratio: bool) -> str:
    """The trend's ratio to the reference, or its absolute values, as an `<svg>` element with title and description.

    Steps stand on the drawing of the values in which they were sought. `name` is a unique one for the page.
    """
    shown = [night.ratio if is_ratio else night.estimate for night in trend.nights]
    axes = _axes(trend, shown, is_ratio)
    steps = trend.steps if is_ratio == trend.is_paired else ()
    what = "ratio to the reference" if is_ratio else trend.metric.title
    words = f"{what} of {trend.label}, {len(trend.nights)} nights, steps: {len(steps)}"
    body = [*_frame(trend.nights, axes), *_intervals(shown, axes), *_levels(trend, steps, axes)]
    body += [*_points(trend.nights, shown, axes), *_marks(trend.nights, steps, axes)]
    return (
        f'<svg class="panel trend" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="{name}-t">'
        f'<title id="{name}-t">{escape(words)}</title>{"".join(body)}</svg>'
    )


def _axes(trend: Trend, shown: Sequence[Estimate | None], is_ratio: bool) -> Axes:
    """Room for every value, and for intervals as far as they are not wider than the values lie apart."""
    known = [each for each in shown if each is not None]
    low, high = min(each.value for each in known), max(each.value for each in known)
    room = max((high - low) * 0.6, FLAT * abs(high) or 1.0)
    low, high = max(low - room, min(each.low for each in known)), min(high + room, max(each.high for each in known))
    spare = max((high - low) * 0.08, FLAT * abs(high) * (low == high), 1e-9)
    style = RATIO if is_ratio else axis_style(trend.metric, high)
    return Axes(tuple(_time(night) for night in trend.nights), low - spare, high + spare, style)


def _time(night: Night) -> float:
    try:
        return datetime.fromisoformat(night.at).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _frame(nights: Sequence[Night], axes: Axes) -> Iterator[str]:
    step = (axes.high - axes.low) / (TICKS + 1)
    decimals = max(axes.style.decimals, uncertain_decimals(step * axes.style.factor, 6))
    for tick in range(1, TICKS + 1):
        value = axes.low + tick * step
        y = axes.y(value)
        yield f'<path class="rule" d="M{LEFT:g} {y:.1f}H{RIGHT:g}"/>'
        yield text(LEFT - 5, y + 3, f"{axes.style.prefix}{plain(value * axes.style.factor, decimals)}", "end")
    yield text(LEFT - 5, TOP - 8, axes.style.unit, "end")
    yield text(LEFT, HEIGHT - 3, nights[0].at[:10], "")
    yield text(RIGHT, HEIGHT - 3, nights[-1].at[:10], "end")


def _intervals(shown: Sequence[Estimate | None], axes: Axes) -> Iterator[str]:
    """All in one path: a year of nights has hundreds."""
    bars = [
        f"M{axes.x(place):.1f} {axes.y(each.low):.1f}V{axes.y(each.high):.1f}"
        for place, each in enumerate(shown)
        if each is not None and each.low < each.high
    ]
    if bars:
        yield f'<path class="interval" d="{"".join(bars)}"/>'


def _points(nights: Sequence[Night], shown: Sequence[Estimate | None], axes: Axes) -> Iterator[str]:
    for place, (night, each) in enumerate(zip(nights, shown, strict=True)):
        x = axes.x(place)
        if each is not None:
            words = f"{night.at[:16]}: {axes.style.prefix}{each.value * axes.style.factor:.5g} {night.commit[:12]}"
            yield f'<circle cx="{x:.1f}" cy="{axes.y(each.value):.1f}" r="2"><title>{escape(words)}</title></circle>'
        elif night.why:
            words = escape(f"{night.at[:16]}: {night.why[:200]}")
            yield f'<path class="lost" d="M{x - 3:.1f} {BASE - 3:g}l6 6m0-6l-6 6"><title>{words}</title></path>'


def _levels(trend: Trend, steps: Sequence[Step], axes: Axes) -> Iterator[str]:
    ends = [0, *(step.first for step in steps), len(trend.nights) - 1]
    values = [steps[0].levels[0], *(step.levels[1] for step in steps)] if steps else []
    for number, value in enumerate(values):
        y = axes.y(value)
        yield f'<path class="level" d="M{axes.x(ends[number]):.1f} {y:.1f}H{axes.x(ends[number + 1]):.1f}"/>'


def _marks(nights: Sequence[Night], steps: Sequence[Step], axes: Axes) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        x, kind = axes.x(step.first), {True: "worse", False: "better", None: ""}[step.worse]
        yield f'<path class="step {kind}" d="M{x:.1f} {TOP:g}V{BASE:g}"/>'
        words = f"{number} · {nights[step.first].commit[:7] or nights[step.first].at[:10]}"
        yield text(x, TOP - 6 - 9 * (number % 2), words, f"middle {kind}")
