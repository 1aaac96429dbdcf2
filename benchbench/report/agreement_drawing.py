"""Reported against measured as shapes of an inline SVG: two equal axes, their diagonal, marks that lead to claims."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from benchbench.report.labels import Box, box, overlap, text
from benchbench.report.numbers import MINUS
from benchbench.report.plots import Dot, Panel
from benchbench.report.roof_drawing import Axis

SIDE = 320.0
LEFT, TOP, RIGHT, FOOT = 44.0, 18.0, 8.0, 34.0
LETTER = 5.0
ROOM = 0.08
"""Of the axes' length, free on either side of the outermost numbers."""
SPOTS = ((7, 3), (-7, 3), (7, 13), (-7, 13), (7, -6), (-7, -6), (0, -9), (0, 16))
"""Where a label may stand beside its mark; it ends there when x is negative, and is centred at 0."""


@dataclass(frozen=True)
class Even:
    """A linear axis from one end to the other, in the drawing's units."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> Iterator[float]:
        """Multiples of 1, 2 or 5 times a power of ten, at most seven of them."""
        rough = (self.high - self.low) / 6
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
        yield from (number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1))


def agreement(panel: Panel) -> Iterator[str]:
    """The drawing's elements, SIDE high and wide."""
    x, y = _axes(panel)
    yield from _frame(panel, x, y)
    yield f'<path class="diagonal" d="M{x.start:.1f} {y.start:.1f}L{x.end:.1f} {y.end:.1f}"/>'
    for dot in panel.dots:
        yield _mark(dot, x, y)
    yield from _labels(panel, x, y)


def _axes(panel: Panel) -> tuple[Axis | Even, Axis | Even]:
    """Both over the same range: all that was reported and measured, with its intervals."""
    values = [value for dot in panel.dots for value in (dot.x, dot.y, dot.low, dot.high)]
    low, high = min(values), max(values)
    across, up = (LEFT, SIDE - RIGHT), (SIDE - FOOT, TOP)
    if panel.is_log:
        more = max((high / low) ** ROOM, 1.05)
        return Axis(low / more, high * more, *across), Axis(low / more, high * more, *up)
    more = (high - low) * ROOM or abs(high) * ROOM or 1.0
    return Even(low - more, high + more, *across), Even(low - more, high + more, *up)


def _frame(panel: Panel, x: Axis | Even, y: Axis | Even) -> Iterator[str]:
    for tick in y.ticks():
        kind = "rule zero" if tick == 0 else "rule"
        across = f"M{x.start:.1f} {y.at(tick):.1f}H{x.end:.1f}"
        yield f'<path class="{kind}" d="{across}M{x.at(tick):.1f} {y.start:.1f}V{y.end:.1f}"/>'
        yield text(x.start - 5, y.at(tick) + 3, _number(tick), "end")
        yield text(x.at(tick), y.start + 13, _number(tick), "middle")
    yield text(x.end, y.start + 27, panel.x, "end")
    yield text(0, 9, panel.y)


def _number(value: float) -> str:
    return f"{round(value, 9):g}".replace("-", MINUS)


def _mark(dot: Dot, x: Axis | Even, y: Axis | Even) -> str:
    a, b, words = x.at(dot.x), y.at(dot.y), escape(dot.words)
    low, high = y.at(dot.low), y.at(dot.high)
    bar = f'<path class="bar" d="M{a:.1f} {low:.1f}V{high:.1f}"/>' if abs(low - high) > 1 else ""
    shapes = {
        "holds": f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4"/>',
        "fails": f'<path d="M{a - 4:.1f} {b - 4:.1f}l8 8m0-8l-8 8"/>',
        "changed": f'<path d="M{a:.1f} {b - 5:.1f}l5 9h-10z"/>',
    }
    shape = shapes.get(dot.tone, f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4"/>')
    link = escape(dot.link)
    return f'<a href="{link}" class="dot {dot.tone}" aria-label="{words}">{bar}{shape}<title>{words}</title></a>'


def _labels(panel: Panel, x: Axis | Even, y: Axis | Even) -> Iterator[str]:
    """A free spot for each label that has one, what lies farthest from the diagonal first."""
    places = [(dot, x.at(dot.x), y.at(dot.y)) for dot in panel.dots]
    taken: list[Box] = [(a - 5, b - 5, a + 5, b + 5) for _, a, b in places]
    for dot, a, b in sorted(places, key=lambda place: -abs(place[1] - x.start - (y.start - place[2]))):
        for dx, dy in SPOTS:
            place = box(dot.label, a + dx, b + dy, dx, LETTER)
            inside = place[0] >= x.start and place[2] <= SIDE and place[1] >= TOP - 4 and place[3] <= y.start
            if inside and not any(overlap(place, other) for other in taken):
                taken.append(place)
                yield text(a + dx, b + dy, dot.label, "label end" if dx < 0 else "label middle" if dx == 0 else "label")
                break
