"""A roofline: logarithmic axes, two roofs, models and blocks under them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from benchbench.report.figures.style import ACCENT, INK, MUTED, PAPER, SMALL, canvas, legible, plain_ticks
from benchbench.report.figures.tags import Tag, tag
from benchbench.report.plots import Mark, Panel, Roofs

HEIGHTS = {1: 2.6, 2: 3.4}
KINDS = {"reference": "reference", "model": "variants", "block": "blocks of the reference"}
MOST_TAGS = 30
SMALL_RIGHT = {"ha": "right", "va": "bottom", "fontsize": SMALL}


def under_roofs(panel: Panel, roofs: Roofs, columns: int) -> Any:
    """The drawing of a panel of marks."""
    figure = canvas(columns, HEIGHTS[columns])
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(legible(panel.x, 80))
    axes.set_ylabel(legible(panel.y, 60))
    axes.grid()
    ends = _draw_roofs(axes, panel, roofs)
    for kind, words in KINDS.items():
        _draw(axes, [mark for mark in panel.marks if mark.kind == kind], kind, words)
    figure.legend(loc="outside upper center", ncols=4)
    named = sorted((mark for mark in panel.marks if mark.label), key=lambda mark: list(KINDS).index(mark.kind))
    others = [(mark.x, mark.y) for mark in panel.marks if not mark.label or mark in named[MOST_TAGS:]]
    tags = [Tag(mark.label, mark.x, mark.y, (mark.x, mark.y, mark.x, mark.y)) for mark in named[:MOST_TAGS]]
    tag(axes, tags, ends, others)
    return figure


def _draw_roofs(axes: Any, panel: Panel, roofs: Roofs) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Both roofs over all marks, with their words in the legend; answers their ends."""
    corner = roofs.level / roofs.slope
    xs, ys = [mark.x for mark in panel.marks], [mark.y for mark in panel.marks]
    left, right = min(*xs, corner) / 2.5, max(*xs, corner) * 2.5
    axes.set_xlim(left, right)
    axes.set_ylim(min(*ys, roofs.level) / 2.5, max(*ys, roofs.level) * 1.8)
    lower = max(left, axes.get_ylim()[0] / roofs.slope)
    path = [(lower, lower * roofs.slope), (corner, roofs.level), (right, roofs.level)]
    axes.plot(*zip(*path, strict=True), color=INK, linewidth=1.0, label="roofs", zorder=2)
    axes.annotate(legible(roofs.level_words), (right, roofs.level), (-2, 2), textcoords="offset points", **SMALL_RIGHT)
    plain_ticks(axes.xaxis, *axes.get_xlim())
    plain_ticks(axes.yaxis, *axes.get_ylim())
    return list(pairwise(path))


def _draw(axes: Any, marks: list[Mark], kind: str, words: str) -> None:
    if marks:
        axes.plot(
            [mark.x for mark in marks],
            [mark.y for mark in marks],
            marker="D" if kind == "reference" else "o",
            markersize={"reference": 4.8, "model": 3.2}.get(kind, 3.0),
            markerfacecolor={"reference": INK, "model": ACCENT}.get(kind, PAPER),
            markeredgecolor=MUTED if kind == "block" else INK if kind == "reference" else ACCENT,
            markeredgewidth=0.7,
            linestyle="",
            label=words,
            zorder={"reference": 3, "model": 4}.get(kind, 2.5),
        )
