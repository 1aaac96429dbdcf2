"""A figure as a file: PDF and SVG with letters that stay letters, PNG in the resolution asked for."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from benchbench.report.charts import Chart
from benchbench.report.figures.agreement import agreement
from benchbench.report.figures.bars import bars
from benchbench.report.figures.curves import curves
from benchbench.report.figures.figure import Figure
from benchbench.report.figures.scatter import scatter
from benchbench.report.figures.shades import shades
from benchbench.report.figures.style import styled
from benchbench.report.figures.under_roofs import under_roofs

FORMATS = ("svg", "pdf", "png")
METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""What matplotlib would tell of itself and of the time: without it equal records give equal files."""
LISTED = "'STIXGeneral', 'DejaVu Sans'"
FAMILIES = "STIXGeneral, 'STIX Two Text', 'Times New Roman', 'DejaVu Sans', serif"
"""Where a reader's machine lacks these fonts, others about as wide stand in."""


def drawn(figure: Figure, formats: Iterable[str], columns: int = 1, dpi: int = 300) -> dict[str, bytes]:
    """The drawing by format, of FORMATS, for so many columns of a two-column page; `dpi` is that of the PNG.

    Equal figures give equal bytes. A PNG stands on white, the others on whatever is under them.
    """
    with styled(figure.name), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        picture = _picture(figure, columns)
        picture.draw_without_rendering()
        picture.set_layout_engine("none")
        return {form: _saved(picture, form, dpi) for form in formats}


def _picture(figure: Figure, columns: int) -> Any:
    if isinstance(figure.drawn, Chart):
        return scatter(figure.drawn, columns)
    first = figure.drawn[0]
    if first.roofs is not None:
        return under_roofs(first, first.roofs, columns)
    if first.dots:
        return agreement(first, columns)
    if first.lines:
        return curves(figure.drawn, columns)
    return bars(first, figure.series, columns) if first.is_upright else shades(figure.drawn, columns)


def _saved(picture: Any, form: str, dpi: int) -> bytes:
    content = BytesIO()
    picture.savefig(content, format=form, dpi=dpi, transparent=form != "png", metadata=METADATA[form])
    if form != "svg":
        return content.getvalue()
    return content.getvalue().decode("utf-8").replace(LISTED, FAMILIES).encode("utf-8")
