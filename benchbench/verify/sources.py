"""Facts about a repository or an author's word: judged by a quotation, never by a measurement."""

from __future__ import annotations

from collections.abc import Sequence

from benchbench.types import Claim, Quotation, Ruling


def contradicting(quotations: Sequence[Quotation]) -> Quotation | None:
    return next((quotation for quotation in quotations if not quotation.supports), None)


def judge_source(claim: Claim) -> tuple[Ruling, str]:
    """One quotation against it contradicts a claim, however many speak for it."""
    if not claim.quotations:
        return Ruling.NOT_MEASURED, "nothing is declared that could be measured, and no source is quoted"
    against = contradicting(claim.quotations)
    if against:
        return Ruling.CONTRADICTED, f"contradicted by {cite(against)}"
    return Ruling.ATTESTED, f"attested, not measured, by {' and '.join(map(cite, claim.quotations))}"


def cite(quotation: Quotation) -> str:
    """Source, commit, path, line and words."""
    line = f" line {quotation.line}" if quotation.line > 0 else ""
    return f"{quotation.source} at {quotation.commit[:12]}, {quotation.path}{line}: “{quotation.words.strip()}”"
