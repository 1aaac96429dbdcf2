"""Two variants' numbers over the same images compared: limits and p of their difference."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.bootstrap import limits
from benchbench.types import Difference

RESAMPLES = 200
"""Draws of the paired bootstrap, as many as of a number's own interval."""
T_TEST = "paired t test over images"


def by_images(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Difference:
    """The mean of differences (n,) with Student's t interval (W. S. Gosset, 1908). Raises ValueError below two images.

    Where every difference is the same there is nothing left to chance, and p is 0, or 1 where all are zero.
    """
    from scipy.special import stdtr, stdtrit

    differences = ours - theirs
    count = len(differences)
    if count < 2:
        raise ValueError("a paired test needs two images or more")
    mean, error = float(np.mean(differences)), float(np.std(differences, ddof=1)) / sqrt(count)
    reach = float(stdtrit(count - 1, 0.975)) * error
    p = 2 * float(stdtr(count - 1, -abs(mean) / error)) if error else float(mean == 0)
    return Difference(mean, mean - reach, mean + reach, p, T_TEST)


def by_draws(value: float, differences: NDArray[np.float64]) -> Difference:
    """The difference `value` with its replicates (B,), each of one draw of images that both variants met.

    Limits are those of a bootstrap; p takes the replicates' spread for a normal one.
    """
    low, high = limits(value, differences)
    spread = float(np.std(differences, ddof=1))
    p = erfc(abs(value) / spread / sqrt(2)) if spread else float(value == 0)
    return Difference(value, low, high, p, f"paired bootstrap over images, {len(differences)} draws")
