"""Panels of lines and bars as inline SVG: a few shapes, in the page's colours, each with its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

from benchbench.report.agreement_drawing import SIDE, agreement
from benchbench.report.labels import shortened, text
from benchbench.report.numbers import plain
from benchbench.report.plots import Bar, Panel
from benchbench.report.roof_drawing import HEIGHT, roofline
from benchbench.report.strip_drawing import WIDTH as STRIPS
from benchbench.report.strip_drawing import strips

WIDTH = 250.0
"""Of a small panel, in units of its own; a page scales it."""
WIDE = 720.0
ROW = 13.0
LETTER = 5.2
"""Width of a letter of the usual sans serif at the drawing's size."""


def panel_svg(panel: Panel) -> str:
    """A panel as an `<svg>` element with a title and a description."""
    body, height = _drawn(panel)
    width = WIDE if panel.is_wide else SIDE if panel.dots else STRIPS if panel.strips else WIDTH
    role = "group" if panel.dots else "img"
    name = re.sub(r"[^A-Za-z0-9]+", "-", panel.name)
    head = (
        f'<svg class="panel" viewBox="0 0 {width:g} {height:g}" role="{role}" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(panel.title)}</title><desc id="{name}-d">{escape(panel.description)}</desc>'
    )
    return f"{head}{''.join(body)}</svg>"


def _drawn(panel: Panel) -> tuple[list[str], float]:
    """The shapes, and how high they stand."""
    if panel.roofs is not None:
        return list(roofline(panel, panel.roofs, WIDE)), HEIGHT
    if panel.dots:
        return list(agreement(panel)), SIDE
    if panel.strips:
        return strips(panel)
    if panel.lines:
        return _lines(panel)
    return _upright(panel) if panel.is_upright else _lying(panel)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="rule" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _lines(panel: Panel) -> tuple[list[str], float]:
    """One polyline for each line, from 0 to the top of the axis that its neighbours share."""
    left, right, top, base = 30.0, WIDTH - 6, 18.0, 112.0
    across, up = (right - left) / (panel.right or 1.0), (base - top) / (panel.top or 1.0)
    body = [text(left, 10, panel.y), _rule(left, base, right, base), _rule(left, top, left, base)]
    body += [text(left - 4, base, "0", "end"), text(left - 4, top + 6, f"{panel.top:.2g}", "end")]
    body += [text(left, base + 12, "0"), text(right, base + 12, f"{plain(panel.right, 0)} {panel.x}", "end")]
    for number, line in enumerate(panel.lines):
        points = " ".join(f"{left + x * across:.1f},{base - min(y, panel.top) * up:.1f}" for x, y in line.points)
        words = f"<title>{escape(line.label)}</title>"
        body.append(f'<polyline class="line-{number % 4}" points="{points}">{words}</polyline>')
    return body, base + 18


def _lying(panel: Panel) -> tuple[list[str], float]:
    """Bars that lie, one under another, each with its label before and its value after."""
    left = min(110.0, max((len(bar.label) for bar in panel.bars), default=0) * LETTER + 6)
    room = WIDTH - left - 34
    body = []
    for number, bar in enumerate(panel.bars):
        y = number * ROW + 2
        value = bar.values[0] or 0.0
        length = room * min(1.0, value / (panel.top or 1.0))
        body.append(text(left - 4, y + 9, shortened(bar.label, left, LETTER), "end"))
        body.append(f'<rect class="bar-1" x="{left:.1f}" y="{y:.1f}" width="{length:.1f}" height="{ROW - 3:g}"/>')
        body.append(text(left + length + 3, y + 9, bar.texts[0]))
    return [*body, _rule(left, 0, left, len(panel.bars) * ROW + 2)], len(panel.bars) * ROW + 4


def _upright(panel: Panel) -> tuple[list[str], float]:
    """Bars side by side, the series of a label together, the labels' groups named beneath."""
    left, right, top, base = 44.0, WIDE - 4, 8.0, 150.0
    slot = (right - left) / max(1, len(panel.bars))
    body = [_rule(left, base, right, base), _rule(left, top, right, top)]
    body += [text(left - 4, base, "0", "end"), text(left - 4, top + 6, f"{panel.top:.3g}", "end")]
    body += [text(left - 4, top + 18, panel.y, "end")] if len(panel.y) < 5 else []
    for number, bar in enumerate(panel.bars):
        x = left + number * slot
        body += _cluster(bar, x, slot, base, (base - top) / (panel.top or 1.0))
        words = [bar.label] if bar.group else bar.label.split(" ")
        body += [text(x + slot / 2, base + 12 + 10 * line, word, "middle") for line, word in enumerate(words)]
    return [*body, *_groups(panel, left, slot, base + 26)], base + 34


def _cluster(bar: Bar, x: float, slot: float, base: float, up: float) -> Iterator[str]:
    width = min(14.0, slot * 0.84 / max(1, len(bar.values)))
    start = x + (slot - width * len(bar.values)) / 2
    for number, (value, words) in enumerate(zip(bar.values, bar.texts, strict=True)):
        if value is not None:
            height = max(0.0, value * up)
            yield (
                f'<rect class="bar-{number % 4}" x="{start + number * width:.1f}" y="{base - height:.1f}" '
                f'width="{width * 0.9:.1f}" height="{height:.1f}"><title>{escape(words)}</title></rect>'
            )


def _groups(panel: Panel, left: float, slot: float, y: float) -> Iterator[str]:
    x = left
    for name, bars in groupby(panel.bars, lambda bar: bar.group):
        span = len(list(bars)) * slot
        if name:
            yield _rule(x + 3, y - 9, x + span - 3, y - 9)
            yield text(x + span / 2, y + 2, name, "middle")
        x += span
