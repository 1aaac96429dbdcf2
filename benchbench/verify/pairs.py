"""Two measured numbers set against each other: by rounds, by seeds, by images, or as they are."""

from __future__ import annotations

from dataclasses import replace

from benchbench import stats, twins
from benchbench.types import Estimate
from benchbench.verify.evidence import Evidence, Held


def ratio(left: Held, right: Held, evidence: Evidence) -> Estimate:
    """metric(left) / metric(right): paired where both were timed, trained with the same seeds, or scored on the same
    images; else of the estimates.

    Raises ValueError where the right may be zero.
    """
    if "round" not in left.measurement.columns or "round" not in right.measurement.columns:
        paired = evidence.difference(left, right)
        if paired is not None:
            return stats.ratio_from(paired, right.estimate)
        return stats.quotient_between(left.measurement, right.measurement, left.metric)
    if right.entry.trial.variant.name == evidence.reference and "reference" in left.measurement.columns:
        return twins.ratio(left.measurement)
    runs = [held.entry.record.run if held.entry.record else None for held in (left, right)]
    same_run = runs[0] is not None and runs[0] == runs[1]
    return twins.ratio_between(left.measurement, right.measurement, same_run=same_run)


def change(left: Held, right: Held, evidence: Evidence) -> Estimate:
    """metric(left) / metric(right) - 1, as `ratio`."""
    found = ratio(left, right, evidence)
    return replace(found, value=found.value - 1, low=found.low - 1, high=found.high - 1)


def difference(left: Held, right: Held, evidence: Evidence) -> Estimate:
    """metric(left) - metric(right): paired by images or seeds where they are the same, else of the estimates."""
    paired = evidence.difference(left, right)
    return stats.difference_between(left.measurement, right.measurement, left.metric) if paired is None else paired
