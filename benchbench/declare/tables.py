"""A document's table from a Markdown or CSV file: its strings as they stand."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchbench.declare.reading import read_file
from benchbench.errors import InvalidSuite
from benchbench.types import Complaint, Place

_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")
_EMPHASIS = re.compile(r"(\*\*|__|\*|_|`)([^*_`]+)\1")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+")


@dataclass(frozen=True)
class RawTable:
    """Header and rows of equal length."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(path: Path) -> RawTable:
    """The first table of a Markdown file, or the whole of a CSV (comma, semicolon or tab), UTF-8.

    Raises BenchbenchError for a file that cannot be read, InvalidSuite with the line of what is wrong in it.
    """
    text = read_file(path)
    lines = list(_markdown(text) or _csv(text))
    if len(lines) < 2:
        hint = "a Markdown table has a line of dashes under its header; a CSV file has its header first"
        raise InvalidSuite([Complaint(Place(str(path), 1, 1), "no table with a header and a row", hint)])
    (_, columns), *rows = lines
    complaints = [
        Complaint(Place(str(path), number, 1), f"{len(cells)} cells under {len(columns)} columns", "fill the row up")
        for number, cells in rows
        if len(cells) != len(columns)
    ]
    if complaints:
        raise InvalidSuite(complaints)
    return RawTable(columns, tuple(cells for _, cells in rows))


def _markdown(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """(line, cells) of the first table; empty where there is none."""
    lines = text.splitlines()
    for index in range(1, len(lines)):
        if "|" in lines[index - 1] and "-" in lines[index] and _RULE.fullmatch(lines[index]):
            header = (index, _cells(lines[index - 1]))
            if len(header[1]) == len(_cells(lines[index])):
                return [header, *_body(lines, index + 1)]
    return []


def _body(lines: list[str], start: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, line in enumerate(lines[start:], start + 1):
        if "|" not in line:
            return
        yield number, _cells(line)


def _cells(line: str) -> tuple[str, ...]:
    inner = re.sub(r"(?<!\\)\|$", "", line.strip().removeprefix("|"))
    return tuple(_bare(_clean(cell.replace("\\|", "|"))) for cell in _BAR.split(inner))


def _bare(cell: str) -> str:
    """A cell that is emphasised as a whole, without the marks."""
    marked = _EMPHASIS.fullmatch(cell)
    return marked[2] if marked else cell


def _csv(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, tuple(map(_clean, cells))
    except csv.Error:
        return


def _clean(cell: str) -> str:
    return _UNSEEN.sub(" ", cell).strip()
