"""The compiled loops against NumPy in double precision, to the last digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.catalog.formulas import depth_kernels
from benchbench.catalog.formulas.depth_kernels import BLOCK, RATIOS

Doubles = NDArray[np.float64]
SIZES = st.sampled_from([1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])


def expected(aligned: Doubles, truth: Doubles, ratio: int) -> list[float]:
    """The nine sums, each by its own formula."""
    prediction = aligned if ratio in {0, 3} else 1 / aligned
    truth = truth if ratio in {0, 2} else 1 / truth
    worse = np.maximum(prediction / truth, truth / prediction)
    logs = np.log(prediction / truth)
    error = prediction - truth
    sums = [abs(error) / truth, error**2 / truth, error**2, logs, logs**2, abs(logs)]
    return [float(each.sum()) for each in sums] + [float((worse < 1.25**power).sum()) for power in (1, 2, 3)]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32),
    SIZES,
    st.sampled_from(range(len(RATIOS))),
    st.sampled_from([1e-6, 0.1, 3.0, 10.0]),
    st.sampled_from([1.0, 0.3, -2.0]),
)
def test_sums_are_those_of_double_precision(seed: int, count: int, ratio: int, noise: float, scale: float) -> None:
    """From nearly right to wrong by factors of a billion, and drawn to limits."""
    rng = np.random.default_rng(seed)
    depth = np.exp(rng.uniform(-3, 5, count)).astype(np.float32)
    ideal = depth.astype(np.float64) if ratio < 2 else 1 / depth.astype(np.float64)
    prediction = ((ideal * np.exp(noise * rng.normal(0, 1, count)) - 0.2) / scale).astype(np.float32)
    aligned = scale * prediction.astype(np.float64) + 0.2
    low, high = 1e-3, 4 * abs(float(np.median(aligned))) + 0.01
    outside = np.count_nonzero((aligned < low) | (aligned > high))
    found = depth_kernels.errors(prediction, depth, (scale, 0.2), (low, high), ratio)
    assert found[:2].tolist() == [outside, 0]
    wanted = expected(np.clip(aligned, low, high), depth.astype(np.float64), ratio)
    assert found[2:] == pytest.approx(wanted, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("ratio", range(len(RATIOS)))
def test_what_is_not_positive_is_counted(ratio: int) -> None:
    prediction = np.array([1, 0, -1, np.nan, 2], np.float32)
    found = depth_kernels.errors(prediction, np.ones(5, np.float32), (1.0, 0.0), (-np.inf, np.inf), ratio)
    assert found[:2].tolist() == [0, 3]


@given(st.integers(0, 2**32), SIZES, st.booleans())
@settings(max_examples=50, deadline=None)
def test_moments(seed: int, count: int, inverse: bool) -> None:
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.5, 20, count).astype(np.float32)
    prediction = rng.normal(3, 1, count).astype(np.float32)
    x, y = prediction.astype(np.float64) - 3.0, depth.astype(np.float64)
    y = 1 / y if inverse else y
    wanted = [x.sum(), y.sum(), (x * x).sum(), (x * y).sum()]
    assert depth_kernels.moments(prediction, depth, 3.0, inverse) == pytest.approx(wanted, rel=1e-10, abs=1e-10)


@given(st.integers(0, 2**32), st.tuples(st.integers(0, 9), st.integers(0, 9)), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_pixels_that_count(seed: int, shape: tuple[int, int], closed: bool) -> None:
    rng = np.random.default_rng(seed)
    output = rng.normal(0, 1, shape).astype(np.float32)
    depth = rng.choice([0.5, 1.0, 2.0, 4.0, np.nan, np.inf], shape).astype(np.float32)
    valid = rng.random(shape) < 0.7
    top, left = (int(rng.integers(0, size + 1)) for size in shape)
    window = (top, shape[0], left, shape[1])
    inside = (depth >= 1) & (depth <= 4) if closed else (depth > 1) & (depth < 4)
    counts = (valid & inside)[top:, left:]
    found = np.empty((2, depth.size), np.float32)
    limits = np.float32(1), np.float32(4)
    count = depth_kernels.choose(output, depth, valid, window, limits, closed, found)
    np.testing.assert_array_equal(found[0, :count], output[top:, left:][counts])
    np.testing.assert_array_equal(found[1, :count], depth[top:, left:][counts])
