"""Losses during training: a small panel for each variant, a line for each seed."""

from __future__ import annotations

from typing import Any

from benchbench.report.figures.style import ACCENT, DASHES, INK, LETTERS, SMALL, WARNING, canvas, legible
from benchbench.report.numbers import raised
from benchbench.report.plots import Panel

ACROSS = {1: 2, 2: 4}
HEIGHT = 1.15
"""Inches of a row of panels."""
AROUND = 0.5
COLOURS = (INK, ACCENT, WARNING, "#009E73")


def curves(panels: tuple[Panel, ...], columns: int) -> Any:
    """The drawing of panels of lines that share the axis of losses."""
    across = min(ACROSS[columns], len(panels))
    rows = -(-len(panels) // across)
    figure = canvas(columns, AROUND + HEIGHT * rows)
    grid = figure.subplots(rows, across, sharey=True, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw(axes, panel)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    figure.supylabel(legible(raised(panels[0].y)), fontsize=LETTERS)
    figure.supxlabel(legible(raised(panels[0].x)), fontsize=LETTERS)
    _name_seeds(figure, panels)
    return figure


def _draw(axes: Any, panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    for place, line in enumerate(panel.lines):
        xs, ys = [x for x, _ in line.points], [y for _, y in line.points]
        axes.plot(xs, ys, color=COLOURS[place % 4], linestyle=DASHES[place % 4], linewidth=0.8)
    axes.set_xlim(0, panel.right or 1.0)
    axes.set_ylim(0, panel.top or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_title(legible(panel.title), fontsize=SMALL, pad=2, loc="left")
    axes.grid()


def _name_seeds(figure: Any, panels: tuple[Panel, ...]) -> None:
    from matplotlib.lines import Line2D

    most = max(panels, key=lambda panel: len(panel.lines))
    if len(most.lines) > 1:
        lines = [
            Line2D([], [], color=COLOURS[place % 4], linestyle=DASHES[place % 4], linewidth=0.8)
            for place in range(len(most.lines))
        ]
        names = [legible(line.label) for line in most.lines]
        figure.legend(lines, names, loc="outside upper center", ncols=min(4, len(names)), handlelength=2.2)
