"""All tables of an account for a paper, one after the other in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchbench.errors import BenchbenchError, UnknownName, nearest
from benchbench.report.account import Account
from benchbench.report.paper import layouts
from benchbench.report.paper.documents import documents
from benchbench.report.paper.escaping import remark
from benchbench.report.paper.fitting import Fitted, fitted, remaining, stacked
from benchbench.report.paper.forms import FORMS, Form
from benchbench.report.paper.grids import Grid
from benchbench.report.paper.setting import PREAMBLE, Caption, table
from benchbench.report.signature import signature
from benchbench.types import Scale

GRIDS: dict[str, Callable[[Account, Scale], Grid]] = {
    "wide": layouts.wide,
    "long": layouts.long,
    "delta": layouts.delta,
}
DOCUMENT = "document"
LAYOUTS = (*GRIDS, DOCUMENT)


def paper(account: Account, layout: str = "wide", columns: int = 2, *, everything: bool = False) -> str:
    """A file to \\input: a float for each scale at which anything was measured, or several where one has no room.

    Small scales whose columns are the same share one, one over the other. `columns` is how many columns of a two-column
    page a float spans; one of 1 fits a page of one column, too. Metrics that have no room are left out, but for
    `everything`. The layout `document` is the document's own tables instead. It is dated by the newest record, so that
    the same records give the same text. Raises UnknownName for a layout that is not of LAYOUTS, BenchbenchError for
    another number of columns and for a document without a table.
    """
    if layout not in LAYOUTS:
        raise UnknownName(f"unknown layout '{layout}'", nearest(layout, LAYOUTS))
    if columns not in FORMS:
        raise BenchbenchError(f"a table cannot span {columns} columns", "1 or 2: those of a two-column page")
    signed = signature(account.lasting)
    told = [f"% {remark(signed.replace(' ', '_'))}\n", PREAMBLE]
    if layout == DOCUMENT:
        return "\n".join([*told, *documents(account, FORMS[columns][0], signed)])
    scales = [scale for scale in account.suite.scales if layouts.shown_variants(account, scale)]
    grids = [GRIDS[layout](account, scale) for scale in scales]
    return "\n".join([*told, *_floats(grids, FORMS[columns], signed, everything)])


def _floats(grids: Sequence[Grid], forms: Sequence[Form], signed: str, everything: bool) -> Iterator[str]:
    """The signature stands under the first table of each."""
    whole = {grid.name: grid for grid in grids}
    for grid in stacked([forms[0].chosen(grid) for grid in grids], forms[0], signed):
        asked = grid if grid.also else whole[grid.name]
        parts = list(_parts(asked, forms, f"{grid.title} {signed}", everything))
        for place, (part, form) in enumerate(parts):
            yield table(part.hoisted(), form, _caption(part, signed, place, len(parts)))


def _parts(grid: Grid, forms: Sequence[Form], caption: str, everything: bool) -> Iterator[Fitted]:
    left: Grid | None = grid
    while left is not None:
        found = fitted(left, forms, caption)
        yield from found
        shown = [column for part, _ in found for column in part.columns]
        left = remaining(left, shown) if everything else None


def _caption(grid: Grid, signed: str, place: int, count: int) -> Caption:
    title = grid.title + (f" ({place + 1} of {count})" if count > 1 else "")
    labels = tuple(f"tab:{name}" + (f"-{place + 1}" if place else "") for name in (grid.name, *grid.also))
    return Caption(title, title, "" if place else signed, labels, f"tab:{grid.name}" if place else "")
