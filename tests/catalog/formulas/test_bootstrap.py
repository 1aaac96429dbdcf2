"""Draws, replicates and limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.catalog.formulas.bootstrap import Doubles, drawn, draws, intervals, limits, replicates, units
from benchbench.catalog.formulas.rows import GROUP, Rows, gather


@given(st.integers(1, 200), st.integers(0, 2**40), st.integers(0, 10**6))
def test_a_draw_is_a_pure_function_and_keeps_the_number_of_images(images: int, seed: int, replicate: int) -> None:
    draw = drawn(images, seed, replicate)
    assert draw.shape == (images,)
    assert draw.sum() == images
    assert (draw >= 0).all()
    assert np.array_equal(draw, drawn(images, seed, replicate))


def test_all_draws_are_the_draws_one_by_one() -> None:
    found = draws(6, 4, 3)
    assert found.shape == (4, 6)
    assert found.tolist() == [drawn(6, 3, replicate).tolist() for replicate in range(4)]


def test_draws_differ_by_seed_and_by_replicate() -> None:
    draws = {drawn(50, seed, replicate).tobytes() for seed in range(5) for replicate in range(20)}
    assert len(draws) == 100


def test_draws_are_multinomial() -> None:
    """Mean 1, variance 1 - 1/n, covariance -1/n; each within five standard errors."""
    draws = np.array([drawn(20, 0, replicate) for replicate in range(4000)])
    assert draws.mean(0) == pytest.approx(np.ones(20), abs=5 / np.sqrt(4000))
    covariance = np.cov(draws.T)
    assert np.diag(covariance).mean() == pytest.approx(0.95, abs=0.05)
    assert covariance[~np.eye(20, dtype=bool)].mean() == pytest.approx(-0.05, abs=0.005)


def numbered(values: Doubles, ids: Sequence[int], groups: Sequence[int] | None = None) -> Rows:
    """One value an image."""
    rows = [{"value": np.array(value)} for value in values]
    if groups is not None:
        rows = [{**row, GROUP: np.array([group])} for row, group in zip(rows, groups, strict=True)]
    return gather(ids, rows)


def mean(rows: Rows, multiplicities: NDArray[np.int64]) -> dict[str, Doubles]:
    return {"mean": multiplicities @ rows.columns["value"] / multiplicities.sum(1)}


def test_the_interval_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(1).normal(3, 2, 400)
    low, high = intervals(mean, numbered(values, range(400)), 2000, 7)["mean"]
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)


def test_the_first_replicate_is_of_every_image_once() -> None:
    values = np.random.default_rng(1).normal(3, 2, 30)
    found = replicates(mean, numbered(values, range(30)), 5, 2)["mean"]
    expected = [values.mean(), *(drawn(30, 2, number) @ values / 30 for number in range(5))]
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_order_of_rows_does_not_matter() -> None:
    values, ids = np.random.default_rng(2).normal(size=20), np.random.default_rng(3).permutation(90)[:20]
    turned = replicates(mean, numbered(values[::-1], ids[::-1].tolist()), 9, 0)
    assert turned["mean"] == pytest.approx(replicates(mean, numbered(values, ids.tolist()), 9, 0)["mean"], rel=1e-12)


def test_images_of_one_group_are_drawn_together() -> None:
    """Ten times the same twenty images are twenty images: their interval is as wide."""
    values = np.random.default_rng(5).normal(size=20)
    once = intervals(mean, numbered(values, range(20)), 1000, 1)["mean"]
    tenfold = numbered(np.repeat(values, 10), range(200), np.repeat(np.arange(20) * 7 + 3, 10).tolist())
    assert intervals(mean, tenfold, 1000, 1)["mean"] == pytest.approx(once, rel=1e-9)
    loose = intervals(mean, numbered(np.repeat(values, 10), range(200)), 1000, 1)["mean"]
    assert loose[1] - loose[0] == pytest.approx((once[1] - once[0]) / 10**0.5, rel=0.1)
    assert units(tenfold).tolist() == np.repeat(np.arange(20), 10).tolist()


def test_a_single_image_or_group_has_no_interval() -> None:
    assert intervals(mean, numbered(np.ones(1), [4]), 10, 0) == {}
    assert intervals(mean, numbered(np.arange(5.0), range(5), [2] * 5), 10, 0) == {}


def test_draws_that_tell_nothing_are_left_out() -> None:
    """A mean over the images other than the first: there is none where the first alone is drawn."""

    def others(rows: Rows, draws: NDArray[np.int64]) -> dict[str, Doubles]:
        with np.errstate(invalid="ignore"):
            means = draws[:, 1:] @ rows.columns["value"][1:] / draws[:, 1:].sum(1)
        return {"mean": means, "none": np.full(len(draws), np.nan)}

    found = intervals(others, numbered(np.array([9.0, 1.0]), [1, 2]), 50, 0)
    assert found == {"mean": (1.0, 1.0)}


def test_the_deviation_is_that_of_a_sample() -> None:
    assert limits(5.0, np.array([0.0, 2.0])) == pytest.approx((5 - 1.96 * 2**0.5, 5 + 1.96 * 2**0.5))


def test_more_resamples_begin_with_the_same_ones() -> None:
    rows = numbered(np.random.default_rng(1).normal(size=9), range(9))
    few, many = (replicates(mean, rows, count, 3)["mean"].tolist() for count in (5, 20))
    assert many[:6] == pytest.approx(few, rel=1e-12)


def test_one_resample_has_no_deviation() -> None:
    with pytest.raises(ValueError, match="2 resamples"):
        replicates(mean, numbered(np.ones(3), range(3)), 1, 0)
