"""A timed run's own check, the reference's identical twin, and what ratios of a run that failed it are worth.

Twin and reference are the same code on the same input: what keeps them apart lies on the ratios of that run, too, and
more rounds do not take it away. Where the interval of the twin's ratio leaves out 1 every interval of the run is
therefore widened by the farther limit of the twin's, so that nothing is judged more finely than the run could tell.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

from benchbench import stats
from benchbench.types import Estimate, Measurement

FAILED = "the run's failed A/A check"
"""In the scope of an interval that was widened for it."""


def apart(measurement: Measurement) -> Estimate | None:
    """The twin's ratio to the reference, where its interval leaves out 1; None where the check holds or was not made.

    Raises ValueError on values that are not positive.
    """
    if not {"twin", "reference"} <= measurement.columns.keys():
        return None
    found = stats.twin_ratio(measurement)
    return found if stats.decisive(found) and not found.low <= 1 <= found.high else None


def ratio(measurement: Measurement) -> Estimate:
    """`stats.ratio` of a variant to its reference, as wide as the run's own check demands."""
    return _widened(stats.ratio(measurement), _doubt(measurement))


def ratio_between(left: Measurement, right: Measurement, *, same_run: bool) -> Estimate:
    """`stats.ratio_between` of two variants, as wide as the own checks of their runs demand."""
    doubts = _doubt(left), _doubt(right)
    return _widened(stats.ratio_between(left, right, same_run=same_run), max(doubts) if same_run else sum(doubts))


def _doubt(measurement: Measurement) -> float:
    """How far the logarithm of a ratio may be off for what the twin showed."""
    found = apart(measurement)
    return max(abs(log(found.low)), abs(log(found.high))) if found else 0.0


def _widened(known: Estimate, doubt: float) -> Estimate:
    if not doubt or not stats.decisive(known):
        return known
    scope = f"{known.scope}, widened by {exp(doubt) - 1:.1%} for {FAILED}"
    return replace(known, low=known.low * exp(-doubt), high=known.high * exp(doubt), scope=scope)
