"""Which indices stay: by score, by place, and how many."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchbench.errors import CannotCut


def best(scores: Sequence[float], count: int, parts: int = 1) -> list[int]:
    """The `count` indices of highest score, ascending; of equal scores the lower index stays.

    With `parts`, count / parts of them in each of so many equal runs. Raises CannotCut for scores that are not finite.
    """
    if not all(math.isfinite(score) for score in scores):
        raise CannotCut("importance scores are not finite", "the weights or the calibration data hold NaN or infinity")
    run, share = len(scores) // parts, count // parts
    kept: list[int] = []
    for start in range(0, len(scores), run):
        ranked = sorted(range(start, start + run), key=lambda index: (-scores[index], index))
        kept += sorted(ranked[:share])
    return kept


def spread(available: int, count: int) -> list[int]:
    """`count` of `available` indices, evenly spread with both ends: i (available - 1) / (count - 1), halves down.

    12 to 6 gives 0, 2, 4, 7, 9, 11, the layers DistilBERT starts from (Sanh et al. 2019); 6 to 3 gives 0, 2, 5; 1 gives
    the first. The quotient is at least 1, so that no index comes twice.
    """
    if count == 1:
        return [0]
    gaps = count - 1
    return [(2 * i * (available - 1) + gaps - 1) // (2 * gaps) for i in range(count)]


def narrowed(width: int, keep: float) -> int:
    """width * keep, halves rounded up. Raises CannotCut for a ratio outside (0, 1] and where nothing would be left."""
    if not 0 < keep <= 1:
        raise CannotCut(f"keep: {keep} is not a ratio above 0 and up to 1")
    kept = math.floor(width * keep + 0.5)
    if kept < 1:
        raise CannotCut(f"keep: {keep} of {width} channels leaves none")
    return kept
