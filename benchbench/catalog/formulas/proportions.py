"""Intervals of a proportion, and two proportions over the same images compared."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from benchbench.types import Difference

NORMAL = 1.959963984540054
"""Standard deviations either side that hold 95 % of a normal distribution."""
MCNEMAR = "exact McNemar test, Bonett-Price interval"


def wilson(hits: float, count: int) -> tuple[float, float]:
    """95 % limits of a proportion by the score interval (E. B. Wilson, 1927).

    It holds its 95 % on average, stays within 0 and 1 and is never of width zero; the exact interval of Clopper and
    Pearson is wider than it promises, and resampling says nothing about 0 or all of few images.
    """
    share, square = hits / count, NORMAL**2
    centre = (share + square / (2 * count)) / (1 + square / count)
    reach = NORMAL * sqrt(share * (1 - share) / count + square / (4 * count**2)) / (1 + square / count)
    return min(share, max(0.0, centre - reach)), max(share, min(1.0, centre + reach))


def mcnemar(gained: int, lost: int) -> float:
    """The two-sided p of the exact test: of the images that differ, half may go either way (Q. McNemar, 1947)."""
    from scipy.special import bdtr

    changed = gained + lost
    return min(1.0, 2 * float(bdtr(min(gained, lost), changed, 0.5))) if changed else 1.0


def paired_limits(gained: int, lost: int, count: int) -> tuple[float, float]:
    """95 % limits of (gained - lost) / count, with one image added to either side (D. G. Bonett, R. M. Price, 2012).

    Adjusted Wald; the first choice of Fagerland, Lydersen and Laake, Statistics in Medicine 33:2850 (2014), 4.
    """
    more, less = (gained + 1) / (count + 2), (lost + 1) / (count + 2)
    reach = NORMAL * sqrt((more + less - (more - less) ** 2) / (count + 2))
    return max(-1.0, more - less - reach), min(1.0, more - less + reach)


def paired_proportions(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> Difference:
    """The share of `ours` (n,) less that of `theirs` (n,), whether the same n images in order were right."""
    gained, lost = int(np.count_nonzero(ours & ~theirs)), int(np.count_nonzero(theirs & ~ours))
    low, high = paired_limits(gained, lost, len(ours))
    return Difference((gained - lost) / len(ours), low, high, mcnemar(gained, lost), MCNEMAR)
