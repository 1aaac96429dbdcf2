"""The effect between two checkouts that took turns: paired by round, as nothing that is measured apart can be.

The chance of a call to be held up by somebody else is the same for both of a pair, so that the log-ratio of equal code
is as often above zero as below, however long its tails: what Wilcoxon's signed ranks ask for, and all they ask for.
"""

from __future__ import annotations

from math import hypot, inf, log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from benchbench import twins
from benchbench.types import Measurement
from benchbench.verify.effects import CONFIDENCE, LEAST_ROUNDS, WIDER, Effect

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT = 50
"""So many pairs, and the distribution of the signed ranks is counted; beyond, it is normal to three digits."""
MOST = 1500
"""Pairs of which all averages are formed; of more, those spread evenly."""


def between_turns(before: Measurement, after: Measurement) -> Effect | None:
    """The log of after over before of the same rounds: Hodges and Lehmann's estimate with its 99 % limits.

    Two processes put their models at different places in memory, which no round can tell: twice the variance of `twins`
    is added, and a twin of before that came apart moves both limits out and the test with them. `p` is the larger of
    the signed ranks' and a normal's with all that. None on fewer than `LEAST_ROUNDS` rounds. Raises ValueError on
    values that are not positive, or not as many on both sides.
    """
    pairs = list(zip(before.samples, after.samples, strict=True))
    if len(pairs) < LEAST_ROUNDS:
        return None
    if not all(0 < value < inf for pair in pairs for value in pair):
        raise ValueError("a ratio needs positive, finite values")
    step = -(-len(pairs) // MOST)
    gaps = np.array([log(theirs / ours) for ours, theirs in pairs[::step]])
    centre, low, high = located(gaps)
    placed, doubt = WIDER * sqrt(2) * twins.PLACEMENT, _doubt(before)
    down, up = hypot(centre - low, placed), hypot(high - centre, placed)
    error = (down if centre > 0 else up) / WIDER
    p = max(signed_rank_p(gaps), _normal_p(max(abs(centre) - doubt, 0.0) / error))
    return Effect(centre, centre - down - doubt, centre + up + doubt, p, len(pairs))


def located(gaps: NDArray[np.float64]) -> tuple[float, float, float]:
    """The median of the averages of all pairs of gaps, each with itself too, and its 99 % limits by signed ranks.

    Hodges and Lehmann 1963. Below eight gaps no two averages enclose 99 %: the limits lie one range of them apart.
    """
    rows, columns = np.triu_indices(len(gaps))
    averages = np.sort((gaps[rows] + gaps[columns]) / 2)
    rank = _rank(len(gaps))
    spread = 0.0 if rank else float(averages[-1] - averages[0])
    outer = max(rank, 1)
    return float(np.median(averages)), float(averages[outer - 1]) - spread, float(averages[-outer]) + spread


def signed_rank_p(gaps: NDArray[np.float64]) -> float:
    """Wilcoxon's two-sided p that the gaps are symmetric about zero; gaps of zero count half to either side."""
    ranks = _ranks(np.abs(gaps))
    positive = float(ranks[gaps > 0].sum() + ranks[gaps == 0].sum() / 2)
    count = len(gaps)
    least = min(positive, count * (count + 1) / 2 - positive)
    if count <= EXACT:
        return min(1.0, 2 * float(_chances(count)[: int(least + 0.5) + 1].sum()))
    middle, deviation = _moments(count)
    return _normal_p(max(0.0, middle - least - 0.5) / deviation)


def _ranks(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1 on; equal ones share the mean of theirs."""
    _, which, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    mean: NDArray[np.float64] = np.cumsum(counts) - (counts - 1) / 2
    return mean[which]


def _rank(count: int) -> int:
    """The greatest k for which the signed-rank sum is below k with at most half a per cent; 0 where there is none."""
    tail = (1 - CONFIDENCE) / 2
    if count > EXACT:
        middle, deviation = _moments(count)
        return int(middle - WIDER * deviation)
    return int(np.searchsorted(np.cumsum(_chances(count)), tail, side="right"))


def _chances(count: int) -> NDArray[np.float64]:
    """The probability of each sum of ranks 1 to count, each taken or not by a coin."""
    found = np.zeros(count * (count + 1) // 2 + 1)
    found[0] = 1.0
    for rank in range(1, count + 1):
        shifted = np.concatenate((np.zeros(rank), found[:-rank]))
        found = (found + shifted) / 2
    return found


def _moments(count: int) -> tuple[float, float]:
    return count * (count + 1) / 4, sqrt(count * (count + 1) * (2 * count + 1) / 24)


def _normal_p(away: float) -> float:
    from scipy.special import ndtr

    return min(1.0, 2 * float(ndtr(-away)))


def _doubt(before: Measurement) -> float:
    found = twins.apart(before)
    return max(abs(log(found.low)), abs(log(found.high))) if found else 0.0
