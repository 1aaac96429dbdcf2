"""The claim ledger: every claim, all its readings, whose words they are, and the ruling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.report.findings import anchor, quoted_language, ranked, scoped, stated
from benchbench.report.numbers import unbroken
from benchbench.report.rulings import badge
from benchbench.types import Cell, Claim, Finding, Quotation, Table, Verdict

COLUMNS = ("Claim", "The source says", "Readings: stated → here", "Verdict")
AS_STATED = "as stated"
NO_WORDS = "(no words given)"


def ledger(account: Account) -> Table:
    """One row per claim, in the order in which the suite makes them."""
    rows = tuple(_row(account, verdict, number) for number, verdict in enumerate(account.verdicts))
    return Table("claims", "Every claim, its readings and its verdict", COLUMNS, rows)


def _row(account: Account, verdict: Verdict, number: int) -> tuple[Cell, ...]:
    claim = verdict.claim
    readings = (
        *(_reading(account, finding, verdict) for finding in ranked(verdict)),
        *(_quotation(quotation) for quotation in claim.quotations),
        *(_trend(account, finding) for finding in verdict.trend),
    )
    return (
        Cell(claim.id, sort=float(number), tone="name", anchor=anchor(claim.id), lines=tuple(_about(claim))),
        _source(account, claim),
        Cell("", sort=float(len(readings)), lines=readings),
        _verdict_cell(verdict),
    )


def _about(claim: Claim) -> Iterator[Cell]:
    yield Cell(unbroken(claim.title))
    conditions = "".join(f" · {name} {value}" for name, value in claim.conditions.items())
    yield Cell(claim.scale + conditions, label="scale", tone="aside")
    if claim.note:
        yield Cell(unbroken(claim.note), tone="aside")


def _source(account: Account, claim: Claim) -> Cell:
    source = claim.source
    where = Cell(source.document, tone="aside", link=source.link, detail=source.place)
    place = (Cell(source.place, tone="aside"),) if source.place else ()
    language = quoted_language(account, claim)
    return Cell(source.words or NO_WORDS, tone="quoted", language=language, lines=(*place, where))


def _reading(account: Account, finding: Finding, verdict: Verdict) -> Cell:
    """One line: the reading, what it states, what came out here; without a number, why it is ruled so."""
    said, found = stated(finding.reading), scoped(account, finding)
    if not found and finding.reason != verdict.reason:
        found = finding.reason
    text = " → ".join(part for part in (said, found) if part)
    label = finding.reading.title if finding.reading.title != AS_STATED or not text else ""
    return Cell(text, label=label, tone="reading", detail=finding.reason, lines=(badge(finding.ruling),))


def _trend(account: Account, finding: Finding) -> Cell:
    found = scoped(account, finding) or finding.reason
    return Cell(found, label=f"stand-in trend, {finding.reading.title}", tone="trend", detail=finding.reason)


def _quotation(quotation: Quotation) -> Cell:
    line = f":{quotation.line}" if quotation.line else ""
    where = f"{quotation.source} @ {quotation.commit[:10]}, {quotation.path}{line}"
    answer = Cell("✓ supports it", tone="holds") if quotation.supports else Cell("✗ speaks against it", tone="fails")
    return Cell(quotation.words, label=where, tone="evidence", link=evidence_link(quotation), lines=(answer,))


def evidence_link(quotation: Quotation) -> str:
    """The quoted line on GitHub, when the quotation names a repository and a full commit."""
    repository = re.fullmatch(r"[\w.-]+/[\w.-]+", quotation.source)
    path = re.fullmatch(r"[\w./-]+", quotation.path)
    if not (repository and path and re.fullmatch(r"[0-9a-f]{40}", quotation.commit)):
        return ""
    return f"https://github.com/{quotation.source}/blob/{quotation.commit}/{quotation.path}#L{quotation.line}"


def _verdict_cell(verdict: Verdict) -> Cell:
    own = badge(verdict.ruling)
    remedies = dict.fromkeys(finding.remedy for finding in verdict.findings if finding.remedy)
    lines = (
        Cell(unbroken(verdict.reason), tone="reason"),
        *(Cell(remedy, label="to decide it", tone="remedy") for remedy in remedies),
    )
    return Cell(own.text, sort=own.sort, tone=own.tone, lines=lines)
