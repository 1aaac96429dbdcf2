"""Whether a change is one: numbers in, judgements out. The table of all rules is in docs/regression.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from benchbench.types import Change, Judgement
from benchbench.types.compared import Comparison
from benchbench.verify.effects import CONFIDENCE, Effect

FAMILY = 0.05
"""The chance that a gate at which nothing changed gives an alarm at all: one night in twenty at most."""
DONE, INCOMPLETE, REGRESSION, NOTHING_COMPARABLE = 0, 3, 4, 6
COMPARABLE = frozenset(
    {
        Judgement.REGRESSION,
        Judgement.IMPROVEMENT,
        Judgement.EQUIVALENT,
        Judgement.SUSPICIOUS,
        Judgement.INCONCLUSIVE,
    }
)
Better = Literal["lower", "higher", "neither"]


def judged(effect: Effect, threshold: float, better: Better) -> tuple[Judgement, str]:
    """What an effect is worth against a threshold on its own scale, and why.

    A change is one whose limits leave out nothing-at-all and which exceeds the threshold: both, never one alone.
    """
    proven = (effect.low > 0 or effect.high < 0) and (effect.p is None or effect.p < 1 - CONFIDENCE)
    large = abs(effect.value) > threshold
    if proven and large:
        return direction(effect.value, better), "beyond the threshold, and its 99 % limits leave out no change"
    if -threshold <= effect.low and effect.high <= threshold:
        return Judgement.EQUIVALENT, "its 99 % limits lie within the threshold"
    if large:
        return Judgement.SUSPICIOUS, "beyond the threshold, but its 99 % limits allow no change"
    if proven:
        return Judgement.SUSPICIOUS, "its 99 % limits leave out no change, but it is below the threshold"
    return Judgement.INCONCLUSIVE, "its 99 % limits allow no change, and one beyond the threshold"


def direction(value: float, better: Better) -> Judgement:
    """What a change of this sign is, that is one: worse, better, or suspicious where neither way is better."""
    if better == "neither":
        return Judgement.SUSPICIOUS
    return Judgement.IMPROVEMENT if (value < 0) == (better == "lower") else Judgement.REGRESSION


def counted(before: Sequence[float], after: Sequence[float], better: Better) -> tuple[Judgement, str]:
    """Exact numbers: any change is one. Several are a profile, of which their sum decides."""
    if list(before) == list(after):
        return Judgement.EQUIVALENT, "equal"
    gap = sum(after) - sum(before)
    if not gap:
        return Judgement.SUSPICIOUS, "another profile of the same sum"
    told = direction(gap, better)
    why = "changed, and neither way is better" if better == "neither" else "an exact number: any change is one"
    return told, why


def holm(ps: Sequence[float]) -> list[float]:
    """p values corrected for their number by Holm's step-down method (1979), which asks nothing of their dependence."""
    order = sorted(range(len(ps)), key=lambda index: ps[index])
    found, worst = [1.0] * len(ps), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, (len(ps) - rank) * ps[index]))
        found[index] = worst
    return found


def corrected(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes of one gate; those that do not survive its number of tests are suspicious."""
    tested = [index for index, change in enumerate(changes) if change.p is not None]
    ps = holm([changes[index].p or 0.0 for index in tested])
    found = list(changes)
    for index, p in zip(tested, ps, strict=True):
        alarming = changes[index].judgement in (Judgement.REGRESSION, Judgement.IMPROVEMENT)
        if alarming and p >= FAMILY:
            why = f"p = {p:.2g} after Holm's correction for {len(tested)} tests"
            found[index] = replace(changes[index], judgement=Judgement.SUSPICIOUS, why=why)
    return tuple(found)


def exit_code(comparison: Comparison) -> int:
    """4 on a regression, 3 where something failed, 6 where nothing could be compared, 3 where some is missing, or 0."""
    found = Counter(change.judgement for change in comparison.changes)
    if found[Judgement.REGRESSION]:
        return REGRESSION
    if found[Judgement.FAILED]:
        return INCOMPLETE
    if not any(found[each] for each in COMPARABLE):
        return NOTHING_COMPARABLE
    return INCOMPLETE if any(map(is_lost, comparison.changes)) else DONE


def is_lost(change: Change) -> bool:
    """Whether it was measured before and is not there now."""
    return change.before is not None and change.after is None
