"""Wilcoxon's signed-rank test (F. Wilcoxon, 1945): whether paired differences lie on both sides of zero alike."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

WILCOXON = "Wilcoxon signed-rank"
EXACT = 50
"""Up to so many differences every way of giving them signs is counted; beyond it the sum of ranks is a normal one."""


def signed_ranks(differences: NDArray[np.float64]) -> float:
    """The two-sided p of differences (n,) about zero; 1 where none differs.

    Zeros are left out and equal sizes share the mean of their ranks, as Wilcoxon did. Up to EXACT differences p is that
    of the sum's own distribution, given the ties; above it that of a normal one with its variance, without correction
    for continuity.
    """
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    doubled = _doubled_ranks(np.abs(moved))
    positive, total = int(doubled[moved > 0].sum()), int(doubled.sum())
    if len(moved) <= EXACT:
        ways = _ways(doubled)
        farther = min(positive, total - positive)
        return min(1.0, 2 * float(ways[: farther + 1].sum()) / 2.0 ** len(moved))
    deviation = sqrt(float((doubled.astype(np.float64) ** 2).sum())) / 2
    return erfc(abs(positive - total / 2) / deviation / sqrt(2))


def _doubled_ranks(sizes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twice the rank of each size (n,), so that the mean rank of equal ones is whole, too."""
    _, place, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (2 * last - counts + 1)[place].astype(np.int64)


def _ways(doubled: NDArray[np.int64]) -> NDArray[np.float64]:
    """In how many of the 2^n ways of giving ranks signs the positive ones come to each sum: exact below 2^53."""
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1.0
    for rank in doubled:
        ways[rank:] += ways[:-rank].copy()
    return ways
