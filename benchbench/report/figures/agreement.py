"""Reported against measured: equal axes, their diagonal, a mark for each claim by how it was ruled."""

from __future__ import annotations

from typing import Any

from benchbench.report.figures.scatter import length
from benchbench.report.figures.style import ACCENT, INK, MUTED, PAPER, WARNING, canvas, legible, plain_ticks
from benchbench.report.figures.tags import Tag, tag
from benchbench.report.plots import Dot, Panel

HEIGHTS = {1: 2.9, 2: 3.6}
ROOM = 0.08
TONES = {
    "holds": ("o", ACCENT, ACCENT, "holds"),
    "changed": ("^", "#009E73", INK, "holds after a change"),
    "fails": ("x", WARNING, WARNING, "does not hold"),
    "open": ("o", PAPER, MUTED, "open"),
}


def agreement(panel: Panel, columns: int) -> Any:
    """The drawing of a panel of dots."""
    figure = canvas(columns, HEIGHTS[columns])
    axes = figure.add_subplot()
    low, high = _range(panel)
    if panel.is_log:
        axes.set_xscale("log")
        axes.set_yscale("log")
        plain_ticks(axes.xaxis, low, high)
        plain_ticks(axes.yaxis, low, high)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel(legible(panel.x, 80))
    axes.set_ylabel(legible(panel.y, 80))
    axes.grid()
    axes.plot([low, high], [low, high], color=MUTED, linewidth=0.8, dashes=(4, 2.5), zorder=1.5)
    for tone in TONES:
        _draw(axes, [dot for dot in panel.dots if _tone(dot) == tone], tone)
    figure.legend(loc="outside upper center", ncols=4)
    far = sorted(panel.dots, key=lambda dot: -abs(dot.y - dot.x))
    tags = [Tag(dot.label, dot.x, dot.y, (dot.x, dot.low, dot.x, dot.high)) for dot in far]
    tag(axes, tags, [((low, low), (high, high))])
    return figure


def _tone(dot: Dot) -> str:
    return dot.tone if dot.tone in TONES else "open"


def _range(panel: Panel) -> tuple[float, float]:
    """Both axes hold all that was reported and measured, with its intervals."""
    values = [value for dot in panel.dots for value in (dot.x, dot.y, dot.low, dot.high)]
    low, high = min(values), max(values)
    if panel.is_log:
        more = max((high / low) ** ROOM, 1.05)
        return low / more, high * more
    more = (high - low) * ROOM or abs(high) * ROOM or 1.0
    return low - more, high + more


def _draw(axes: Any, dots: list[Dot], tone: str) -> None:
    marker, face, edge, words = TONES[tone]
    if dots:
        axes.errorbar(
            [dot.x for dot in dots],
            [dot.y for dot in dots],
            yerr=([length(dot.y - dot.low) for dot in dots], [length(dot.high - dot.y) for dot in dots]),
            fmt=marker,
            markersize=4.2,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=0.9,
            ecolor=MUTED,
            elinewidth=0.6,
            capsize=1.5,
            capthick=0.6,
            linestyle="",
            label=words,
            zorder=3,
        )
