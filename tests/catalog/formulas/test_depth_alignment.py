"""Fits against NumPy's least squares in double precision, also where single precision would lose them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.formulas.depth_alignment import IDENTITY, Line, align
from benchbench.catalog.formulas.depth_kernels import BLOCK
from benchbench.catalog.formulas.depth_protocols import Space

SPACES: list[Space] = ["depth", "disparity"]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([2, 30, 800, BLOCK + 7]),
    st.sampled_from(SPACES),
    st.sampled_from([1e-3, 1.0, 1e4]),
    st.floats(-1e3, 1e3),
)
def test_least_squares(seed: int, count: int, fit: Space, spread: float, offset: float) -> None:
    """Of any spread about any offset."""
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.5, 20, count).astype(np.float32)
    prediction = (spread * (rng.normal(0, 1, len(depth)) + 1 / depth) + offset).astype(np.float32)
    truth = depth.astype(np.float64) if fit == "depth" else 1 / depth.astype(np.float64)
    x = prediction.astype(np.float64)
    design = np.stack([x, np.ones_like(x)], 1)
    line = align("scale-shift", prediction, depth, fit)
    expected = design @ np.linalg.lstsq(design, truth, rcond=1e-15)[0]
    assert line.scale * x + line.shift == pytest.approx(expected, rel=1e-6, abs=1e-6)
    (scale,) = np.linalg.lstsq(x[:, None], truth, rcond=None)[0]
    assert align("scale", prediction, depth, fit) == pytest.approx((scale, 0.0), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("fit", SPACES)
@pytest.mark.parametrize("count", [11, 12])
def test_medians(fit: Space, count: int) -> None:
    """The median of an even number of pixels is the mean of two: that of 1/depth is not 1/median."""
    depth = np.geomspace(1, 16, count).astype(np.float32)
    prediction = np.linspace(3, 4, count).astype(np.float32)
    truth = depth if fit == "depth" else 1 / depth.astype(np.float64)
    expected = float(np.median(truth)) / float(np.median(prediction))
    assert align("median", prediction, depth, fit) == pytest.approx((expected, 0.0), rel=1e-6)


def test_no_alignment() -> None:
    assert align("none", np.ones(3, np.float32), np.ones(3, np.float32), "depth") == IDENTITY


def test_the_line_is_found_again() -> None:
    depth = np.linspace(1, 9, 5000, dtype=np.float32)
    line = align("scale-shift", (4 / depth + 7).astype(np.float32), depth, "disparity")
    assert line == pytest.approx((0.25, -1.75), rel=1e-5)


def test_of_a_constant_prediction_the_mean_of_the_truth_is_left() -> None:
    depth = np.array([1.0, 2, 3, 6], np.float32)
    assert align("scale-shift", np.full(4, 0.3, np.float32), depth, "depth") == Line(0.0, 3.0)
    for nothing in ("scale", "median"):
        assert align(nothing, np.zeros(4, np.float32), depth, "depth") == Line(0.0, 0.0)
