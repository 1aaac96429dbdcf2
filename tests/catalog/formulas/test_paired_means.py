"""Paired differences of means, against SciPy's tests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from benchbench.catalog.formulas.paired_means import by_draws, by_images


@given(st.integers(0, 2**32), st.integers(2, 40))
def test_differences_by_image_are_scipys_paired_t_test(seed: int, count: int) -> None:
    ours, theirs = np.random.default_rng(seed).normal(size=(2, count))
    found, expected = by_images(ours, theirs), ttest_rel(ours, theirs)
    limits = expected.confidence_interval(0.95)
    assert (found.low, found.high, found.p) == pytest.approx((limits.low, limits.high, expected.pvalue), rel=1e-6)
    assert found.value == pytest.approx(float(np.mean(ours) - np.mean(theirs)))


def test_differences_without_spread_leave_nothing_to_chance() -> None:
    base = np.arange(4.0)
    shifted, same = by_images(base + 0.5, base), by_images(base, base)
    assert (shifted.low, shifted.high, shifted.p) == (0.5, 0.5, 0.0)
    assert (same.low, same.high, same.p) == (0.0, 0.0, 1.0)


def test_one_image_is_no_pair() -> None:
    with pytest.raises(ValueError, match="two images"):
        by_images(np.ones(1), np.ones(1))


def test_draws_agree_with_the_t_test_where_both_hold() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.normal(0.15, 1, 400), rng.normal(0, 1, 400)
    draws = np.stack([rng.multinomial(400, np.full(400, 1 / 400)) for _ in range(2000)])
    found = by_draws(float(np.mean(ours - theirs)), draws @ (ours - theirs) / 400)
    exact = by_images(ours, theirs)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.01)
    assert found.p == pytest.approx(exact.p, abs=0.02)


def test_draws_without_spread() -> None:
    assert by_draws(0.0, np.zeros(5)).p == 1.0
    assert by_draws(1.0, np.ones(5)).p == 0.0
