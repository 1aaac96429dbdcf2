"""Claims with a value: number, ratio, change, fact.

A value covers the range that its rounding or tolerance allows. An exact count reproduces it inside that range and
excludes it outside. An estimate reproduces it when its whole interval lies inside, refutes it when the two are
disjoint, and leaves it undecided when the interval straddles a limit or when there is none. On the very images of the
claim (same number of them, stated) nothing is left to chance, and a point inside suffices; not so after a training.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchbench import stats
from benchbench.types import Claim, Estimate, Finding, Metric, Range, Reading, Ruling
from benchbench.verify import pairs, wording
from benchbench.verify.circumstances import Circumstances, circumstances, machine
from benchbench.verify.evidence import Evidence, Gap, Held

SLACK = 1e-12
COUNTED = frozenset({"number", "ratio", "change"})


@dataclass(frozen=True)
class Taken:
    """A reading's number in its own form, and the measurements it rests on."""

    estimate: Estimate
    held: tuple[Held, ...]

    @property
    def metric(self) -> Metric:
        return self.held[0].metric


def take(reading: Reading, claim: Claim, evidence: Evidence, scale: str) -> Taken | Gap:
    """The number a reading speaks of, at a scale, in the reading's form; or why there is none."""
    left = evidence.find(scale, reading.variant, reading.metric, claim.conditions)
    if isinstance(left, Gap) or reading.form == "number":
        return left if isinstance(left, Gap) else Taken(left.estimate, (left,))
    right = evidence.find(scale, reading.versus, reading.metric, claim.conditions)
    if isinstance(right, Gap):
        return right
    try:
        return Taken(_compared(reading, left, right, evidence), (left, right))
    except ValueError as error:
        return Gap(f"{wording.subject(reading, left.metric)} has no value: {error}", ruling=Ruling.UNDECIDED)


def find_for(reading: Reading, claim: Claim, evidence: Evidence, scale: str) -> Finding:
    """What one reading comes to at a scale."""
    taken = take(reading, claim, evidence, scale)
    if isinstance(taken, Gap):
        return Finding(reading, taken.ruling, taken.reason, remedy=taken.remedy)
    if reading.range is None:
        return Finding(reading, Ruling.NOT_MEASURED, "the reading states no value", taken.estimate)
    around = circumstances(claim, taken.held)
    return Finding(reading, *_rule(reading, reading.range, claim, taken, around), taken.estimate)


def show(reading: Reading, taken: Taken) -> str:
    """What was measured, in words."""
    value = wording.estimate(taken.estimate, reading.form, taken.metric)
    verb = "counted" if taken.estimate.exact else "measured"
    return f"{verb} {value} for {wording.subject(reading, taken.metric)}"


def rule(known: Estimate, stated: Range, *, same_images: bool = False) -> Ruling:
    """Reproduced, refuted or undecided, by the interval alone: see the top of this file."""
    slack = SLACK * max(abs(stated.low), abs(stated.high))
    low, high = stated.low - slack, stated.high + slack
    inside = low <= known.value <= high
    if known.exact:
        return Ruling.REPRODUCED if inside else Ruling.REFUTED
    if not stats.decisive(known):
        return Ruling.UNDECIDED
    if known.high < low or high < known.low:
        return Ruling.REFUTED
    if (low <= known.low and known.high <= high) or (same_images and inside):
        return Ruling.REPRODUCED
    return Ruling.UNDECIDED


def _compared(reading: Reading, left: Held, right: Held, evidence: Evidence) -> Estimate:
    if reading.form == "difference":
        return pairs.difference(left, right, evidence)
    return (pairs.ratio if reading.form == "ratio" else pairs.change)(left, right, evidence)


def _rule(reading: Reading, stated: Range, claim: Claim, taken: Taken, around: Circumstances) -> tuple[Ruling, str]:
    assumed = f" (taken as matching: {'; '.join(around.assumed)})" if around.assumed else ""
    if around.differing:
        sides = f"but the conditions of the stated {stated.stated} differ ({'; '.join(around.differing)})"
        return Ruling.NOT_COMPARABLE, f"{show(reading, taken)}, {sides}"
    if around.elsewhere:
        here = wording.estimate(taken.estimate, reading.form, taken.metric)
        bound = f"the stated {stated.stated} is bound to hardware that is {_named(around.elsewhere)}"
        return Ruling.UNDECIDED, f"{bound}; here: {here} on {machine(taken.held[0])}{assumed}"
    ruling, relation = _decide(rule(taken.estimate, stated, same_images=around.same_images), claim, taken, around)
    limits = wording.limits(stated, reading.form, taken.metric)
    return ruling, f"{show(reading, taken)}, {relation} the stated {limits}{assumed}"


def _decide(ruling: Ruling, claim: Claim, taken: Taken, around: Circumstances) -> tuple[Ruling, str]:
    """The reading's ruling, and how the number relates to the stated one."""
    if ruling is Ruling.REPRODUCED:
        return ruling, "within"
    if ruling is Ruling.UNDECIDED:
        return ruling, "straddling a limit of" if stats.decisive(taken.estimate) else "too little to judge"
    if around.stage_unknown:
        return Ruling.NOT_COMPARABLE, "while the stage it was taken at is unstated, outside"
    if taken.estimate.exact and claim.kind in COUNTED:
        return Ruling.IMPOSSIBLE, "which excludes"
    return ruling, "outside"


def _named(hardware: str) -> str:
    return "unstated" if hardware == "unstated" else f"not this machine ({hardware})"
