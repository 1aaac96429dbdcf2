"""Scale and shift that bring a prediction nearest to ground truth, found anew for each image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_protocols import Alignment, Space

Floats = NDArray[np.float32]


class Line(NamedTuple):
    """aligned = scale * prediction + shift."""

    scale: float
    shift: float


class Moments(NamedTuple):
    """Means of n pixels, float64: of the prediction and of ground truth, of their squares and products about them."""

    prediction: float
    truth: float
    variance: float
    covariance: float


IDENTITY = Line(1.0, 0.0)


def align(alignment: Alignment, prediction: Floats, depth: Floats, fit: Space) -> Line:
    """Least squares or medians over pixels (n,); `prediction` stands in the space `fit`, `depth` (m) is positive.

    median: median of the truth over that of the prediction (T. Zhou et al. 2017). scale, scale-shift: least squares by
    the normal equations in float64 (R. Ranftl et al. 2020, eq. 4). Of a constant prediction every least-squares fit
    comes to the mean of the truth: scale 0. A median or mean square of 0 leaves nothing to scale: also 0.
    """
    if alignment == "none":
        return IDENTITY
    if alignment == "median":
        centre, wanted = float(np.median(prediction)), float(np.median(depth))
        # The median of 1/depth is not 1/median of an even number of pixels.
        wanted = wanted if fit == "depth" else float(np.median(np.reciprocal(depth, dtype=np.float64)))
        return Line(wanted / centre if centre else 0.0, 0.0)
    found = moments(prediction, depth, fit)
    if alignment == "scale":
        square = found.variance + found.prediction**2
        return Line((found.covariance + found.prediction * found.truth) / square if square else 0.0, 0.0)
    scale = found.covariance / found.variance if found.variance > 0 else 0.0
    return Line(scale, found.truth - scale * found.prediction)


def moments(prediction: Floats, depth: Floats, fit: Space) -> Moments:
    """One pass in double precision, about the first pixel so that a large mean takes no digits from the variance."""
    from benchbench.catalog.formulas import depth_kernels

    pivot, count = float(prediction[0]), len(prediction)
    sums = depth_kernels.moments(prediction, depth, pivot, fit == "disparity")
    first, truth, square, product = (each / count for each in sums)
    return Moments(pivot + first, truth, square - first * first, product - first * truth)
