"""A figure of a paper before it is drawn: what it shows, in words and in numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from io import StringIO

from benchbench.report.charts import Chart
from benchbench.report.formats.csv import harmless
from benchbench.report.plots import Panel


@dataclass(frozen=True)
class Row:
    """One point, bar or cell that is drawn, in the axes' units; what it has not is None.

    `part` is the layer, the seed or the claim; the record keys are those of the numbers, parted by spaces.
    """

    variant: str
    part: str = ""
    x: float | None = None
    x_low: float | None = None
    x_high: float | None = None
    x_unit: str = ""
    y: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    y_unit: str = ""
    on_front: bool | None = None
    scale: str = ""
    x_record: str = ""
    y_record: str = ""


@dataclass(frozen=True)
class Figure:
    """One drawing: a chart, or panels that belong together, whose `series` are told apart by a legend.

    `name` is as the account tells it, so that no file may be called by it as it stands.
    """

    name: str
    title: str
    caption: str
    rows: tuple[Row, ...]
    drawn: Chart | tuple[Panel, ...]
    series: tuple[str, ...] = ()


HEADER = tuple(field.name for field in fields(Row))


def data(rows: Iterable[Row]) -> str:
    """The numbers as CSV, each with all its digits; text that a spreadsheet took for a formula is disarmed."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([_written(getattr(row, name)) for name in HEADER] for row in rows)
    return text.getvalue()


def _written(value: float | bool | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(harmless(value))
