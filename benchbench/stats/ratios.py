"""Ratios of arms that were timed.

They are paired: the unit is the log-ratio of two arms in the same round, so that the drift of a busy machine, which
both arms share, cancels.
"""

from __future__ import annotations

from math import exp, inf, isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np

from benchbench.stats.estimates import NO_INTERVAL, student
from benchbench.stats.samples import column, finite, logs_of
from benchbench.types import Estimate, Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ratio(measurement: Measurement) -> Estimate:
    """metric(variant) / metric(reference), paired by round: exp of the mean log-ratio with its t interval.

    Raises ValueError without a `reference` column, or on values that are not positive.
    """
    return paired(finite(measurement), column(measurement, "reference"))


def twin_ratio(measurement: Measurement) -> Estimate:
    """The reference's identical twin against the reference, paired by round: the run's own A/A check.

    If its interval leaves out 1 the run is bad. Raises ValueError as `ratio` does.
    """
    return paired(column(measurement, "twin"), column(measurement, "reference"))


def ratio_between(left: Measurement, right: Measurement, *, same_run: bool) -> Estimate:
    """metric(left) / metric(right) of two arms.

    Paired by round when both belong to one run and share at least two rounds. Otherwise each arm is first set against
    the reference of its own run, where it has one, and the two are compared as independent (Welch's t interval).
    Raises ValueError on values that are not positive.
    """
    if same_run and (shared := _shared(left, right)):
        numerator, denominator = (np.array([_by_round(arm)[n] for n in shared]) for arm in (left, right))
        return paired(numerator, denominator)
    return _welch(_logs_to_reference(left, right), _logs_to_reference(right, left))


def paired(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> Estimate:
    """The exp of the mean log-ratio of two rows of samples, with its t interval. Raises ValueError as `ratio` does."""
    if numerator.shape != denominator.shape:
        raise ValueError(f"{len(numerator)} samples for {len(denominator)} of the reference")
    logs = logs_of(numerator) - logs_of(denominator)
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
    half = student(freedom) * error
    return Estimate(value, exp(centre - half), exp(centre + half), count, scope=f"95 % interval over {count} rounds")


def _logs_to_reference(arm: Measurement, other: Measurement) -> NDArray[np.float64]:
    logs = logs_of(finite(arm))
    if "reference" in arm.columns and "reference" in other.columns:
        return logs - logs_of(column(arm, "reference"))
    return logs


def _shared(left: Measurement, right: Measurement) -> list[float]:
    if "round" not in left.columns or "round" not in right.columns:
        return []
    rounds = sorted(_by_round(left).keys() & _by_round(right).keys())
    return rounds if len(rounds) > 1 else []


def _by_round(arm: Measurement) -> dict[float, float]:
    return dict(zip(arm.columns["round"], arm.samples, strict=True))
