"""Timed ratios as they are reported and judged, and a run's own check: the reference's identical twin.

An interval over the rounds of one process knows nothing of what stays the same in all of them, such as where each
model's weights came to lie in memory. Equal models in one process came apart by 0.5 % (one standard deviation; 0.9 %
at most) on an otherwise exact clock, so that much is added to every interval; see benchmarks/test_interleaving.py.

Twin and reference are the same code on the same input: what keeps them apart beyond that lies on the ratios of the run,
too, and more rounds do not take it away. Where the interval of the twin's ratio leaves out 1 every interval of the run
is widened by the farther limit of the twin's, so that nothing is judged more finely than the run could tell.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, hypot, log, sqrt

from benchbench import stats
from benchbench.types import Estimate, Measurement

FAILED = "the run's failed A/A check"
"""In the scope of an interval that was widened for it."""


PLACEMENT = 0.005
"""Standard deviation of the log-ratio of equal models of one process that does not change from round to round."""
NORMAL = 1.96


def apart(measurement: Measurement) -> Estimate | None:
    """The twin's ratio to the reference, where its interval leaves out 1; None where the check holds or was not made.

    Raises ValueError on values that are not positive.
    """
    if not {"twin", "reference"} <= measurement.columns.keys():
        return None
    found = twin_ratio(measurement)
    return found if stats.decisive(found) and not found.low <= 1 <= found.high else None


def twin_ratio(measurement: Measurement) -> Estimate:
    """The reference's identical twin against the reference. Raises ValueError as `stats.ratio` does."""
    return _widened(stats.twin_ratio(measurement), PLACEMENT)


def plain_ratio(measurement: Measurement) -> Estimate:
    """A variant to its reference, whatever came of the run's own check. Raises ValueError as `stats.ratio` does."""
    return _widened(stats.ratio(measurement), PLACEMENT)


def ratio(measurement: Measurement) -> Estimate:
    """`plain_ratio`, as wide as the run's own check demands."""
    return _doubted(plain_ratio(measurement), _doubt(measurement))


def ratio_between(left: Measurement, right: Measurement, *, same_run: bool) -> Estimate:
    """`stats.ratio_between` of two variants, as wide as the own checks of their runs demand."""
    doubts = _doubt(left), _doubt(right)
    known = stats.ratio_between(left, right, same_run=same_run)
    if same_run:
        return _doubted(_widened(known, PLACEMENT), max(doubts))
    return _doubted(_widened(known, sqrt(2) * PLACEMENT), sum(doubts))


def _widened(known: Estimate, deviation: float) -> Estimate:
    """With a deviation of the logarithm that is independent of the rounds: half-widths add up as squares."""
    if not stats.decisive(known):
        return known
    half = hypot(log(known.high / known.low) / 2, NORMAL * deviation)
    return replace(known, low=known.value * exp(-half), high=known.value * exp(half))


def _doubt(measurement: Measurement) -> float:
    """How far the logarithm of a ratio may be off for what the twin showed."""
    found = apart(measurement)
    return max(abs(log(found.low)), abs(log(found.high))) if found else 0.0


def _doubted(known: Estimate, doubt: float) -> Estimate:
    if not doubt or not stats.decisive(known):
        return known
    scope = f"{known.scope}, widened by {exp(doubt) - 1:.1%} for {FAILED}"
    return replace(known, low=known.low * exp(-doubt), high=known.high * exp(doubt), scope=scope)
