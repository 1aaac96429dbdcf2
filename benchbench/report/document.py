"""The document's own tables: its rows, columns, order and strings, and under each cell what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.report.findings import anchor, decisive, is_alternative, ours, scope
from benchbench.report.numbers import unbroken
from benchbench.report.rulings import badge
from benchbench.types import Cell, DocumentTable, Table, TableCell, Verdict


def document_tables(account: Account) -> tuple[Table, ...]:
    """One table for each of the document's, in its order."""
    tables = account.suite.document.tables
    return tuple(_table(account, table, number) for number, table in enumerate(tables, 1))


def _table(account: Account, table: DocumentTable, number: int) -> Table:
    rows = tuple(tuple(_cell(account, cell) for cell in row) for row in table.rows)
    return Table(
        name=f"document-{number}",
        title=table.title,
        columns=table.columns,
        rows=rows,
        place=table.place,
        language=account.suite.document.language,
    )


def _cell(account: Account, cell: TableCell) -> Cell:
    language = account.suite.document.language
    if not cell.claim:
        return Cell(cell.text, tone="quoted", language=language)
    verdict = _verdict(account, cell.claim)
    lines = tuple(_lines(account, verdict)) if verdict else (Cell("not judged", tone="reason"),)
    return Cell(cell.text, tone="quoted", language=language, lines=lines)


def _verdict(account: Account, claim: str) -> Verdict | None:
    return next((verdict for verdict in account.verdicts if verdict.claim.id == claim), None)


def _lines(account: Account, verdict: Verdict) -> Iterator[Cell]:
    """Badge, the primary source's value, ours, and one sentence why."""
    yield badge(verdict.ruling, "#" + anchor(verdict.claim.id))
    primary = next((claim for claim in account.suite.claims if claim.id == verdict.claim.primary), None)
    if primary is not None:
        yield Cell(primary.source.words, label="primary source", tone="quoted", detail=primary.title)
    finding = decisive(verdict)
    text = ours(account, finding) if finding else ""
    if finding and finding.estimate and text:
        several = len(verdict.findings) > 1 and is_alternative(finding.reading, verdict)
        about = f"{finding.reading.title} · " if several else ""
        below = Cell(unbroken(about + scope(finding.estimate)), tone="aside")
        yield Cell(text, label="measured", tone="measured", lines=(below,))
    yield Cell(unbroken(verdict.reason), tone="reason")
    if finding and finding.remedy and finding.remedy not in verdict.reason:
        yield Cell(finding.remedy, label="to decide it", tone="remedy")
