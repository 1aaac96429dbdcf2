"""A chart as an inline SVG: text stays text, colours are the page's variables, labels do not overlap."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from html import escape
from math import nan
from typing import Any, Literal

from benchbench.report.charts import Chart, Point
from benchbench.types import Estimate

SIZE = (5.0, 3.9)
"""Inches at 72 units each; a page scales it."""
COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--muted)",
    "#030303": "var(--rule)",
    "#040404": "var(--accent)",
    "#060606": "var(--paper)",
}
INK, MUTED, RULE, ACCENT, PAPER = COLOURS
STYLE = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.parse_math": False,
}
MOST_LABELS = 14
BAR = 0.9
"""Width of the bar of an interval."""
CROWD = 300
"""Points from which on their bars are one path without caps: as many lines of their own would be most of the page."""
SPOTS = ((5, 4), (5, -10), (-5, 4), (-5, -10), (0, 8), (0, -14), (10, 12), (-10, 12), (10, -18), (-10, -18))
"""Where a label may stand beside its point, in points; left of it when x is negative."""
Box = tuple[float, float, float, float]
"""Left, lower, right and upper edge, in the figure's units."""


def svg(chart: Chart) -> str:
    """The chart as an `<svg>` element with a title and a description. Equal charts give equal text."""
    import matplotlib as mpl

    with mpl.rc_context({**STYLE, "svg.hashsalt": chart.name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        text = _save(_figure(chart))
    return _described(_themed(_owned(text, chart.name)), chart)


def _figure(chart: Chart) -> Any:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.set_xlabel(chart.x)
    axes.set_ylabel(chart.y)
    axes.grid(color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.margins(0.12)
    _guides(axes, chart)
    for kind, points in _kinds(chart).items():
        _mark(axes, points, kind)
    figure.draw_without_rendering()
    for index, spot in _labels(axes, chart):
        _write(axes, chart.points[index], spot)
    return figure


def _guides(axes: Any, chart: Chart) -> None:
    """The dashed diagonal, or the steps of the Pareto front."""
    if chart.diagonal:
        low = min(min(point.x.value, point.y.value) for point in chart.points)
        axes.plot([low, 100], [low, 100], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1.5)
    if len(chart.front) > 1:
        best = [chart.points[index] for index in chart.front]
        xs, ys = [point.x.value for point in best], [point.y.value for point in best]
        axes.plot(xs, ys, color=ACCENT, linewidth=1, drawstyle="steps-post", zorder=1.5)


Kind = Literal["elsewhere", "best", "reference"]


def _kinds(chart: Chart) -> dict[Kind, list[Point]]:
    """The points by how they are marked, the reference last and so on top; each kind is drawn at once."""
    found: dict[Kind, list[Point]] = {"elsewhere": [], "best": [], "reference": []}
    best = set(range(len(chart.points)) if chart.diagonal else chart.front)
    for index, point in enumerate(chart.points):
        found["reference" if point.is_reference else "best" if index in best else "elsewhere"].append(point)
    return {kind: points for kind, points in found.items() if points}


def _mark(axes: Any, points: Sequence[Point], kind: Kind) -> None:
    """A diamond for the reference, full circles on the front, hollow ones elsewhere; bars are intervals."""
    is_crowd = len(points) >= CROWD
    if is_crowd:
        axes.plot(*_bars(points), color=MUTED, linewidth=BAR, solid_capstyle="butt")
    axes.errorbar(
        [point.x.value for point in points],
        [point.y.value for point in points],
        xerr=None if is_crowd else _reach([point.x for point in points]),
        yerr=None if is_crowd else _reach([point.y for point in points]),
        fmt="D" if kind == "reference" else "o",
        markersize=5.5,
        markerfacecolor={"reference": INK, "best": ACCENT, "elsewhere": PAPER}[kind],
        markeredgecolor=INK if kind == "reference" else ACCENT,
        ecolor=MUTED,
        elinewidth=BAR,
        capsize=2,
    )


def _bars(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Every interval of some length as a line of its own: x and y of both its ends, then a gap."""
    xs, ys = list[float](), list[float]()
    for x, y in ((point.x, point.y) for point in points):
        if x.low < x.high:
            xs += (x.low, x.high, nan)
            ys += (y.value, y.value, nan)
        if y.low < y.high:
            xs += (x.value, x.value, nan)
            ys += (y.low, y.high, nan)
    return xs, ys


def _reach(values: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """How far the intervals go below and above."""
    return [max(0.0, each.value - each.low) for each in values], [max(0.0, each.high - each.value) for each in values]


def _labels(axes: Any, chart: Chart) -> Iterator[tuple[int, tuple[int, int]]]:
    """A free spot for each label that has one, the reference and the front first; the rest go without."""
    import numpy as np

    frame = axes.get_window_extent()
    centres = _placed(axes, [(point.x.value, point.y.value) for point in chart.points])
    low = _placed(axes, [(point.x.value, point.y.low) for point in chart.points])
    high = _placed(axes, [(point.x.value, point.y.high) for point in chart.points])
    marks = np.hstack([centres - 4, centres + 4])
    taken = np.vstack([marks, np.hstack([low - np.array([2, 1]), high + np.array([2, 1])])])
    for index in _by_rank(chart)[:MOST_LABELS]:
        for spot in SPOTS:
            box = _box(centres[index], spot, chart.points[index].label)
            inside = frame.x0 - 8 <= box[0] and box[2] <= frame.x1 + 8 and frame.y0 <= box[1] and box[3] <= frame.y1
            if inside and not _meets(box, taken):
                taken = np.vstack([taken, box])
                yield index, spot
                break


def _placed(axes: Any, points: Sequence[tuple[float, float]]) -> Any:
    """Where points (n, 2) of the axes lie in the figure."""
    return axes.transData.transform(points)


def _meets(box: Box, others: Any) -> bool:
    """Whether a box has any of the others' (n, 4) room."""
    apart = (others[:, 2] < box[0]) | (others[:, 0] > box[2]) | (others[:, 3] < box[1]) | (others[:, 1] > box[3])
    return not bool(apart.all())


def _by_rank(chart: Chart) -> list[int]:
    order = range(len(chart.points))
    return sorted(order, key=lambda index: (not chart.points[index].is_reference, index not in chart.front, index))


def _box(centre: tuple[float, float], spot: tuple[int, int], label: str) -> Box:
    """The room that a label takes, in the figure's units, as wide as the glyphs of a usual sans serif."""
    width, height = 4.9 * len(label) + 2, 9.0
    x, y = centre[0] + spot[0], centre[1] + spot[1]
    left = x - width if spot[0] < 0 else x - width / 2 if spot[0] == 0 else x
    return left, y, left + width, y + height


def _write(axes: Any, point: Point, spot: tuple[int, int]) -> None:
    axes.annotate(
        point.label,
        (point.x.value, point.y.value),
        xytext=spot,
        textcoords="offset points",
        color=INK,
        fontsize=8,
        ha="right" if spot[0] < 0 else "center" if spot[0] == 0 else "left",
        va="bottom",
        annotation_clip=False,
    )


def _save(figure: Any) -> str:
    buffer = io.StringIO()
    figure.savefig(
        buffer,
        format="svg",
        transparent=True,
        metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
    )
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _owned(text: str, name: str) -> str:
    """Names inside the drawing become its own, so that several stand on one page; the foreign frame goes."""
    prefix = re.sub(r"[^A-Za-z0-9]+", "-", name)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'xlink:href="#', f'href="#{prefix}-', text)
    text = re.sub(r"url\(#", f"url(#{prefix}-", text)
    text = re.sub(r"<metadata>.*?</metadata>\s*|<style.*?</style>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    box = re.search(r'viewBox="([\d. ]+)"', text)
    head = f'<svg viewBox="{box.group(1) if box else ""}" role="img" aria-labelledby="{prefix}-title {prefix}-desc">'
    return re.sub(r"<svg[^>]*>", head, text, count=1)


def _themed(text: str) -> str:
    for colour, variable in COLOURS.items():
        text = text.replace(colour, variable)
    return text.replace("font-family: 'DejaVu Sans'", "font-family: var(--sans)")


def _described(text: str, chart: Chart) -> str:
    prefix = re.sub(r"[^A-Za-z0-9]+", "-", chart.name)
    words = f'<title id="{prefix}-title">{escape(chart.title)}</title>'
    words += f'<desc id="{prefix}-desc">{escape(chart.description)}</desc>'
    return text.replace(">", f">{words}", 1)
