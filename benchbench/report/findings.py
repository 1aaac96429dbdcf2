"""A finding in words: what was stated, what came out here, and by how much it is known."""

from __future__ import annotations

import math
import re

from benchbench.report.account import Account
from benchbench.report.numbers import MINUS, SPACE, form_style, written
from benchbench.types import Claim, Estimate, Finding, Reading, Verdict


def anchor(claim: str) -> str:
    """The name by which a page links to a claim."""
    return "claim-" + re.sub(r"[^A-Za-z0-9.]+", "-", claim)


def quoted_language(account: Account, claim: Claim) -> str:
    """The language of a claim's words: the document's when they are its own and could not be plain English."""
    document = account.suite.document
    return document.language if is_own(account, claim) and not claim.source.words.isascii() else ""


def is_own(account: Account, claim: Claim) -> bool:
    """Whether a claim is the suite's document's own, and not another source's."""
    return claim.source.document == account.suite.document.title


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
    """The finding that stands for a verdict: of its own ruling, the one its reason names, else the nearest."""
    return min(verdict.findings, key=lambda finding: _rank(finding, verdict), default=None)


def ranked(verdict: Verdict) -> tuple[Finding, ...]:
    """All findings, those of the verdict's own ruling first, else in the order declared."""
    return tuple(sorted(verdict.findings, key=lambda finding: finding.ruling != verdict.ruling))


def is_alternative(reading: Reading, verdict: Verdict) -> bool:
    """Whether a reading's title says more than the claim's own."""
    return bool(reading.title) and reading.title != verdict.claim.title


def _rank(finding: Finding, verdict: Verdict) -> tuple[bool, bool, float]:
    named = f"'{finding.reading.title}'" in verdict.reason
    return finding.ruling != verdict.ruling, not named, _miss(finding)


def _miss(finding: Finding) -> float:
    """How far an estimate lies from the stated value, relative to it; infinite without a number."""
    if finding.estimate is None or not math.isfinite(finding.estimate.value):
        return math.inf
    if finding.reading.range is None:
        return 0.0
    stated = finding.reading.range.value
    return abs(finding.estimate.value - stated) / (abs(stated) or 1.0)


def _by(threshold: float) -> str:
    return f" by {threshold * 100:g}{SPACE}%" if threshold else ""
