"""Intervals by bootstrap over images (B. Efron, 1979): images are drawn anew, with replacement, and scored again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

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


def replicates(
    statistics: Callable[[NDArray[np.int64]], Mapping[str, float]], images: int, resamples: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Each statistic (resamples,) under the draws 0 to resamples - 1."""
    found = [statistics(draw) for draw in draws(images, resamples, seed)]
    return {name: np.array([each[name] for each in found]) for name in found[0]}


def limits(point: float, values: NDArray[np.float64]) -> tuple[float, float]:
    """The point and 1.96 standard deviations of its replicates (B,) either side.

    Percentiles would sit too high for average precision, which resampling biases upwards.
    """
    reach = NORMAL * float(np.std(values, ddof=1))
    return point - reach, point + reach
