"""Two variants' numbers over the same images compared: limits and p of their difference."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.bootstrap import Statistics, limits, replicates, units
from benchbench.catalog.formulas.rows import GROUP, Rows
from benchbench.catalog.formulas.signed_ranks import WILCOXON, signed_ranks
from benchbench.types import Difference

RESAMPLES = 200
"""Draws of the paired bootstrap, as many as of a number's own interval."""
T_TEST = "paired t test over images"


def by_images(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Difference:
    """The mean of differences (n,) with Student's t interval (W. S. Gosset, 1908), Wilcoxon's p beside the t test's.

    Wilcoxon's does not take the differences for normal ones. Where every difference is the same there is nothing left
    to chance, and p is 0, or 1 where all are zero. Raises ValueError below two images.
    """
    from scipy.special import stdtr, stdtrit

    differences = ours - theirs
    count = len(differences)
    if count < 2:
        raise ValueError("a paired test needs two images or more")
    mean, error = float(np.mean(differences)), float(np.std(differences, ddof=1)) / sqrt(count)
    reach = float(stdtrit(count - 1, 0.975)) * error
    p = 2 * float(stdtr(count - 1, -abs(mean) / error)) if error else float(mean == 0)
    return Difference(mean, mean - reach, mean + reach, p, T_TEST, ((WILCOXON, signed_ranks(differences)),))


def by_resampling(statistics: Statistics, rows: Rows, others: Rows, resamples: int) -> dict[str, Difference]:
    """The difference of each number over the same images, by draws that both sides meet: of groups where rows tell any.

    None of a single image or group, and none where nothing is told of all images together.
    """
    count = int(units(rows).max()) + 1
    if count < 2:
        return {}
    drawn = f"{count} groups of images" if GROUP in rows.columns else "images"
    ours, theirs = (replicates(statistics, each, resamples, 0) for each in (rows, others))
    found = {}
    for name, values in ours.items():
        differences = values - theirs[name]
        told = differences[1:][np.isfinite(differences[1:])]
        if np.isfinite(differences[0]) and len(told) > 1:
            found[name] = by_draws(float(differences[0]), told, drawn)
    return found


def by_draws(value: float, differences: NDArray[np.float64], drawn: str = "images") -> Difference:
    """The difference `value` with its replicates (B,), each of one draw that both variants met, in words: of what.

    Limits are those of a bootstrap; p takes the replicates' spread for a normal one.
    """
    low, high = limits(value, differences)
    spread = float(np.std(differences, ddof=1))
    p = erfc(abs(value) / spread / sqrt(2)) if spread else float(value == 0)
    return Difference(value, low, high, p, f"paired bootstrap over {drawn}, {len(differences)} draws")
