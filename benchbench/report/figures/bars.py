"""Bars by layer, the variants of a label side by side, the layers' stacks named beneath."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import Any

from benchbench.report.figures.style import INK, MUTED, SERIES, SMALL, canvas, legible
from benchbench.report.numbers import SPACE
from benchbench.report.plots import Bar, Panel

HEIGHTS = {1: 1.9, 2: 2.1}
FULL = 0.82
"""Of the room of a layer, what its bars take."""
LONGEST_AXIS = 24
"""Letters of a line beside the axis."""
LETTER = 0.5
"""Width of a letter, of its size, near enough to tell whether a label has room."""


def bars(panel: Panel, series: tuple[str, ...], columns: int) -> Any:
    """The drawing of a panel of upright bars."""
    figure = canvas(columns, HEIGHTS[columns])
    axes = figure.add_subplot()
    width = FULL / max(1, len(series))
    for place, name in enumerate(series):
        own = [(number, bar.values[place]) for number, bar in enumerate(panel.bars) if bar.values[place] is not None]
        starts = [number - FULL / 2 + width * (place + 0.5) for number, _ in own]
        axes.bar(
            starts,
            [value for _, value in own],
            width,
            color=SERIES[place % len(SERIES)],
            edgecolor=INK,
            linewidth=0.25,
            label=legible(name),
        )
    unit = legible(panel.y)
    axes.set_ylabel(_broken(legible(panel.title, 60) + (f",{SPACE}{unit}" if unit else "")))
    axes.grid(axis="y")
    axes.set_ylim(0, None)
    axes.set_xlim(-0.6, len(panel.bars) - 0.4)
    _name_layers(axes, panel, 72 * figure.get_figwidth() * 0.86 / max(1, len(panel.bars)))
    figure.legend(loc="outside upper center", ncols=max(1, min(len(series), 2 * columns if _is_long(series) else 4)))
    return figure


def _broken(words: str) -> str:
    """On two lines of about a length where one would be too long."""
    return "\n".join(wrap(words, len(words) // 2 + 4)) if len(words) > LONGEST_AXIS else words


def _is_long(series: tuple[str, ...]) -> bool:
    return sum(map(len, series)) > 44


def _name_layers(axes: Any, panel: Panel, room: float) -> None:
    """Labels that have no room lie on their side; groups have a line under their labels."""
    labels = [legible(bar.label, 24) for bar in panel.bars]
    sideways = [len(label) * LETTER * SMALL > room for label in labels]
    broken = [
        label.replace(" ", "\n") if lies and room > 2.2 * SMALL else label
        for label, lies in zip(labels, sideways, strict=True)
    ]
    axes.set_xticks(range(len(labels)), broken, fontsize=SMALL, linespacing=0.9)
    axes.tick_params(axis="x", length=0)
    for text, lies in zip(axes.get_xticklabels(), sideways, strict=True):
        text.set_rotation(90 if lies else 0)
    grouped = [
        max(len(label) * LETTER, 1.0) if lies else 1.0
        for label, lies, bar in zip(labels, sideways, panel.bars, strict=True)
        if bar.group
    ]
    if grouped:
        _name_groups(axes, panel.bars, SMALL * max(grouped) + 5.5)


def _name_groups(axes: Any, found: tuple[Bar, ...], under: float) -> None:
    """A line so many points under the axis for each group, and its name under that."""
    from matplotlib.transforms import blended_transform_factory, offset_copy

    below = offset_copy(axes.transAxes, fig=axes.figure, y=-under, units="points")
    place = blended_transform_factory(axes.transData, below)
    start = 0
    for name, members in groupby(found, lambda bar: bar.group):
        count = len(list(members))
        if name:
            ends = [start - 0.4, start + count - 0.6]
            axes.plot(ends, [0, 0], color=MUTED, linewidth=0.6, transform=place, clip_on=False, solid_capstyle="butt")
            style = {"ha": "center", "va": "top", "fontsize": SMALL, "annotation_clip": False}
            axes.annotate(
                legible(name, 24), (sum(ends) / 2, 0), (0, -2), xycoords=place, textcoords="offset points", **style
            )
        start += count
