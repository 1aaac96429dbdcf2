"""Markdown as GitHub reads it: the same tables, nothing of a name taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchbench.report.links import is_safe
from benchbench.report.page import Page, Section
from benchbench.types import Cell, Table

IN_LINK = {ord("<"): "%3C", ord(">"): "%3E", ord("|"): "%7C", ord("\\"): "%5C"}
MARKUP = re.compile(r"([\\`*_{}\[\]|#~$])")
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
PICTURES = "The pictures stand in the HTML report."
LIST_START = re.compile(r"^(\s*\d*)([-+.)])(?=\s)")


def write(page: Page) -> str:
    """The page's sections in their order; charts are described, their numbers stand in the tables."""
    return "\n".join(_lines(page)) + "\n"


def plain(text: str) -> str:
    """Text that shows as itself: no markup, no tags, one line."""
    escaped = MARKUP.sub(r"\\\1", text.translate(ENTITIES))
    return LIST_START.sub(r"\1\\\2", "<br>".join(escaped.splitlines()))


def _lines(page: Page) -> Iterator[str]:
    yield from (f"# {plain(page.title)}", "", plain(page.summary), "")
    yield " · ".join(f"**{count.sort:.0f}** {plain(count.text)}" for count in page.counts)
    for section in page.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield from ("", f"## {plain(section.title)}")
    if section.lede:
        yield from ("", plain(section.lede))
    for paragraph in section.paragraphs:
        yield from ("", cell_text(paragraph))
    for chart in section.charts:
        yield from ("", f"**{plain(chart.title)}.** {plain(chart.description)}")
    for plot in section.plots:
        yield from ("", f"**{plain(plot.title)}.** {plain(plot.description)}")
        for panel in plot.panels:
            yield f"- {plain(panel.title)}: {plain(panel.description)}"
    for wall in section.walls:
        yield from ("", f"**{plain(wall.title)}.** {PICTURES} {plain(' '.join(wall.notes))}")
    for table in section.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    place = f" ({plain(table.place)})" if table.place else ""
    yield from ("", f"### {plain(table.title)}{place}", "")
    align = table.align or "l" * len(table.columns)
    yield _row(plain(column) for column in table.columns)
    yield _row("---:" if letter == "r" else "---" for letter in align)
    for row in table.rows:
        yield _row(cell_text(cell) for cell in row)
    for number, text in enumerate(table.footnotes, 1):
        yield from ("", f"<sup>{number}</sup> {plain(text)}")
    for note in table.notes:
        yield from ("", plain(note))


def _row(cells: Iterator[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def cell_text(cell: Cell) -> str:
    """A cell in one line of source, its inner lines broken by <br>."""
    return "<br>".join(part for part in (_own_text(cell), *map(_line, cell.lines)) if part)


def _line(cell: Cell) -> str:
    own, inner = _own_text(cell), [_line(inner) for inner in cell.lines]
    return " · ".join(part for part in (own, *inner) if part)


def _own_text(cell: Cell) -> str:
    text = plain(cell.text)
    if cell.link and is_safe(cell.link) and not cell.link.startswith("#"):
        text = f"[{text}](<{cell.link.translate(IN_LINK)}>)"
    marks = f"<sup>{','.join(map(str, cell.marks))}</sup>" if cell.marks else ""
    label = f"{plain(cell.label)}: " if cell.label else ""
    return f"{label}{text}{marks}"
