"""One number with its interval, and what an interval is worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, log, log1p, sqrt
from typing import TYPE_CHECKING

import numpy as np

from benchbench.stats.samples import finite
from benchbench.types import Estimate, Measurement, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIDENCE = 0.95
NO_INTERVAL = "one sample, no interval"
ONE_TRAINING = "one training, no interval over trainings"
OVER_DATA = "95 % interval over the data"
SEED = "seed"
"""The column of a measurement whose samples are those of repeated trainings."""


def estimate(measurement: Measurement, metric: Metric) -> Estimate:
    """The value of a metric, in its own unit, as far as its samples tell.

    An exact metric is its count. Of several trainings it is the mean with its t interval over them. A measurement that
    brings its interval (a bootstrap, or what `Metric.covers` tells) keeps it; neither goes beyond what the metric can
    be. Several samples give the median with a distribution-free interval. One sample alone, or one training, has none:
    see `decisive`.
    Raises ValueError on no samples, samples that are not finite, or an exact metric whose samples differ.
    """
    samples = finite(measurement)
    if metric.exact:
        if len(set(samples.tolist())) > 1:
            raise ValueError(f"{metric.name} is exact, yet its samples differ")
        return Estimate(float(samples[0]), float(samples[0]), float(samples[0]), exact=True)
    if SEED in measurement.columns:
        return over_trainings(samples).held(metric)
    if limits := measurement.interval:
        return Estimate(float(np.mean(samples)), *limits, len(samples), scope=metric.covers or OVER_DATA).held(metric)
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


def percentile(samples: Sequence[float], q: float) -> float | None:
    """The q-th percentile (0 < q < 100, linear between order statistics), or None where there are too few samples.

    Enough is when at least one sample lies beyond the percentile with a chance of 99 %: 44 for p90, 459 for p99.
    """
    tail = max(q, 100 - q) / 100
    if not 0 < q < 100 or len(samples) < ceil(log(0.01) / log1p(tail - 1)):
        return None
    return float(np.percentile(np.asarray(samples, np.float64), q))


def decisive(known: Estimate) -> bool:
    """Whether an estimate may decide anything: exact, or with an interval over what may have come out otherwise."""
    return known.exact or known.scope not in (NO_INTERVAL, ONE_TRAINING)


def over_trainings(values: NDArray[np.float64]) -> Estimate:
    """The mean with Student's t interval."""
    count, mean = len(values), float(np.mean(values))
    if count == 1:
        return Estimate(mean, mean, mean, 1, scope=ONE_TRAINING)
    half = student(count - 1) * float(np.std(values, ddof=1)) / sqrt(count)
    return Estimate(mean, mean - half, mean + half, count, scope=trainings(count))


def trainings(count: int) -> str:
    """What an interval over trainings covers."""
    return f"95 % t interval over {count} trainings"


@lru_cache(maxsize=1024)
def _rank(count: int) -> int:
    from scipy.special import bdtr

    tails = bdtr(np.arange(count // 2 + 1), count, 0.5)
    return int(np.searchsorted(tails, (1 - CONFIDENCE) / 2, side="right"))


@lru_cache(maxsize=1024)
def student(freedom: float) -> float:
    """The quantile of Student's t that leaves 5 % on both sides together."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
