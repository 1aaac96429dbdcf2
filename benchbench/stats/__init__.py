"""Estimates with their intervals, from kept samples.

Intervals cover 95 %. SciPy's special functions are loaded when first needed; scipy.stats never is.
"""

from benchbench.stats.combined import (
    SAME_IMAGES,
    chance,
    difference,
    difference_between,
    over_images,
    quotient,
    quotient_between,
    ratio_from,
)
from benchbench.stats.estimates import (
    CONFIDENCE,
    NO_INTERVAL,
    ONE_TRAINING,
    OVER_DATA,
    SEED,
    decisive,
    estimate,
    median,
    percentile,
)
from benchbench.stats.ratios import ratio, ratio_between, twin_ratio

__all__ = [
    "CONFIDENCE",
    "NO_INTERVAL",
    "ONE_TRAINING",
    "OVER_DATA",
    "SAME_IMAGES",
    "SEED",
    "chance",
    "decisive",
    "difference",
    "difference_between",
    "estimate",
    "median",
    "over_images",
    "percentile",
    "quotient",
    "quotient_between",
    "ratio",
    "ratio_between",
    "ratio_from",
    "twin_ratio",
]
