"""The loops over a depth map's pixels, compiled: imported where pixels are at hand and nowhere else.

Inputs are single precision, everything made of them double: a ratio and one logarithm for each pixel. Blocks of pixels
stay in the first-level cache from step to step, and no step has branches, so that vector units take it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.compiled import compiled

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
BLOCK = 512
"""Pixels at a time."""
RATIOS = ("prediction / depth", "depth / prediction", "1 / (prediction depth)", "prediction depth")
"""What `errors` may compare, by index: of even ones the truth is the depth, of odd ones its inverse."""
LN2 = float(np.log(2.0))
_ROOT_HALF = 0x3FE6A09E667F3BCD
"""The bits of the square root of 1/2."""
_MANTISSA = 52


@compiled
def choose(
    output: Floats,
    depth: Floats,
    valid: NDArray[np.bool_],
    window: tuple[int, int, int, int],
    limits: tuple[np.float32, np.float32],
    closed: bool,
    found: Floats,
) -> int:
    """Put output and depth of the pixels that count into `found` (2, as many as the window has); how many they are.

    output, depth, valid (H, W); window: top, bottom, left, right, those at the bottom and right excluded. A pixel
    counts where it is valid and its depth within the limits, `closed` telling whether they themselves are.
    """
    top, bottom, left, right = window
    low, high = limits
    count = 0
    for row in range(top, bottom):
        for column in range(left, right):
            truth = depth[row, column]
            inside = (truth >= low) & (truth <= high) if closed else (truth > low) & (truth < high)
            found[0, count] = output[row, column]
            found[1, count] = truth
            count += int(inside & valid[row, column])
    return count


@compiled
def moments(prediction: Floats, depth: Floats, pivot: float, inverse: bool) -> tuple[float, float, float, float]:
    """Sums over pixels (n,) of x, y, x x and x y: x is prediction - pivot, y the depth or its inverse."""
    first = truth = square = product = 0.0
    for index in range(len(prediction)):
        x = np.float64(prediction[index]) - pivot
        y = np.float64(depth[index])
        y = 1.0 / y if inverse else y
        first += x
        truth += y
        square += x * x
        product += x * y
    return first, truth, square, product


@compiled
def errors(
    prediction: Floats, depth: Floats, line: tuple[float, float], limits: tuple[float, float], ratio: int
) -> Doubles:
    """How many pixels were drawn to the limits, how many are not positive then, and nine sums in order of SUMS.

    prediction, depth (n,); line: scale and shift of the prediction; limits: lowest and highest aligned prediction;
    ratio: index in RATIOS.
    """
    sums = np.zeros(11)
    ratios, truths = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, len(prediction), BLOCK):
        end = min(len(prediction), start + BLOCK)
        size = end - start
        _compare(prediction[start:end], depth[start:end], line, limits, ratio, ratios, truths, sums)
        _add_errors(ratios[:size], truths[:size], sums)
        _add_logarithms(ratios[:size], truths[:size], sums)
    return sums


@compiled
def _compare(
    prediction: Floats,
    depth: Floats,
    line: tuple[float, float],
    limits: tuple[float, float],
    ratio: int,
    ratios: Doubles,
    truths: Doubles,
    sums: Doubles,
) -> None:
    """Fills in ratios and truths of a block."""
    scale, shift = line
    low, high = limits
    outside = bad = 0
    for index in range(len(prediction)):
        aligned, truth = scale * float(prediction[index]) + shift, float(depth[index])
        outside += int((aligned < low) | (aligned > high))
        aligned = low if aligned < low else aligned
        aligned = high if aligned > high else aligned
        bad += int(not aligned > 0)
        if ratio == 0:
            ratios[index] = aligned / truth
        elif ratio == 1:
            ratios[index] = truth / aligned
        else:
            ratios[index] = 1.0 / (aligned * truth) if ratio == 2 else aligned * truth
        truths[index] = truth if ratio % 2 == 0 else 1.0 / truth
    sums[0] += outside
    sums[1] += bad


@compiled
def _add_errors(ratios: Doubles, truths: Doubles, sums: Doubles) -> None:
    """A factor of exactly 1.25 is not within 1.25 on either side: 1.25 times the double nearest to 0.8 rounds to 1."""
    absolute = relative = square = 0.0
    once = twice = thrice = 0
    for index in range(len(ratios)):
        ratio = ratios[index]
        error = ratio - 1.0
        distance = truths[index] * error
        absolute += abs(error)
        relative += distance * error
        square += distance * distance
        once += int((ratio < 1.25) & (ratio * 1.25 > 1.0))
        twice += int((ratio < 1.5625) & (ratio * 1.5625 > 1.0))
        thrice += int((ratio < 1.953125) & (ratio * 1.953125 > 1.0))
    sums[2] += absolute
    sums[3] += relative
    sums[4] += square
    sums[8] += once
    sums[9] += twice
    sums[10] += thrice


@compiled
def _add_logarithms(ratios: Doubles, exponents: Doubles, sums: Doubles) -> None:
    """Both arrays are used up. Ratios are positive and normal numbers, or their sums mean nothing.

    Each is m 2^k with m from sqrt(1/2) to sqrt(2), and ln m = 2 artanh s = 2 (s + s^3/3 + s^5/5 + ...) with
    s = (m - 1)/(m + 1), |s| < 0.172: the terms after s^19 are below 1e-17 of it.
    """
    bits = ratios.view(np.int64)
    for index in range(len(ratios)):
        exponent = (bits[index] - _ROOT_HALF) >> _MANTISSA
        exponents[index] = exponent
        bits[index] -= exponent << _MANTISSA
    plain = square = absolute = 0.0
    for index in range(len(ratios)):
        s = (ratios[index] - 1.0) / (ratios[index] + 1.0)
        z = s * s
        tail = z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19)))))
        series = 1.0 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + tail))))
        logarithm = exponents[index] * LN2 + 2.0 * s * series
        plain += logarithm
        square += logarithm * logarithm
        absolute += abs(logarithm)
    sums[5] += plain
    sums[6] += square
    sums[7] += absolute
