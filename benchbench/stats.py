"""Estimates with their intervals, from kept samples.

Intervals cover 95 %. Timed ratios are paired: the unit is the log-ratio of two arms in the same round, so that the
drift of a busy machine, which both arms share, cancels. SciPy's special functions are loaded when first needed;
scipy.stats never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import ceil, exp, hypot, inf, isfinite, log, log1p, sqrt
from typing import TYPE_CHECKING

import numpy as np

from benchbench.types import Difference, Estimate, Measurement, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIDENCE = 0.95
NO_INTERVAL = "one sample, no interval"
ONE_TRAINING = "one training, no interval over trainings"
OVER_DATA = "95 % interval over the data"
SAME_IMAGES = "95 % interval over the same images"
SEED = "seed"
"""The column of a measurement whose samples are those of repeated trainings."""


def estimate(measurement: Measurement, metric: Metric) -> Estimate:
    """The value of a metric, in its own unit, as far as its samples tell.

    An exact metric is its count. Of several trainings it is the mean with its t interval over them. A measurement that
    brings its interval (a bootstrap) keeps it; neither goes beyond what the metric can be. Several samples give the
    median with a distribution-free interval. One sample alone, or one training, has none: see `decisive`.
    Raises ValueError on no samples, samples that are not finite, or an exact metric whose samples differ.
    """
    samples = _finite(measurement)
    if metric.exact:
        if len(set(samples.tolist())) > 1:
            raise ValueError(f"{metric.name} is exact, yet its samples differ")
        return Estimate(float(samples[0]), float(samples[0]), float(samples[0]), exact=True)
    if SEED in measurement.columns:
        return _over_trainings(samples).held(metric)
    if limits := measurement.interval:
        return Estimate(float(np.mean(samples)), *limits, len(samples), scope=OVER_DATA).held(metric)
    return median(samples.tolist())


def median(samples: Sequence[float]) -> Estimate:
    """The median between two order statistics that cover the population's with at least 95 %, whatever its shape.

    The k-th smallest and k-th largest of n, with the greatest k for which P(Binomial(n, 1/2) < k) <= 2.5 % (David and
    Nagaraja, Order Statistics, 7.1). Below six samples no pair reaches 95 %: the range is given, and `scope` tells
    what it covers. It speaks of this run; between runs a machine drifts more, so compare by `ratio`.
    """
    ordered = np.sort(np.asarray(samples, np.float64))
    count = len(ordered)
    middle = float(np.median(ordered))
    if count == 1:
        return Estimate(middle, middle, middle, 1, scope=NO_INTERVAL)
    least, missed = max(1, _rank(count)), 0.5 ** (count - 1)
    scope = "95 % interval of the median" if _rank(count) else f"range of {count} samples, {100 * (1 - missed):.0f} %"
    return Estimate(middle, float(ordered[least - 1]), float(ordered[-least]), count, scope=scope)


def ratio(measurement: Measurement) -> Estimate:
    """metric(variant) / metric(reference), paired by round: exp of the mean log-ratio with its t interval.

    Raises ValueError without a `reference` column, or on values that are not positive.
    """
    return _paired(_finite(measurement), _column(measurement, "reference"))


def twin_ratio(measurement: Measurement) -> Estimate:
    """The reference's identical twin against the reference, paired by round: the run's own A/A check.

    If its interval leaves out 1 the run is bad. Raises ValueError as `ratio` does.
    """
    return _paired(_column(measurement, "twin"), _column(measurement, "reference"))


def ratio_between(left: Measurement, right: Measurement, *, same_run: bool) -> Estimate:
    """metric(left) / metric(right) of two arms.

    Paired by round when both belong to one run and share at least two rounds. Otherwise each arm is first set against
    the reference of its own run, where it has one, and the two are compared as independent (Welch's t interval).
    Raises ValueError on values that are not positive.
    """
    if same_run and (shared := _shared(left, right)):
        numerator, denominator = (np.array([_by_round(arm)[n] for n in shared]) for arm in (left, right))
        return _paired(numerator, denominator)
    return _welch(_logs_to_reference(left, right), _logs_to_reference(right, left))


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
        ratio = _paired(*pairs)
        return replace(ratio, scope=_trainings(ratio.samples))
    return quotient(estimate(left, metric), estimate(right, metric))


def difference_between(left: Measurement, right: Measurement, metric: Metric) -> Estimate:
    """metric(left) - metric(right): paired by seed as in `quotient_between`, by the t interval of the differences.

    Where the two cannot be paired it is the `difference` of their estimates.
    """
    if pairs := _by_seed(left, right):
        return _over_trainings(pairs[0] - pairs[1])
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


def decisive(known: Estimate) -> bool:
    """Whether an estimate may decide anything: exact, or with an interval over what may have come out otherwise."""
    return known.exact or known.scope not in (NO_INTERVAL, ONE_TRAINING)


def percentile(samples: Sequence[float], q: float) -> float | None:
    """The q-th percentile (0 < q < 100, linear between order statistics), or None where there are too few samples.

    Enough is when at least one sample lies beyond the percentile with a chance of 99 %: 44 for p90, 459 for p99.
    """
    tail = max(q, 100 - q) / 100
    if not 0 < q < 100 or len(samples) < ceil(log(0.01) / log1p(tail - 1)):
        return None
    return float(np.percentile(np.asarray(samples, np.float64), q))


@lru_cache(maxsize=1024)
def _rank(count: int) -> int:
    from scipy.special import bdtr

    tails = bdtr(np.arange(count // 2 + 1), count, 0.5)
    return int(np.searchsorted(tails, (1 - CONFIDENCE) / 2, side="right"))


def _over_trainings(values: NDArray[np.float64]) -> Estimate:
    """The mean with Student's t interval."""
    count, mean = len(values), float(np.mean(values))
    if count == 1:
        return Estimate(mean, mean, mean, 1, scope=ONE_TRAINING)
    half = _t(count - 1) * float(np.std(values, ddof=1)) / sqrt(count)
    return Estimate(mean, mean - half, mean + half, count, scope=_trainings(count))


def _trainings(count: int) -> str:
    return f"95 % t interval over {count} trainings"


def _by_seed(left: Measurement, right: Measurement) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The samples of the seeds that both have, in the same order; None where they share fewer than two."""
    if SEED not in left.columns or SEED not in right.columns:
        return None
    found = [dict(zip(arm.columns[SEED], _finite(arm).tolist(), strict=True)) for arm in (left, right)]
    shared = sorted(found[0].keys() & found[1].keys())
    if len(shared) < 2:
        return None
    ours, theirs = (np.array([arm[seed] for seed in shared]) for arm in found)
    return ours, theirs


@lru_cache(maxsize=1024)
def _t(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _paired(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> Estimate:
    if numerator.shape != denominator.shape:
        raise ValueError(f"{len(numerator)} samples for {len(denominator)} of the reference")
    logs = _logs(numerator) - _logs(denominator)
    count, mean = len(logs), float(logs.sum()) / len(logs)
    spread = sqrt(float(np.square(logs - mean).sum()) / (count - 1)) / sqrt(count) if count > 1 else inf
    return _from_logs(mean, spread, count - 1, count)


def _welch(left: NDArray[np.float64], right: NDArray[np.float64]) -> Estimate:
    count = min(len(left), len(right))
    centre = float(np.mean(left) - np.mean(right))
    if count < 2:
        return _from_logs(centre, inf, 0, 1)
    parts = [float(np.var(arm, ddof=1)) / len(arm) for arm in (left, right)]
    weight = sum(part**2 / (len(arm) - 1) for part, arm in zip(parts, (left, right), strict=True))
    freedom = sum(parts) ** 2 / weight if weight else float(count - 1)
    return _from_logs(centre, sqrt(sum(parts)), freedom, count)


def _from_logs(centre: float, error: float, freedom: float, count: int) -> Estimate:
    value = exp(centre)
    if not isfinite(error):
        return Estimate(value, value, value, 1, scope=NO_INTERVAL)
    half = _t(freedom) * error
    return Estimate(value, exp(centre - half), exp(centre + half), count, scope=f"95 % interval over {count} rounds")


def _logs_to_reference(arm: Measurement, other: Measurement) -> NDArray[np.float64]:
    logs = _logs(_finite(arm))
    if "reference" in arm.columns and "reference" in other.columns:
        return logs - _logs(_column(arm, "reference"))
    return logs


def _shared(left: Measurement, right: Measurement) -> list[float]:
    if "round" not in left.columns or "round" not in right.columns:
        return []
    rounds = sorted(_by_round(left).keys() & _by_round(right).keys())
    return rounds if len(rounds) > 1 else []


def _by_round(arm: Measurement) -> dict[float, float]:
    return dict(zip(arm.columns["round"], arm.samples, strict=True))


def _finite(measurement: Measurement) -> NDArray[np.float64]:
    if not measurement.samples or not all(map(isfinite, measurement.samples)):
        raise ValueError(f"{measurement.metric}: no samples, or samples that are not finite")
    return np.asarray(measurement.samples, np.float64)


def _column(measurement: Measurement, name: str) -> NDArray[np.float64]:
    if name not in measurement.columns:
        raise ValueError(f"{measurement.metric} has no column '{name}'")
    return np.asarray(measurement.columns[name], np.float64)


def _logs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not all(0 < value < inf for value in values.tolist()):
        raise ValueError("a ratio needs positive, finite values")
    logs: NDArray[np.float64] = np.log(values)
    return logs


def _joint_scope(left: Estimate, right: Estimate) -> str:
    """That of the side that decides nothing; else that of the repeated training, which varies most."""
    for side in (left, right):
        if not decisive(side):
            return side.scope
    both = [side.scope for side in (left, right) if side.scope]
    return next((scope for scope in both if scope.endswith("trainings")), both[0] if both else "")
