"""A finding in words: what was stated, what came out here, and by how much it is known."""

from __future__ import annotations

import re

from benchbench.report.account import Account
from benchbench.report.numbers import MINUS, SPACE, form_style, written
from benchbench.types import Claim, Estimate, Finding, Reading, Verdict


def anchor(claim: str) -> str:
    """The name by which a page links to a claim."""
    return "claim-" + re.sub(r"[^A-Za-z0-9.]+", "-", claim)


def quoted_language(account: Account, claim: Claim) -> str:
    """The language of a claim's words: the document's when they are its own."""
    document = account.suite.document
    return document.language if claim.source.document == document.title else ""


def stated(reading: Reading) -> str:
    """What a reading states: its value as written, or its comparisons."""
    if reading.range is not None:
        return typeset(reading.range.stated)
    return ", ".join(f"{part.left} {part.relation} {part.right}{_by(part.threshold)}" for part in reading.comparisons)


def typeset(value: str) -> str:
    """A value as a suite writes it ("-22%", "x1.30", "159MiB") in this page's signs and spaces."""
    signed = re.sub(r"^-(?=\d)", MINUS, re.sub(r"^x(?=\d)", "×", value))
    return re.sub(r"(?<=\d)(?=(%|pt|MiB|ms|[kMGT])$)", SPACE, signed)


def ours(account: Account, finding: Finding) -> str:
    """The estimate in its reading's form; empty where there is none."""
    estimate, reading = finding.estimate, finding.reading
    if estimate is None:
        return ""
    style = form_style(reading.form, account.metric(reading.metric), estimate.value)
    return written(estimate, style, (reading.range.low, reading.range.high) if reading.range else None)


def scoped(account: Account, finding: Finding) -> str:
    """`ours` and how well it is known; the latter in a word where the number alone does not show it."""
    text, estimate = ours(account, finding), finding.estimate
    if estimate is None:
        return ""
    lacking = estimate.low == estimate.high
    return f"{text} ({'exact' if estimate.exact else 'no interval'})" if lacking else text


def scope(estimate: Estimate) -> str:
    """How well a number is known, in words."""
    if estimate.scope:
        return estimate.scope
    if estimate.exact:
        return "exact"
    if estimate.low == estimate.high:
        return "no interval"
    return f"{estimate.samples} samples" if estimate.samples > 1 else f"95{SPACE}% interval"


def decisive(verdict: Verdict) -> Finding | None:
    """The finding that stands for a verdict: of its own ruling, with a number if any such has one."""
    ranked = sorted(verdict.findings, key=lambda finding: _rank(finding, verdict))
    return ranked[0] if ranked else None


def ranked(verdict: Verdict) -> tuple[Finding, ...]:
    """All findings, those of the verdict's own ruling first, else in the order declared."""
    return tuple(sorted(verdict.findings, key=lambda finding: finding.ruling != verdict.ruling))


def is_alternative(reading: Reading, verdict: Verdict) -> bool:
    """Whether a reading's title says more than the claim's own."""
    return bool(reading.title) and reading.title != verdict.claim.title


def _rank(finding: Finding, verdict: Verdict) -> tuple[bool, bool]:
    return finding.ruling != verdict.ruling, finding.estimate is None


def _by(threshold: float) -> str:
    return f" by {threshold * 100:g}{SPACE}%" if threshold else ""
