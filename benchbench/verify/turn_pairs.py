"""The effect between two checkouts that took turns: paired by round, as nothing that is measured apart can be."""

from __future__ import annotations

from math import inf, log, sqrt
from statistics import fmean, variance

from benchbench import twins
from benchbench.types import Measurement
from benchbench.verify.effects import CONFIDENCE, LEAST_ROUNDS, Effect


def between_turns(before: Measurement, after: Measurement) -> Effect | None:
    """The log of after over before, sample by sample of the same rounds, with 99 % limits of Student's t.

    Two processes put their models at different places in memory, which no round can tell: twice the variance of `twins`
    is added, and a twin of before that came apart moves both limits out and the test with them. None on fewer than
    `LEAST_ROUNDS` rounds. Raises ValueError on values that are not positive, or not as many on both sides.
    """
    pairs = list(zip(before.samples, after.samples, strict=True))
    if len(pairs) < LEAST_ROUNDS:
        return None
    if not all(0 < value < inf for pair in pairs for value in pair):
        raise ValueError("a ratio needs positive, finite values")
    gaps = [log(theirs / ours) for ours, theirs in pairs]
    own, placed = variance(gaps) / len(gaps), 2 * twins.PLACEMENT**2
    freedom = (own + placed) ** 2 / (own**2 / (len(gaps) - 1)) if own else inf
    return _limits(fmean(gaps), sqrt(own + placed), min(freedom, 1e6), len(gaps), _doubt(before))


def _limits(centre: float, error: float, freedom: float, count: int, doubt: float) -> Effect:
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error + doubt
    away = max(abs(centre) - doubt, 0.0)
    p = min(1.0, 2 * float(stdtr(freedom, -away / error)))
    return Effect(centre, centre - half, centre + half, p, count)


def _doubt(before: Measurement) -> float:
    found = twins.apart(before)
    return max(abs(log(found.low)), abs(log(found.high))) if found else 0.0
