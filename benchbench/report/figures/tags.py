"""Names beside points: where there is no room for one a number, which a key under the axes tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchbench.report.figures.labelling import Anchor, Box, Spot, segment, spots
from benchbench.report.figures.style import INK, MEASURED_DPI, MUTED, PAPER, SMALL, legible

TO_POINTS = 72 / MEASURED_DPI
ROW = 0.125
"""Inches of a line of the key."""
MARK = 3.4
MOST_TURNS = 6
MOST_NAMES = 30
UNPLACED = "–"
Placed = tuple[float, float]
Line = tuple[Placed, Placed]


@dataclass(frozen=True)
class Tag:
    """A label and its point, in the axes' units; `reach` are the ends of its interval, left, lower, right, upper."""

    label: str
    x: float
    y: float
    reach: Box
    is_bold: bool = False


def tag(
    axes: Any,
    tags: Sequence[Tag],
    lines: Sequence[Line] = (),
    marks: Sequence[Placed] = (),
    most_names: int = MOST_NAMES,
    unplaced: Sequence[Tag] = (),
) -> None:
    """Write the tags beside their points, the first ones first, and what is a number in a key under the axes.

    Labels keep off all tags' points, their intervals and `marks`; off `lines` (in the axes' units) where they can. Of
    the tags the first `most_names` at most go by name. The key ends with those that have no place at all, `unplaced`.
    """
    figure = axes.figure
    height = figure.get_figheight()
    numbered = _in_order(tags, range(most_names, len(tags)))
    for _ in range(MOST_TURNS):
        key = _keyed(figure, [tags[place].label for place in numbered], [each.label for each in unplaced], height)
        figure.draw_without_rendering()
        found = _found(axes, tags, lines, marks, numbered)
        short = {place for place in range(len(tags)) if place not in found or not found[place].is_name}
        if short <= set(numbered):
            break
        numbered = _in_order(tags, {*numbered, *short})
        if key is not None:
            key.remove()
    if lost := [tags[place] for place in numbered if place not in found]:
        if key is not None:
            key.remove()
        figure.set_figheight(height)
        kept = [each for each in tags if each not in lost]
        points = [(each.x, each.y) for each in lost]
        tag(axes, kept, lines, [*marks, *points], most_names, [*unplaced, *lost])
        return
    figure.set_layout_engine("none")
    for place, spot in found.items():
        _write(axes, tags[place].label if spot.is_name else str(numbered.index(place) + 1), spot, tags[place].is_bold)


def _in_order(tags: Sequence[Tag], places: Iterable[int]) -> tuple[int, ...]:
    """Numbers rise from left to right."""
    return tuple(sorted(places, key=lambda place: (tags[place].x, tags[place].y)))


def _keyed(figure: Any, labels: Sequence[str], unplaced: Sequence[str], height: float) -> Any:
    """The key, and a figure as much higher as it takes."""
    from matplotlib.lines import Line2D

    figure.set_figheight(height)
    texts = [f"{place + 1}  {legible(label)}" for place, label in enumerate(labels)]
    texts += [f"{UNPLACED}  {legible(label)}" for label in unplaced]
    if not texts:
        return None
    widest = max(_size(figure, text, SMALL)[0] for text in texts)
    columns = max(1, int((figure.get_figwidth() * 72 - 8) / (widest + 12)))
    figure.set_figheight(height + ROW * -(-len(texts) // columns) + 0.05)
    blank = [Line2D([], [], linestyle="") for _ in texts]
    return figure.legend(blank, texts, loc="outside lower center", ncols=columns, handlelength=0, handletextpad=0)


def _found(
    axes: Any, tags: Sequence[Tag], lines: Sequence[Line], marks: Sequence[Placed], numbered: Sequence[int]
) -> dict[int, Spot]:
    at = [_at(axes, (each.x, each.y)) for each in tags]
    numbers = {place: str(number + 1) for number, place in enumerate(numbered)}
    anchors = [
        Anchor(
            *at[place],
            _size(axes.figure, legible(each.label), SMALL),
            _size(axes.figure, numbers.get(place, "00"), SMALL),
        )
        for place, each in enumerate(tags)
    ]
    taken = [_about(place) for place in (*at, *(_at(axes, mark) for mark in marks))]
    for (x, y), each in zip(at, tags, strict=True):
        low, high = _at(axes, each.reach[:2]), _at(axes, each.reach[2:])
        taken += [(low[0] - 1, y - 1.2, high[0] + 1, y + 1.2), (x - 1.2, low[1] - 1, x + 1.2, high[1] + 1)]
    crossed = [box for start, end in lines for box in segment(_at(axes, start), _at(axes, end))]
    frame = axes.get_window_extent()
    room = (
        frame.x0 * TO_POINTS + 1,
        frame.y0 * TO_POINTS + 1,
        min(frame.x1 * TO_POINTS + 8, axes.figure.get_figwidth() * 72 - 1),
        frame.y1 * TO_POINTS + 3,
    )
    return spots(anchors, room, taken, crossed, numbered)


def _about(place: Placed) -> Box:
    return place[0] - MARK, place[1] - MARK, place[0] + MARK, place[1] + MARK


def _at(axes: Any, place: Sequence[float]) -> Placed:
    """Where a point of the axes lies in the figure, in points."""
    x, y = axes.transData.transform((place[0], place[1]))
    return float(x) * TO_POINTS, float(y) * TO_POINTS


def _size(figure: Any, text: str, letters: float) -> tuple[float, float]:
    """Width of this text and height of any, in points."""
    from matplotlib.font_manager import FontProperties

    renderer = figure.canvas.get_renderer()
    width, _, _ = renderer.get_text_width_height_descent(text, FontProperties(size=letters), ismath=False)
    return float(width) * TO_POINTS, letters * 0.82


def _write(axes: Any, text: str, spot: Spot, is_bold: bool) -> None:
    """A label where its spot is, whatever is drawn at which resolution."""
    from matplotlib.transforms import Affine2D

    figure = axes.figure
    points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans
    figure.text(
        spot.x,
        spot.y + 0.16 * SMALL,
        legible(text),
        transform=points,
        fontsize=SMALL,
        color=INK,
        fontweight="bold" if is_bold else "normal",
        va="baseline",
        ha="left",
        zorder=6,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.4},
    )
    if spot.leader:
        from matplotlib.lines import Line2D

        x, y, a, b = spot.leader
        figure.add_artist(Line2D([x, a], [y, b], transform=points, color=MUTED, linewidth=0.4, zorder=1))
