"""Finished text, ready for any format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Finished text in its place. `sort` orders the column; `tone` names a meaning a format may colour."""

    text: str
    sort: float | str | None = None
    tone: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of finished cells; formats only write it down."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
