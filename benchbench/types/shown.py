"""Finished text, ready for any format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Finished text in its place. `sort` orders the column; `tone` names a meaning a format may colour.

    `label` names a line that stands in another cell's `lines`, under its text; `marks` number the table's footnotes
    from 1; `language` is set where the text's own differs from the page's; `link` is where the text leads; `anchor`
    names the cell, so that a link "#anchor" finds it; `record` is the key of the record that the text is from.
    """

    text: str
    sort: float | str | None = None
    tone: str = ""
    detail: str = ""
    label: str = ""
    lines: tuple[Cell, ...] = ()
    marks: tuple[int, ...] = ()
    language: str = ""
    link: str = ""
    anchor: str = ""
    record: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of finished cells; formats only write it down.

    `align` has one letter per column ("l" or "r"; empty: all left); `place` and `language` are those of the document
    a table is taken from. `groups` are headings over the columns, each with how many it spans; empty: none.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()
    align: str = ""
    place: str = ""
    language: str = ""
    groups: tuple[tuple[str, int], ...] = ()
