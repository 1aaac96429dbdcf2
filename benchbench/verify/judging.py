"""Every claim's verdict: its readings together, at its scale, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from benchbench.types import Claim, Entry, Finding, Metric, Range, Reading, Ruling, Suite, Verdict
from benchbench.verify import numbers, orderings, wording
from benchbench.verify.evidence import NOTHING_PAIRED, Evidence, Gap, Paired
from benchbench.verify.recipes import judge_recipe
from benchbench.verify.sources import judge_source

OPEN = (Ruling.UNDECIDED, Ruling.NOT_COMPARABLE, Ruling.NOT_MEASURED)
REFUTING = frozenset({Ruling.REFUTED, Ruling.IMPOSSIBLE, Ruling.CONTRADICTED, Ruling.CANNOT_RUN})
LEADS = {
    Ruling.IMPOSSIBLE: "impossible whatever is measured",
    Ruling.REFUTED: "refuted",
    Ruling.UNDECIDED: "undecided",
    Ruling.NOT_COMPARABLE: "not comparable",
    Ruling.NOT_MEASURED: "not measured",
}


def judge(
    suite: Suite, entries: Sequence[Entry], metrics: Mapping[str, Metric], paired: Paired = NOTHING_PAIRED
) -> tuple[Verdict, ...]:
    """A verdict on every claim of a suite, in the suite's order.

    `paired` are differences over the same images; they take the place of those of two intervals.
    """
    evidence = Evidence(suite, entries, metrics, paired)
    claims = {claim.id: claim for claim in suite.claims}
    return tuple(_judge(claim, evidence, claims.get(claim.primary)) for claim in suite.claims)


def refuted(verdicts: Iterable[Verdict]) -> bool:
    """Whether any claim is refuted: by measurement, by count, by a source, or as a recipe that cannot run."""
    return any(verdict.ruling in REFUTING for verdict in verdicts)


def _judge(claim: Claim, evidence: Evidence, primary: Claim | None) -> Verdict:
    aside = _primary(claim, primary)
    if claim.kind == "recipe":
        return _over_scales(claim, evidence, lambda scale: _recipe(claim, evidence, scale, aside))
    if not claim.readings:
        ruling, reason = judge_source(claim)
        return Verdict(claim, ruling, wording.sentence(reason, aside))
    return _over_scales(claim, evidence, lambda scale: _readings(claim, evidence, scale, aside))


def _over_scales(claim: Claim, evidence: Evidence, at: Callable[[str], Verdict]) -> Verdict:
    """A claim at its own scale; one that names no model at the first scale that decides, stand-ins last.

    Where nothing is measured at any of them, a stand-in tells why: its remedy needs no download.
    """
    if claim.scale != "any":
        return at(claim.scale)
    last = {scale.name for scale in evidence.stand_ins()}
    verdicts = [at(scale) for scale in sorted(evidence.scales, key=lambda name: name in last)]
    decided = [verdict for verdict in verdicts if verdict.ruling not in OPEN]
    if all(verdict.ruling is Ruling.NOT_MEASURED for verdict in verdicts):
        return verdicts[-1]
    opened = sorted(verdicts, key=lambda verdict: OPEN.index(verdict.ruling) if verdict.ruling in OPEN else 0)
    return (decided or opened)[0]


def _recipe(claim: Claim, evidence: Evidence, scale: str, aside: str) -> Verdict:
    ruling, reason = judge_recipe(claim, evidence, scale)
    return Verdict(claim, ruling, wording.sentence(reason, _where(claim, scale), aside))


def _readings(claim: Claim, evidence: Evidence, scale: str, aside: str) -> Verdict:
    look = orderings.find_for if claim.kind == "ordering" else numbers.find_for
    findings = tuple(look(reading, claim, evidence, scale) for reading in claim.readings)
    ruling, reason = together(findings)
    quoted = judge_source(claim)[1] if claim.quotations else ""
    text = wording.sentence(reason, quoted, _where(claim, scale), aside)
    trend = () if claim.scale == "any" else _trend(claim, evidence, scale)
    return Verdict(claim, ruling, text, findings, trend)


def together(findings: Sequence[Finding]) -> tuple[Ruling, str]:
    """One reading that is reached reproduces; all must miss to refute; else the claim stays open."""
    reached = [finding for finding in findings if finding.ruling is Ruling.REPRODUCED]
    if reached:
        under = _under(reached[0], len(findings))
        return Ruling.REPRODUCED, f"reproduced{under}: {reached[0].reason}"
    left = [finding for finding in findings if finding.ruling in OPEN]
    if left:
        first = min(left, key=lambda finding: OPEN.index(finding.ruling))
        return first.ruling, _still_open(first, len(findings), len(findings) - len(left))
    exact = all(finding.ruling is Ruling.IMPOSSIBLE for finding in findings)
    return _missed(Ruling.IMPOSSIBLE if exact else Ruling.REFUTED, findings)


def _missed(ruling: Ruling, findings: Sequence[Finding]) -> tuple[Ruling, str]:
    nearest = min(findings, key=_distance)
    if len(findings) == 1:
        return ruling, f"{LEADS[ruling]}: {nearest.reason}"
    each = f"each of the {len(findings)} readings misses"
    return ruling, f"{LEADS[ruling]}, {each}; the nearest{_under(nearest, len(findings))}: {nearest.reason}"


def _still_open(first: Finding, count: int, missed: int) -> str:
    lead = f"{LEADS[first.ruling]}{_under(first, count)}: {first.reason}"
    if first.ruling is Ruling.NOT_MEASURED and "not measured" in first.reason:
        lead = first.reason
    others = f"; {missed} of {count} readings miss" if missed else ""
    return lead + others + (f"; to measure it: {first.remedy}" if first.remedy else "")


def _under(finding: Finding, count: int) -> str:
    return f" under the reading '{finding.reading.title or finding.reading.name}'" if count > 1 else ""


def _distance(finding: Finding) -> float:
    """How far an estimate lies from the stated range, in units of the stated value."""
    stated, known = finding.reading.range, finding.estimate
    if stated is None or known is None:
        return float("inf")
    return max(stated.low - known.value, known.value - stated.high, 0.0) / (abs(stated.value) or 1.0)


def _where(claim: Claim, scale: str) -> str:
    return f"judged at scale '{scale}', since the claim names no model" if claim.scale == "any" else ""


def _trend(claim: Claim, evidence: Evidence, scale: str) -> tuple[Finding, ...]:
    """What the stand-ins show of the same readings; never decisive."""
    return tuple(
        finding
        for stand_in in evidence.stand_ins()
        for reading in claim.readings
        if stand_in.name != scale and (finding := _shown(reading, claim, evidence, stand_in.name)) is not None
    )


def _shown(reading: Reading, claim: Claim, evidence: Evidence, scale: str) -> Finding | None:
    lead = f"trend at scale '{scale}', which decides nothing here"
    if claim.kind == "ordering":
        compared = [orderings.compare(each, reading, claim, evidence, scale) for each in reading.comparisons]
        told = [each.reason for each in compared if each.ruling is not Ruling.NOT_MEASURED]
        return Finding(reading, Ruling.NOT_COMPARABLE, wording.sentence(lead, *told)) if told else None
    taken = numbers.take(reading, claim, evidence, scale)
    if isinstance(taken, Gap):
        return None
    reason = wording.sentence(lead, numbers.show(reading, taken))
    return Finding(reading, Ruling.NOT_COMPARABLE, reason, taken.estimate)


def _primary(claim: Claim, primary: Claim | None) -> str:
    """The primary source's figure, where it is another than the claim's own."""
    stated = _stated(primary)
    if primary is None or stated is None or stated in [reading.range for reading in claim.readings]:
        return ""
    return f"the primary source ({primary.source.document}) says {stated.stated}: {primary.title}"


def _stated(claim: Claim | None) -> Range | None:
    return next((reading.range for reading in claim.readings if reading.range), None) if claim else None
