"""Quotients and differences of two estimates: paired where their samples belong together, else by their intervals."""

from __future__ import annotations

from dataclasses import replace
from math import exp, hypot, log
from typing import TYPE_CHECKING

import numpy as np

from benchbench.stats.estimates import SEED, decisive, estimate, over_trainings, trainings
from benchbench.stats.ratios import paired
from benchbench.stats.samples import finite
from benchbench.types import Difference, Estimate, Measurement, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_IMAGES = "95 % interval over the same images"


def quotient(left: Estimate, right: Estimate) -> Estimate:
    """left / right of two estimates that were not paired.

    Limits by the square-and-add rule on logarithms (Zou and Donner 2008, MOVER), which is conservative when the two
    are positively correlated, as scores on the same images are; where left's limit is not positive, by interval
    arithmetic. Raises ValueError where right may be zero or less.
    """
    if right.low <= 0:
        raise ValueError("no ratio to a value that may be zero")
    value, exact = left.value / right.value, left.exact and right.exact
    samples = min(left.samples, right.samples)
    scope = _joint_scope(left, right)
    if left.low <= 0:
        corners = [a / b for a in (left.low, left.high) for b in (right.low, right.high)]
        return Estimate(value, min(corners), max(corners), samples, exact, scope)
    down = hypot(log(left.value / left.low), log(right.high / right.value))
    up = hypot(log(left.high / left.value), log(right.value / right.low))
    return Estimate(value, value * exp(-down), value * exp(up), samples, exact, scope)


def difference(left: Estimate, right: Estimate) -> Estimate:
    """left - right of two estimates that were not paired; limits by the square-and-add rule, as in `quotient`."""
    value = left.value - right.value
    down = hypot(left.value - left.low, right.high - right.value)
    up = hypot(left.high - left.value, right.value - right.low)
    exact = left.exact and right.exact
    return Estimate(value, value - down, value + up, min(left.samples, right.samples), exact, _joint_scope(left, right))


def quotient_between(left: Measurement, right: Measurement, metric: Metric) -> Estimate:
    """metric(left) / metric(right): paired by seed where both were trained with at least two seeds that are the same.

    Then it is the exp of the mean log-ratio with its t interval; else `quotient` of the two. Raises ValueError as both.
    """
    if pairs := _by_seed(left, right):
        ratio = paired(*pairs)
        return replace(ratio, scope=trainings(ratio.samples))
    return quotient(estimate(left, metric), estimate(right, metric))


def difference_between(left: Measurement, right: Measurement, metric: Metric) -> Estimate:
    """metric(left) - metric(right): paired by seed as in `quotient_between`, by the t interval of the differences.

    Where the two cannot be paired it is the `difference` of their estimates.
    """
    if pairs := _by_seed(left, right):
        return over_trainings(pairs[0] - pairs[1])
    return difference(estimate(left, metric), estimate(right, metric))


def over_images(known: Difference) -> Estimate:
    """A difference of two variants over the same images; its scope names the tests and what they found."""
    told = "; ".join(f"{test}, {chance(p)}" for test, p in known.tests)
    return Estimate(known.value, known.low, known.high, scope=f"{SAME_IMAGES}: {told}")


def ratio_from(known: Estimate, right: Estimate) -> Estimate:
    """left / right where the difference left - right is known by itself, as over the same images: 1 + difference/right.

    Limits by square-and-add, the two taken as independent. Raises ValueError where right may be zero or less.
    """
    if right.low <= 0:
        raise ValueError("no ratio to a value that may be zero")
    share = known.value / right.value
    above, below = (share * abs(limit / right.value - 1) for limit in (right.high, right.low))
    down, up = (above, below) if share > 0 else (below, above)
    low, high = ((limit - known.value) / right.value for limit in (known.low, known.high))
    return Estimate(1 + share, 1 + share - hypot(low, down), 1 + share + hypot(high, up), scope=known.scope)


def chance(p: float) -> str:
    """The p of a test in words."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def _by_seed(left: Measurement, right: Measurement) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The samples of the seeds that both have, in the same order; None where they share fewer than two."""
    if SEED not in left.columns or SEED not in right.columns:
        return None
    found = [dict(zip(arm.columns[SEED], finite(arm).tolist(), strict=True)) for arm in (left, right)]
    shared = sorted(found[0].keys() & found[1].keys())
    if len(shared) < 2:
        return None
    ours, theirs = (np.array([arm[seed] for seed in shared]) for arm in found)
    return ours, theirs


def _joint_scope(left: Estimate, right: Estimate) -> str:
    """That of the side that decides nothing; else that of the repeated training, which varies most."""
    for side in (left, right):
        if not decisive(side):
            return side.scope
    both = [side.scope for side in (left, right) if side.scope]
    return next((scope for scope in both if scope.endswith("trainings")), both[0] if both else "")
