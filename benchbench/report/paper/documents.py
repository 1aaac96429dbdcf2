"""The document's own tables for a paper: each of its cells, and under it what came out here and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchbench.errors import BenchbenchError
from benchbench.report.account import Account
from benchbench.report.findings import decisive, ours
from benchbench.report.numbers import unbroken
from benchbench.report.paper.columns import short
from benchbench.report.paper.escaping import aside, lacks, remark, safe
from benchbench.report.paper.forms import FORMS, Form
from benchbench.report.paper.setting import CUT_NOTE, SETUP, Caption
from benchbench.report.paper.widths import wrapped
from benchbench.report.rulings import MEANINGS
from benchbench.types import Claim, DocumentTable, Ruling, TableCell, Verdict

NARROWEST = 45.0
"""Points of a column that has room for a verdict's longest word; a table with less spans the page."""
TOO_WIDE = "% this table spans both columns of a page: one has no room for its {} columns\n"
REPORTED, MEASURED, VERDICT = "reported", "measured", "verdict"


@dataclass(frozen=True)
class Judged:
    """A cell of the document with the verdict on its claim, where it makes one that was judged."""

    cell: TableCell
    verdict: Verdict | None = None


def documents(account: Account, form: Form, signed: str) -> Iterator[str]:
    """A float for each of the document's tables, across the page where one column of it has no room.

    Raises BenchbenchError where there is none.
    """
    tables = account.suite.document.tables
    if not tables:
        raise BenchbenchError(
            f"the document of suite '{account.suite.name}' has no table", "wide, delta and long show what was measured"
        )
    for number, table in enumerate(tables, 1):
        label = f"tab:{account.suite.name}-document" + (f"-{number}" if number > 1 else "")
        fit = form if _widths(form, len(table.columns))[1] >= NARROWEST else FORMS[2][0]
        if fit.environment != form.environment:
            yield TOO_WIDE.format(len(table.columns))
        yield _table(account, table, fit, Caption(table.title, table.title, signed if number == 1 else "", (label,)))


def _table(account: Account, table: DocumentTable, form: Form, caption: Caption) -> str:
    rows = [[_judged(account, cell) for cell in row] for row in table.rows]
    heads = [_head(account, table.columns[place], [row[place] for row in rows]) for place in range(len(table.columns))]
    stub, width = _widths(form, len(heads))
    signature = rf" \bbsignature{{{safe(caption.signature)}.}}" if caption.signature else ""
    columns = rf"@{{}}p{{{stub:.0f}pt}}l" + rf"p{{{width:.0f}pt}}" * (len(heads) - 1) + "@{}"
    ragged = columns.replace("p{", r">{\raggedright\arraybackslash}p{")
    body = [line for row in rows for line in _row(account, row, form, stub)]
    return "\n".join(
        (
            rf"\begin{{{form.environment}}}[tp]",
            rf"\centering\{form.command}\setlength{{\tabcolsep}}{{{form.separation}pt}}%",
            SETUP,
            rf"\caption[{{{safe(caption.short)}}}]{{\raggedright {safe(caption.text)}.{signature}}}%",
            *(rf"\label{{{remark(label)}}}%" for label in caption.labels),
            r"\par\smallskip",
            rf"\begin{{tabular}}{{{ragged}}}",
            r"\toprule",
            " & ".join((safe(heads[0]), "", *map(safe, heads[1:]))) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            *_under(rows, [*heads, caption.text, *(each.cell.text for row in rows for each in row[1:])]),
            rf"\end{{{form.environment}}}",
            "",
        )
    )


def _widths(form: Form, columns: int) -> tuple[float, float]:
    """Of the rows' names and of the other columns, in points; each has its gaps, and one says which line it is."""
    room = form.room - 2 * form.separation * (columns + 1) - 40.0
    stub = min(form.least, room / columns)
    return stub, min(100.0, (room - stub) / max(1, columns - 1))


def _row(account: Account, row: Sequence[Judged], form: Form, stub: float) -> Iterator[str]:
    """Three lines: as reported, as measured, as judged; one where no cell makes a claim."""
    if not any(each.verdict for each in row):
        yield " & ".join((safe(row[0].cell.text), "", *(safe(each.cell.text) for each in row[1:]))) + r" \\"
        return
    yield f"% {' '.join(remark(each.cell.claim) for each in row if each.verdict)}"
    yield from (f"% {aside(f'{each.cell.claim}: {each.verdict.reason}')}" for each in row if each.verdict)
    told = (
        (REPORTED, [each.cell.text for each in row[1:]]),
        (MEASURED, [_measured(account, each.verdict) for each in row[1:]]),
        (VERDICT, [each.verdict.ruling.value if each.verdict else "" for each in row[1:]]),
    )
    for label, (what, cells) in zip(_thirds(_name(account, row), form.size, stub), told, strict=True):
        style = r"\itshape " if what == VERDICT else ""
        shown = (style + safe(unbroken(cell)) if cell else "" for cell in cells)
        yield " & ".join((safe(label), what, *shown)) + r" \\"
    yield r"\addlinespace"


def _thirds(label: str, size: int, stub: float) -> tuple[str, str, str]:
    """A label over three lines, as wide as they are."""
    found = [*wrapped(label, size, 0.95 * stub), "", ""]
    return found[0], found[1], " ".join(filter(None, found[2:]))


def _judged(account: Account, cell: TableCell) -> Judged:
    found = (verdict for verdict in account.verdicts if cell.claim and verdict.claim.id == cell.claim)
    return Judged(cell, next(found, None))


def _measured(account: Account, verdict: Verdict | None) -> str:
    finding = decisive(verdict) if verdict else None
    return (ours(account, finding) if finding else "") or "–"


def _name(account: Account, row: Sequence[Judged]) -> str:
    """What the document calls a row; where pdfLaTeX cannot, the title of the variant that its claims are about."""
    text = row[0].cell.text
    names = Counter(reading.variant for claim in _claims(row) for reading in claim.readings if reading.variant)
    titles = {variant.name: variant.title or variant.name for variant in account.suite.variants}
    known = [titles[name] for name, _ in names.most_common() if name in titles]
    return known[0] if lacks(text) and known else text


def _head(account: Account, text: str, cells: Sequence[Judged]) -> str:
    """What the document calls a column; where pdfLaTeX cannot, the metric that its claims are about."""
    metrics = [claim.readings[0].metric for claim in _claims(cells) if claim.readings and claim.readings[0].metric]
    if not lacks(text):
        return text
    return short(account.metric(metrics[0])) if metrics else ("Variant" if not any(_claims(cells)) else text)


def _claims(cells: Iterable[Judged]) -> Iterator[Claim]:
    yield from (each.verdict.claim for each in cells if each.verdict)


def _under(rows: Sequence[Sequence[Judged]], shown: Iterable[str]) -> Iterator[str]:
    """What the rulings that occur mean."""
    given = {each.verdict.ruling for row in rows for each in row if each.verdict}
    told = [f"{ruling.value}: {MEANINGS[ruling]}" for ruling in Ruling if ruling in given]
    if not told and not any(map(lacks, shown)):
        return
    yield r"\par\smallskip"
    yield r"\begin{minipage}{\linewidth}\scriptsize\raggedright"
    yield safe("; ".join(told) + "." if told else "") + (f" {CUT_NOTE}" if any(map(lacks, shown)) else "")
    yield r"\end{minipage}"
