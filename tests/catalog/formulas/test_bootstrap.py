"""Draws, replicates and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog.formulas.bootstrap import drawn, draws, limits, replicates


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


def test_the_interval_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(1).normal(3, 2, 400)
    found = replicates(lambda draw: {"mean": float((draw * values).sum() / 400)}, 400, 2000, 7)
    low, high = limits(float(values.mean()), found["mean"])
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)


def test_the_deviation_is_that_of_a_sample() -> None:
    assert limits(5.0, np.array([0.0, 2.0])) == pytest.approx((5 - 1.96 * 2**0.5, 5 + 1.96 * 2**0.5))


def test_more_resamples_begin_with_the_same_ones() -> None:
    def first(draw: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, float]:
        return {"first": float(draw[0])}

    assert replicates(first, 9, 20, 3)["first"][:5].tolist() == replicates(first, 9, 5, 3)["first"].tolist()


def test_one_resample_has_no_deviation() -> None:
    with pytest.raises(ValueError, match="2 resamples"):
        replicates(lambda draw: {"sum": float(draw.sum())}, 3, 1, 0)
