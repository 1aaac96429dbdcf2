"""A roofline as shapes of an inline SVG: logarithmic axes, two roofs, marks that tell their names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from benchbench.report.labels import Box, box, overlap, text
from benchbench.report.plots import Mark, Panel, Roofs

HEIGHT = 330.0
LEFT, TOP, MARGIN, FOOT = 46.0, 18.0, 10.0, 34.0
LETTER = 4.9
SPOTS = ((6, 3), (-6, 3), (6, 12), (-6, 12), (6, -5), (-6, -5), (0, -8), (0, 15))
"""Where a label may stand beside its mark; it ends there when x is negative, and is centred at 0."""
MANY_TICKS = 2.0
"""Decades beyond which only powers of ten are written."""


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from one end to the other, in the drawing's units."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self) -> Iterator[float]:
        """Powers of ten, and where there are few of them also twice and five times each."""
        steps = (1,) if math.log10(self.high / self.low) > MANY_TICKS else (1, 2, 5)
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            yield from (step * 10.0**power for step in steps if self.low <= step * 10.0**power <= self.high)


def roofline(panel: Panel, roofs: Roofs, width: float) -> Iterator[str]:
    """The drawing's elements, HEIGHT high."""
    x, y = _axes(panel, roofs, width)
    yield from _frame(panel, x, y)
    yield from _roofs(roofs, x, y)
    for mark in sorted(panel.marks, key=lambda mark: mark.kind != "block"):
        yield _mark(mark, x.at(mark.x), y.at(mark.y))
    yield from _labels(panel, x, y)


def _axes(panel: Panel, roofs: Roofs, width: float) -> tuple[Axis, Axis]:
    """Both with room for all marks, the upper roof and its corner."""
    corner = roofs.level / roofs.slope
    xs = [*(mark.x for mark in panel.marks), corner]
    ys = [*(mark.y for mark in panel.marks), roofs.level]
    across = Axis(min(xs) / 3, max(xs) * 3, LEFT, width - MARGIN)
    return across, Axis(min(ys) / 4, max(ys) * 2, HEIGHT - FOOT, TOP)


def _frame(panel: Panel, x: Axis, y: Axis) -> Iterator[str]:
    for tick in y.ticks():
        yield f'<path class="rule" d="M{x.start:.1f} {y.at(tick):.1f}H{x.end:.1f}"/>'
        yield text(x.start - 5, y.at(tick) + 3, f"{tick:g}", "end")
    for tick in x.ticks():
        yield f'<path class="rule" d="M{x.at(tick):.1f} {y.start:.1f}V{y.end:.1f}"/>'
        yield text(x.at(tick), y.start + 13, f"{tick:g}", "middle")
    yield text(x.end, y.start + 27, panel.x, "end")
    yield text(0, 9, panel.y)


def _roofs(roofs: Roofs, x: Axis, y: Axis) -> Iterator[str]:
    first = max(x.low, y.low / roofs.slope)
    corner = roofs.level / roofs.slope
    points = [(first, first * roofs.slope), (corner, roofs.level), (x.high, roofs.level)]
    path = "L".join(f"{x.at(a):.1f} {y.at(b):.1f}" for a, b in points)
    yield f'<path class="roof" d="M{path}"/>'
    yield text(x.end, y.at(roofs.level) - 5, roofs.level_words, "end aside")
    middle = math.sqrt(first * corner)
    angle = math.degrees(math.atan2(y.at(middle * roofs.slope) - y.at(first * roofs.slope), x.at(middle) - x.at(first)))
    place = f"{x.at(middle):.1f} {y.at(middle * roofs.slope) - 5:.1f}"
    yield (
        f'<text class="middle aside" transform="translate({place}) rotate({angle:.1f})">'
        f"{escape(roofs.slope_words)}</text>"
    )


def _mark(mark: Mark, x: float, y: float) -> str:
    words = f"<title>{escape(mark.words)}</title>"
    if mark.kind == "reference":
        return f'<path class="mark-reference" d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z">{words}</path>'
    radius = 2.8 if mark.kind == "block" else 4
    return f'<circle class="mark-{mark.kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{words}</circle>'


def _labels(panel: Panel, x: Axis, y: Axis) -> Iterator[str]:
    """A free spot for each label that has one, models before blocks; the rest is told by the marks' own words."""
    places = [(mark, x.at(mark.x), y.at(mark.y)) for mark in panel.marks]
    taken: list[Box] = [(a - 4, b - 4, a + 4, b + 4) for _, a, b in places]
    taken.append((x.start, y.start - 2, x.end, y.start + 2))
    for mark, a, b in sorted(places, key=lambda place: (place[0].kind == "block", place[0].kind != "reference")):
        for dx, dy in SPOTS if mark.label else ():
            place = box(mark.label, a + dx, b + dy, dx, LETTER)
            if place[0] >= x.start and place[2] <= x.end and not any(overlap(place, other) for other in taken):
                taken.append(place)
                kind = "end" if dx < 0 else "middle" if dx == 0 else ""
                yield text(a + dx, b + dy, mark.label, f"label {kind}" if mark.kind != "block" else kind)
                break
