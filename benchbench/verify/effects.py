"""What lies between two measurements of one metric: its size, 99 % limits and the p of nothing. Numbers in and out.

Effects are on a scale on which swapping the sides changes the sign alone: logarithms of ratios, or differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, inf, log, sqrt
from statistics import fmean, variance

from benchbench import stats, twins
from benchbench.types import Difference, Estimate, Measurement

CONFIDENCE = 0.99
USUAL = 1.959964
WIDER = 2.575829
"""How many standard deviations 95 % and 99 % limits are away, where a distribution is normal."""
LEAST_ROUNDS = 3
LEAST_SEEDS = 3


@dataclass(frozen=True)
class Effect:
    """After less before, between 99 % limits, on `n` samples; `p` is two-sided, None where nothing was tested."""

    value: float
    low: float
    high: float
    p: float | None
    n: int = 1

    @property
    def mirrored(self) -> Effect:
        """The same with its sides swapped."""
        return Effect(-self.value, -self.high, -self.low, self.p, self.n)

    def shown(self, *, as_logs: bool, scope: str) -> Estimate:
        """As a share of before where it is a log-ratio (0.1: 10 % more), else as it is."""
        value, low, high = (_share(each) if as_logs else each for each in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.n, scope=scope)


def between_runs(before: Measurement, after: Measurement) -> Effect | None:
    """The log of (variant / reference) after over the same before: two runs, each paired with its own reference.

    Welch's t over rounds, plus what no round can tell: each process puts the models elsewhere in memory (see `twins`),
    and a run whose twin came apart is off by as much. None on fewer than `LEAST_ROUNDS` rounds on a side. Raises
    ValueError on values that are not positive.
    """
    ours, theirs = (_logs(side, side.columns["reference"]) for side in (before, after))
    return _welch(ours, theirs, also=2 * twins.PLACEMENT**2, doubt=_doubt(before) + _doubt(after))


def between_times(before: Measurement, after: Measurement) -> Effect | None:
    """The log of after over before of absolute times, as if the machine had not changed from one run to the other."""
    return _welch(_logs(before, None), _logs(after, None), also=2 * twins.PLACEMENT**2)


def between_trainings(before: Measurement, after: Measurement) -> Effect | None:
    """The difference over trainings: paired by seed where at least `LEAST_SEEDS` are the same, else by Welch's t.

    None on fewer trainings than that on a side.
    """
    found = [dict(zip(side.columns.get(stats.SEED, ()), side.samples, strict=False)) for side in (before, after)]
    shared = sorted(found[0].keys() & found[1].keys())
    if min(map(len, found)) < LEAST_SEEDS:
        return None
    if len(shared) < LEAST_SEEDS:
        return _welch(list(found[0].values()), list(found[1].values()))
    gaps = [found[1][seed] - found[0][seed] for seed in shared]
    return _t_effect(fmean(gaps), sqrt(variance(gaps) / len(gaps)), len(gaps) - 1, len(gaps))


def over_images(known: Difference, n: int) -> Effect:
    """A difference over the same images: its 95 % limits brought to 99 % as a normal's, its own test."""
    scale = WIDER / USUAL
    low, high = (known.value + scale * (limit - known.value) for limit in (known.low, known.high))
    return Effect(known.value, low, high, known.p, n)


def unpaired(before: Estimate, after: Estimate) -> Effect:
    """The difference of two estimates of the same data that cannot be paired: wider than it need be.

    Its p is a normal's, of the standard error that its 95 % limits have on the side of nothing.
    """
    found = stats.difference(after, before)
    scale = WIDER / USUAL
    low, high = (found.value + scale * (limit - found.value) for limit in (found.low, found.high))
    error = (found.value - found.low if found.value > 0 else found.high - found.value) / USUAL
    p = erfc(abs(found.value) / error / sqrt(2)) if error else float(not found.value)
    return Effect(found.value, low, high, p, found.samples)


def between_readings(before: Estimate, after: Estimate) -> Effect:
    """The log of after over before of single readings whose limits are the largest error there is. No test."""
    found = stats.quotient(after, before)
    return Effect(log(found.value), log(found.low), log(found.high), None)


def _logs(side: Measurement, reference: Sequence[float] | None) -> list[float]:
    values = [*side.samples, *(reference or ())]
    if not all(0 < value < inf for value in values):
        raise ValueError("a ratio needs positive, finite values")
    if reference is None:
        return [log(value) for value in side.samples]
    return [log(own / other) for own, other in zip(side.samples, reference, strict=True)]


def _doubt(side: Measurement) -> float:
    found = twins.apart(side)
    return max(abs(log(found.low)), abs(log(found.high))) if found else 0.0


def _welch(before: Sequence[float], after: Sequence[float], also: float = 0.0, doubt: float = 0.0) -> Effect | None:
    """`also` is a variance that is known; `doubt` moves both limits out, and the test with them."""
    count = min(len(before), len(after))
    if count < LEAST_ROUNDS:
        return None
    parts = [variance(side) / len(side) for side in (before, after)]
    total = sum(parts) + also
    weight = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (before, after), strict=True))
    freedom = total**2 / weight if weight else inf
    return _t_effect(fmean(after) - fmean(before), sqrt(total), freedom, count, doubt)


def _t_effect(centre: float, error: float, freedom: float, count: int, doubt: float = 0.0) -> Effect:
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    is_normal = freedom == inf
    far = float(ndtri((1 + CONFIDENCE) / 2) if is_normal else stdtrit(freedom, (1 + CONFIDENCE) / 2))
    half = far * error + doubt
    away = max(abs(centre) - doubt, 0.0)
    if not error:
        return Effect(centre, centre - half, centre + half, 0.0 if away else 1.0, count)
    tail = ndtr(-away / error) if is_normal else stdtr(freedom, -away / error)
    return Effect(centre, centre - half, centre + half, min(1.0, 2 * float(tail)), count)


def _share(logarithm: float) -> float:
    return exp(min(logarithm, 700.0)) - 1
