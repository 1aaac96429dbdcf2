"""The claim ledger: every claim, all its readings, whose words they are, and the ruling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.report.findings import anchor, is_own, quoted_language, ranked, scoped, stated
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
        *_readings(account, verdict),
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
    own = is_own(account, claim)
    where = Cell("the document" if own else source.document, tone="aside", link=source.link, detail=source.document)
    place = (Cell(source.place, tone="aside"),) if source.place else ()
    language = quoted_language(account, claim)
    return Cell(source.words or NO_WORDS, tone="quoted", language=language, lines=(*place, where))


def _readings(account: Account, verdict: Verdict) -> Iterator[Cell]:
    """One line each: the reading, what it states, what came out here; without a number, why, unless just said."""
    said = verdict.reason
    for finding in ranked(verdict):
        found = scoped(account, finding)
        if not found and finding.reason.rstrip(".") not in said:
            found = said = finding.reason
        text = " → ".join(part for part in (stated(finding.reading), found) if part)
        label = finding.reading.title if finding.reading.title != AS_STATED or not text else ""
        lines = (badge(finding.ruling),)
        yield Cell(unbroken(text), label=unbroken(label), tone="reading", detail=finding.reason, lines=lines)


def _trend(account: Account, finding: Finding) -> Cell:
    found = scoped(account, finding) or finding.reason
    of = f", {finding.reading.title}" if finding.reading.title != AS_STATED else ""
    return Cell(unbroken(found), label=f"stand-in trend{of}", tone="trend", detail=finding.reason)


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
    remedies = dict.fromkeys(finding.remedy for finding in verdict.findings if finding.remedy not in verdict.reason)
    lines = (
        Cell(unbroken(verdict.reason), tone="reason"),
        *(Cell(remedy, label="to decide it", tone="remedy") for remedy in remedies),
    )
    return Cell(own.text, sort=own.sort, tone=own.tone, lines=lines)
