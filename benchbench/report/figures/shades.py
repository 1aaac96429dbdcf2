"""How far the weights of each block moved: variants by blocks, darker for farther."""

from __future__ import annotations

import math
from typing import Any

from benchbench.report.figures.style import INK, PAPER, SMALL, canvas, legible
from benchbench.report.plots import Panel

ROW, AROUND = 0.155, 0.95
"""Inches of a variant, and of all around them."""
ROOM_FOR_NUMBERS = 17.0
"""Points of a cell's width from which on its number is written in it."""


def shades(panels: tuple[Panel, ...], columns: int) -> Any:
    """The drawing: a cell for each variant and block; where a variant has no such block there is none."""
    import numpy as np

    blocks = list(dict.fromkeys(bar.label for panel in panels for bar in _longest_first(panels, panel)))
    figure = canvas(columns, AROUND + ROW * len(panels))
    axes, beside = figure.subplots(1, 2, width_ratios=(1, 0.025))
    values = np.full((len(panels), len(blocks)), math.nan)
    for row, panel in enumerate(panels):
        for bar in panel.bars:
            if bar.values[0] is not None:
                values[row, blocks.index(bar.label)] = 100 * bar.values[0]
    mesh = axes.pcolormesh(values, cmap="cividis_r", vmin=0, edgecolors=PAPER, linewidth=0.6)
    axes.set_yticks([row + 0.5 for row in range(len(panels))], [legible(panel.title) for panel in panels])
    names = [legible(block, 24) for block in blocks]
    axes.set_xticks([place + 0.5 for place in range(len(blocks))], names, rotation=90)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(mesh, cax=beside)
    bar.set_label("Change of the weights, %")
    bar.outline.set_linewidth(0.4)
    if 72 * figure.get_figwidth() * 0.68 / max(1, len(blocks)) >= ROOM_FOR_NUMBERS:
        _number(axes, values, float(np.nanmax(values, initial=0.0)))
    return figure


def _longest_first(panels: tuple[Panel, ...], panel: Panel) -> Any:
    """Blocks come in the order of the variant that has the most of them."""
    longest = max(panels, key=lambda each: len(each.bars))
    return longest.bars if panel is panels[0] else panel.bars


def _number(axes: Any, values: Any, top: float) -> None:
    for row, cells in enumerate(values):
        for place, value in enumerate(cells):
            if not math.isnan(value):
                style = {"ha": "center", "va": "center", "fontsize": SMALL - 1}
                axes.text(place + 0.5, row + 0.52, f"{value:.2g}", color=PAPER if value > 0.55 * top else INK, **style)
