"""All tables of an account for a paper, one after the other in one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchbench.errors import BenchbenchError, UnknownName, nearest
from benchbench.report.account import Account
from benchbench.report.paper import grids
from benchbench.report.paper.escaping import remark
from benchbench.report.paper.forms import FORMS, Form
from benchbench.report.paper.grids import Grid
from benchbench.report.paper.setting import PREAMBLE, Caption, table
from benchbench.report.signature import signature

LAYOUTS = {"wide": grids.wide, "long": grids.long, "delta": grids.delta}


def paper(account: Account, layout: str = "wide", columns: int = 2) -> str:
    """A file to \\input: a float for each scale at which anything was measured, or several where one has no room.

    `columns` is how many columns of a two-column page a float spans; one of 1 fits a page of one column, too. Raises
    UnknownName for a layout that is not of LAYOUTS, BenchbenchError for another number of columns.
    """
    if layout not in LAYOUTS:
        raise UnknownName(f"unknown layout '{layout}'", nearest(layout, tuple(LAYOUTS)))
    if columns not in FORMS:
        raise BenchbenchError(f"a table cannot span {columns} columns", "1 or 2: those of a two-column page")
    scales = [scale for scale in account.suite.scales if grids.shown_variants(account, scale)]
    found = [_floats(LAYOUTS[layout](account, scale), FORMS[columns], account) for scale in scales]
    told = [f"% {remark(signature(account).replace(' ', '_'))}\n", PREAMBLE]
    return "\n".join([*told, *(text for floats in found for text in floats)])


def _floats(grid: Grid, form: Form, account: Account) -> Iterator[str]:
    parts = tuple(form.parts(grid, _caption(grid, account, 0, 9).text))
    for place, (rows, columns) in enumerate(parts):
        is_last = place == len(parts) - 1
        part = replace(
            grid,
            labels=grid.labels[rows],
            headings=grid.headings[rows],
            columns=tuple(replace(each, figures=each.figures[rows]) for each in grid.columns[columns]),
            notes=grid.notes if is_last else (),
        )
        yield table(part, form, _caption(grid, account, place, len(parts)))


def _caption(grid: Grid, account: Account, place: int, count: int) -> Caption:
    """The signature stands under the first of several floats."""
    title = grid.title + (f" ({place + 1} of {count})" if count > 1 else "")
    text = f"{title}." if place else f"{title}. {signature(account)}."
    return Caption(title, text, f"tab:{grid.name}" + (f"-{place + 1}" if place else ""))
