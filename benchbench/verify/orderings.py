"""Claims that one variant surpasses another.

A comparison holds when the whole interval lies beyond its threshold and fails when the whole interval lies short of
it; anything else is open. All comparisons must hold to reproduce a reading, and one that fails refutes it. A hedged
claim ("may") is refuted only by its opposite: the effect beyond the threshold on the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchbench import stats
from benchbench.types import Claim, Comparison, Estimate, Finding, Reading, Ruling
from benchbench.verify import pairs, wording
from benchbench.verify.circumstances import Circumstances, circumstances, machine
from benchbench.verify.evidence import Evidence, Gap, Held
from benchbench.verify.numbers import SLACK

State = Literal["holds", "fails", "opposite", "open"]
WEIGHT = (Ruling.UNDECIDED, Ruling.NOT_COMPARABLE, Ruling.NOT_MEASURED)
"""Of several reasons why a claim stays open, the one that is told first."""


@dataclass(frozen=True)
class Compared:
    """What one comparison came to; `ruling` is its own."""

    ruling: Ruling
    reason: str
    remedy: str = ""


def state(known: Estimate, comparison: Comparison, centre: float) -> State:
    """Where an effect stands whose absence is `centre`: 1 for a ratio, 0 for a difference."""
    if not stats.decisive(known):
        return "open"
    low, high = known.low - centre, known.high - centre
    if comparison.relation == "<":
        low, high = -high, -low
    beyond = comparison.threshold + SLACK
    if low > beyond:
        return "holds"
    if high < -beyond:
        return "opposite"
    return "fails" if high <= beyond else "open"


def find_for(reading: Reading, claim: Claim, evidence: Evidence, scale: str) -> Finding:
    """What one reading of an ordering comes to at a scale."""
    compared = [compare(each, reading, claim, evidence, scale) for each in reading.comparisons]
    if not compared:
        return Finding(reading, Ruling.NOT_MEASURED, "the reading compares nothing")
    failed = [each for each in compared if each.ruling is Ruling.REFUTED]
    if failed:
        return Finding(reading, Ruling.REFUTED, failed[0].reason)
    left = [each for each in compared if each.ruling is not Ruling.REPRODUCED]
    if not left:
        return Finding(reading, Ruling.REPRODUCED, ", ".join(each.reason for each in compared))
    first = min(left, key=lambda each: WEIGHT.index(each.ruling))
    return Finding(reading, first.ruling, first.reason, remedy=first.remedy)


def compare(comparison: Comparison, reading: Reading, claim: Claim, evidence: Evidence, scale: str) -> Compared:
    """What one comparison comes to at a scale."""
    sides = [evidence.find(scale, name, reading.metric, claim.conditions) for name in _names(comparison)]
    for side in sides:
        if isinstance(side, Gap):
            return Compared(side.ruling, side.reason, side.remedy)
    held = [side for side in sides if isinstance(side, Held)]
    try:
        effect, centre = _effect(comparison, held[0], held[1], evidence)
    except ValueError as error:
        return Compared(Ruling.UNDECIDED, f"{_said(comparison, held[0])} cannot be compared: {error}")
    shown = f"{_said(comparison, held[0])}{_shown(effect, centre, held[0])}"
    return _in_place(circumstances(claim, held), shown, state(effect, comparison, centre), claim, held[0])


def _in_place(around: Circumstances, shown: str, found: State, claim: Claim, held: Held) -> Compared:
    if around.differing:
        return Compared(Ruling.NOT_COMPARABLE, f"{shown}: the conditions differ ({'; '.join(around.differing)})")
    if around.elsewhere:
        hardware = f"the claim is bound to hardware that is {around.elsewhere}"
        return Compared(Ruling.UNDECIDED, f"{hardware}; here: {shown} on {machine(held)}")
    return _ruled(found, shown, claim.hedged, around.stage_unknown, held)


def _ruled(found: State, shown: str, hedged: bool, stage_unknown: bool, held: Held) -> Compared:
    where = f" on {machine(held)}" if held.machine_bound else ""
    if found == "holds":
        return Compared(Ruling.REPRODUCED, f"{shown} holds{where}")
    if found == "open":
        return Compared(Ruling.UNDECIDED, f"{shown} is not resolved{where}")
    if found == "fails" and hedged:
        return Compared(Ruling.UNDECIDED, f"{shown}: neither the hedged claim nor its opposite{where}")
    if stage_unknown:
        return Compared(Ruling.NOT_COMPARABLE, f"{shown} does not hold, but the document's recovery is unstated")
    return Compared(Ruling.REFUTED, f"{shown} does not hold{where}")


def _effect(comparison: Comparison, left: Held, right: Held, evidence: Evidence) -> tuple[Estimate, float]:
    timed = all("round" in held.measurement.columns for held in (left, right))
    if timed or comparison.threshold:
        return pairs.ratio(left, right, evidence), 1.0
    return pairs.difference(left, right, evidence), 0.0


def _said(comparison: Comparison, held: Held) -> str:
    by = f" by {100 * comparison.threshold:g} %" if comparison.threshold else ""
    return f"{held.metric.title} of '{comparison.left}' {comparison.relation} '{comparison.right}'{by}"


def _shown(effect: Estimate, centre: float, held: Held) -> str:
    return f" ({wording.estimate(effect, 'ratio' if centre else 'difference', held.metric)})"


def _names(comparison: Comparison) -> tuple[str, str]:
    return comparison.left, comparison.right
