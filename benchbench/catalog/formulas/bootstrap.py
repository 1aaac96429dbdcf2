"""Intervals by bootstrap over images (B. Efron, 1979): images are drawn anew, with replacement, and scored again.

Where rows tell which images belong together, as frames of one drive do, whole groups are drawn: images of one group
resemble each other, and to draw them one by one would promise more than they tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import GROUP, Rows

Doubles = NDArray[np.float64]
Draws = NDArray[np.int64]
Statistics = Callable[[Rows, Draws], Mapping[str, Doubles]]
"""A probe's numbers (B,) of rows under draws (B, n) of their images; NaN where a draw leaves nothing to tell."""
NORMAL = 1.96
"""Standard deviations either side of the point that hold 95 %."""


def drawn(images: int, seed: int, replicate: int) -> NDArray[np.int64]:
    """Multinomial multiplicities (images,) that sum to `images`: a pure function of (seed, replicate).

    Two variants scored on the same images meet the same draw, which pairs them.
    """
    generator = np.random.default_rng((seed, replicate))
    return np.bincount(generator.integers(0, images, images), minlength=images)


def draws(images: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """The draws 0 to resamples - 1 (resamples, images), for statistics that take all of them at once."""
    if resamples < 2:
        raise ValueError(f"an interval needs 2 resamples or more, got {resamples}")
    return np.stack([drawn(images, seed, replicate) for replicate in range(resamples)])


def units(rows: Rows) -> NDArray[np.int64]:
    """Of each image (n,) which is drawn with it: the rank of its id, or of its group."""
    drawn_by = rows.columns.get(GROUP, rows.ids)
    return np.unique(drawn_by, return_inverse=True)[1].astype(np.int64)


def replicates(statistics: Statistics, rows: Rows, resamples: int, seed: int) -> dict[str, Doubles]:
    """Each number (1 + resamples,): first of every image once, then under the draws 0 to resamples - 1.

    The order of rows does not matter: draws are of images in order of their ids, or of groups in theirs.
    """
    unit = units(rows)
    drawn_units = draws(int(unit.max()) + 1, resamples, seed)
    once = np.ones((1, len(rows)), np.int64)
    return dict(statistics(rows, np.concatenate([once, drawn_units[:, unit]])))


def intervals(statistics: Statistics, rows: Rows, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """95 % limits of each number that is one; none of a single image or group."""
    if not units(rows).any():
        return {}
    values = replicates(statistics, rows, resamples, seed)
    told = {name: (float(each[0]), each[1:][np.isfinite(each[1:])]) for name, each in values.items()}
    return {name: limits(point, each) for name, (point, each) in told.items() if np.isfinite(point) and len(each) > 1}


def limits(point: float, values: Doubles) -> tuple[float, float]:
    """The point and 1.96 standard deviations of its replicates (B,) either side.

    Percentiles would sit too high for average precision, which resampling biases upwards.
    """
    reach = NORMAL * float(np.std(values, ddof=1))
    return point - reach, point + reach
