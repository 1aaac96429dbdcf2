"""Changes with their intervals as shapes of an inline SVG: a line for each, over its threshold's band."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from benchbench.report.labels import shortened, text
from benchbench.report.numbers import MINUS
from benchbench.report.plots import Panel, Strip

ROW = 13.0
LETTER = 5.2
"""Width of a letter of the usual sans serif at the drawing's size."""
WIDTH, WIDEST_LABEL, VALUE = 340.0, 130.0, 48.0
FOOT = 14.0


def strips(panel: Panel) -> tuple[list[str], float]:
    """The shapes, WIDTH wide, and how high they stand."""
    left = min(WIDEST_LABEL, (max(len(strip.label) for strip in panel.strips) + 1) * LETTER + 6)
    axis = _Axis(panel.bottom, panel.top, left, WIDTH - VALUE)
    base = len(panel.strips) * ROW + 3
    body = [shape for row, strip in enumerate(panel.strips) for shape in _strip(strip, row * ROW + 2, axis)]
    zero = axis.at(0.0)
    body.insert(0, f'<path class="rule" d="M{axis.left:.1f} {base:.1f}H{axis.right:.1f}"/>')
    body.append(f'<path class="rule zero" d="M{zero:.1f} 0V{base:.1f}"/>')
    body += [text(axis.left, base + 11, _number(panel.bottom)), text(zero, base + 11, "0", "middle")]
    body.append(text(axis.right, base + 11, " ".join(filter(None, (_number(panel.top), panel.x))), "end"))
    before = panel.y.startswith("←")
    body.append(text(zero + (-8 if before else 8), base + 11, panel.y, "end" if before else ""))
    return body, base + FOOT


class _Axis:
    """From one end to the other in the drawing's units; what lies beyond stands at the end."""

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self.low, self.left, self.right = low, left, right
        self.scale = (right - left) / (high - low or 1.0)

    def at(self, value: float) -> float:
        return min(self.right, max(self.left, self.left + (value - self.low) * self.scale))

    def holds(self, value: float) -> bool:
        """Whether it is not beyond an end."""
        place = self.left + (value - self.low) * self.scale
        return self.left <= place <= self.right


def _strip(strip: Strip, top: float, axis: _Axis) -> Iterator[str]:
    """The band, the label before, the interval and its middle, the change after."""
    start, end = map(axis.at, strip.band)
    middle = top + ROW / 2
    yield f'<rect class="band" x="{start:.1f}" y="{top:.1f}" width="{end - start:.1f}" height="{ROW:g}"/>'
    yield text(axis.left - 4, middle + 3, shortened(strip.label, axis.left, LETTER), "end")
    yield f'<g class="dot {strip.tone or "same"}">{_interval(strip, middle, axis)}{_mark(strip, middle, axis)}'
    yield f"<title>{escape(strip.words)}</title></g>"
    yield text(WIDTH, middle + 3, strip.text, "end")


def _interval(strip: Strip, y: float, axis: _Axis) -> str:
    """A bar that has a stroke at each end, unless that is beyond the axis."""
    low, high = axis.at(strip.low), axis.at(strip.high)
    if high - low < 1:
        return ""
    caps = "".join(f"M{axis.at(end):.1f} {y - 2:.1f}v4" for end in (strip.low, strip.high) if axis.holds(end))
    return f'<path class="bar" d="M{low:.1f} {y:.1f}H{high:.1f}{caps}"/>'


def _mark(strip: Strip, y: float, axis: _Axis) -> str:
    x = axis.at(strip.value)
    if strip.tone == "fails":
        return f'<path d="M{x - 3:.1f} {y - 3:.1f}l6 6m0-6l-6 6"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 if not strip.tone else 3:g}"/>'


def _number(value: float) -> str:
    return f"{value:+.2g}".replace("-", MINUS)
