"""Paired differences of means, against SciPy's tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ttest_rel

from benchbench.catalog.formulas.paired_means import by_draws, by_images, by_resampling
from benchbench.catalog.formulas.rows import GROUP, Rows, gather
from benchbench.catalog.formulas.signed_ranks import signed_ranks


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


def value_rows(values: NDArray[np.float64], groups: Sequence[int] = ()) -> Rows:
    rows = [{"value": np.array([value])} for value in values]
    if groups:
        rows = [{**row, GROUP: np.array([group])} for row, group in zip(rows, groups, strict=True)]
    return gather(range(len(rows)), rows)


def mean(rows: Rows, draws: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    return {"mean": draws @ rows.columns["value"] / draws.sum(1), "nothing": np.full(len(draws), np.nan)}


def test_both_sides_meet_the_same_draws() -> None:
    """What both have in common falls out of the difference."""
    rng = np.random.default_rng(2)
    common, gain = rng.normal(0, 100, 300), rng.normal(0.2, 1, 300)
    found = by_resampling(mean, value_rows(common + gain), value_rows(common), 2000)
    exact = by_images(gain, np.zeros(300))
    assert found.keys() == {"mean"}
    assert (found["mean"].low, found["mean"].high) == pytest.approx((exact.low, exact.high), abs=0.01)
    assert found["mean"].test == "paired bootstrap over images, 2000 draws"


def test_groups_are_drawn_whole() -> None:
    rng = np.random.default_rng(2)
    gain, groups = rng.normal(0.2, 1, 50), np.repeat(np.arange(50), 4).tolist()
    once = by_resampling(mean, value_rows(gain), value_rows(np.zeros(50)), 400)["mean"]
    fourfold = by_resampling(mean, value_rows(np.repeat(gain, 4), groups), value_rows(np.zeros(200), groups), 400)[
        "mean"
    ]
    assert (fourfold.value, fourfold.low, fourfold.high) == pytest.approx((once.value, once.low, once.high), rel=1e-9)
    assert fourfold.test == "paired bootstrap over 50 groups of images, 400 draws"
    assert by_resampling(mean, value_rows(np.ones(5), [1] * 5), value_rows(np.ones(5), [1] * 5), 9) == {}


@given(st.integers(0, 2**32), st.integers(2, 60))
def test_wilcoxons_p_stands_beside_that_of_the_t_test(seed: int, count: int) -> None:
    ours, theirs = np.random.default_rng(seed).normal(size=(2, count))
    [(name, p)] = by_images(ours, theirs).also
    assert (name, p) == ("Wilcoxon signed-rank", signed_ranks(ours - theirs))
