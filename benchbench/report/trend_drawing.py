"""A trend as inline SVG: a point and an interval for each night, the levels between steps, failures at the foot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from math import ceil, floor, log10

from benchbench.report.labels import text
from benchbench.report.numbers import RATIO, Style, axis_style, plain
from benchbench.types import Estimate
from benchbench.types.trended import Night, Step, Trend

WIDTH, LEFT, RIGHT, TOP, BASE, HEIGHT = 720.0, 62.0, 712.0, 22.0, 150.0, 168.0
TICKS = 4
"""One more at most, and at least two."""
CAP, ARROW = 1.5, 2.5
BEYOND = "an arrow: the interval goes on beyond the drawing"
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

    def holds(self, value: float) -> bool:
        """Whether it is not beyond an end."""
        return self.low <= value <= self.high


def trend_svg(trend: Trend, name: str, *, is_ratio: bool) -> str:
    """The trend's ratio to the reference, or its absolute values, as an `<svg>` element with title and description.

    Steps stand on the drawing of the values in which they were sought. `name` is a unique one for the page.
    """
    shown = _shown(trend, is_ratio)
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


def caption(trend: Trend, *, is_ratio: bool) -> str:
    """What the same drawing has to say of itself: whether intervals go on beyond it."""
    shown = _shown(trend, is_ratio)
    axes = _axes(trend, shown, is_ratio)
    is_whole = all(axes.holds(end) for each in shown if each for end in (each.low, each.high))
    return "" if is_whole else BEYOND


def _shown(trend: Trend, is_ratio: bool) -> list[Estimate | None]:
    return [night.ratio if is_ratio else night.estimate for night in trend.nights]


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
    factor = axes.style.factor
    ticks, decimals = round_ticks(axes.low * factor, axes.high * factor)
    for tick in ticks:
        y = axes.y(tick / factor)
        yield f'<path class="rule" d="M{LEFT:g} {y:.1f}H{RIGHT:g}"/>'
        yield text(LEFT - 5, y + 3, f"{axes.style.prefix}{plain(tick, decimals)}", "end")
    yield text(LEFT - 5, TOP - 8, axes.style.unit, "end")
    first, last = _dates(nights[0].at, nights[-1].at)
    yield text(LEFT, HEIGHT - 3, first, "")
    yield text(RIGHT, HEIGHT - 3, last, "end")


def round_ticks(low: float, high: float) -> tuple[list[float], int]:
    """Two to five multiples of 1, 2 or 5 times a power of ten between two numbers, and the decimals that they have."""
    power = floor(log10((high - low) / TICKS))
    found = []
    for digit, place in ((1, power), (2, power), (5, power), (1, power + 1)):
        ticks = _multiples(digit * 10.0**place, low, high)
        if 2 <= len(ticks) <= TICKS + 1:
            decimals = max(0, -place)
            found.append(([round(tick, decimals) for tick in ticks], decimals))
    return found[0]


def _multiples(step: float, low: float, high: float) -> list[float]:
    return [number * step for number in range(ceil(low / step), floor(high / step) + 1)]


def _dates(first: str, last: str) -> tuple[str, str]:
    """Days; within one day with the time."""
    letters = 16 if first[:10] == last[:10] else 10
    return first[:letters].replace("T", " "), last[:letters].replace("T", " ")


def _intervals(shown: Sequence[Estimate | None], axes: Axes) -> Iterator[str]:
    """All in one path: a year of nights has hundreds. A stroke at each end, or an arrow where it goes on beyond."""
    bars = [
        f"M{axes.x(place):.1f} {axes.y(each.low):.1f}V{axes.y(each.high):.1f}"
        f"{_end(axes, axes.x(place), each.low, 1)}{_end(axes, axes.x(place), each.high, -1)}"
        for place, each in enumerate(shown)
        if each is not None and each.low < each.high
    ]
    if bars:
        yield f'<path class="interval" d="{"".join(bars)}"/>'


def _end(axes: Axes, x: float, value: float, away: int) -> str:
    """`away` is 1 downwards."""
    y = axes.y(value)
    if axes.holds(value):
        return f"M{x - CAP:.1f} {y:.1f}h{2 * CAP:g}"
    return f"M{x - ARROW:.1f} {y - away * ARROW:.1f}l{ARROW:g} {away * ARROW:g}l{ARROW:g} {-away * ARROW:g}"


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
