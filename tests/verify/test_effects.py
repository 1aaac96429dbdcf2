"""Effects: their size, limits and p against SciPy; swapping sides changes the sign alone."""

from __future__ import annotations

from dataclasses import astuple
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from benchbench import twins
from benchbench.stats import SEED
from benchbench.types import Difference, Estimate, Measurement
from benchbench.verify import effects
from tests.kept_records import timed

SAMPLES = st.lists(st.floats(0.1, 100), min_size=3, max_size=12)


def trained(*values: float, first: int = 0) -> Measurement:
    return Measurement("top1", values, {SEED: tuple(float(first + index) for index in range(len(values)))})


@given(SAMPLES, SAMPLES)
def test_swapping_sides_changes_the_sign_alone(one: list[float], other: list[float]) -> None:
    before, after = Measurement("m", tuple(one)), Measurement("m", tuple(other))
    there, back = effects.between_times(before, after), effects.between_times(after, before)
    assert there
    assert back
    assert astuple(there.mirrored) == pytest.approx(astuple(back), abs=1e-9)


@given(SAMPLES)
def test_a_run_against_itself_is_no_effect(samples: list[float]) -> None:
    side = Measurement("m", tuple(samples), {"reference": tuple(samples)})
    found = effects.between_runs(side, side)
    assert found
    assert (found.value, found.p) == (0.0, 1.0)
    assert found.low < 0 < found.high


def test_ratios_to_the_reference_cancel_what_slows_both() -> None:
    found = effects.between_runs(timed(10, 0.7, 1), timed(17, 0.84, 2))
    assert found
    assert found.low < log(1.2) < found.high
    assert found.p is not None
    assert found.p < 1e-6


def test_limits_are_those_of_welch_where_nothing_else_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twins, "PLACEMENT", 0.0)
    random = np.random.default_rng(3)
    one, other = (
        np.exp(random.normal(centre, spread, count)) for centre, spread, count in ((0, 0.1, 9), (0.1, 0.3, 14))
    )
    found = effects.between_times(Measurement("m", tuple(one.tolist())), Measurement("m", tuple(other.tolist())))
    known = scipy_stats.ttest_ind(np.log(other), np.log(one), equal_var=False)
    limits = known.confidence_interval(0.99)
    assert found
    assert (found.low, found.high, found.p) == pytest.approx((limits.low, limits.high, known.pvalue))


def test_placement_in_memory_widens_the_limits() -> None:
    exact = Measurement("m", (1.0,) * 10, {"reference": (1.0,) * 10})
    found = effects.between_runs(exact, exact)
    assert found
    assert found.high == pytest.approx(effects.WIDER * np.sqrt(2) * twins.PLACEMENT, rel=1e-5)


def test_a_twin_that_came_apart_is_on_both_limits_and_the_test() -> None:
    sound = timed(10, 1.2)
    columns = {**sound.columns, "twin": tuple(1.1 * value for value in sound.columns["reference"])}
    doubtful = Measurement("latency_ms", sound.samples, columns)
    one, other = effects.between_runs(timed(10, 1.0, 5), sound), effects.between_runs(timed(10, 1.0, 5), doubtful)
    assert one
    assert other
    assert other.high - other.low > one.high - one.low + 2 * log(1.08)
    assert one.p is not None
    assert other.p is not None
    assert other.p > one.p


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_rounds_tell_nothing(count: int) -> None:
    few = Measurement("m", (1.0,) * count, {"reference": (1.0,) * count})
    assert effects.between_runs(few, timed(10, 1)) is None
    assert effects.between_times(timed(10, 1), few) is None


@pytest.mark.parametrize("bad", [0.0, -1.0, inf])
def test_times_that_are_none_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        effects.between_times(Measurement("m", (bad, 1.0, 1.0)), timed(1, 1))


def test_trainings_of_the_same_seeds_are_paired() -> None:
    one, other = np.array([0.70, 0.74, 0.78, 0.72]), np.array([0.71, 0.752, 0.789, 0.731])
    found = effects.between_trainings(trained(*one.tolist()), trained(*other.tolist()))
    known = scipy_stats.ttest_rel(other, one)
    limits = known.confidence_interval(0.99)
    assert found
    assert (found.value, found.low, found.high, found.p) == pytest.approx(
        ((other - one).mean(), limits.low, limits.high, known.pvalue)
    )


def test_trainings_of_other_seeds_are_compared_by_welch() -> None:
    one, other = (0.70, 0.74, 0.78), (0.61, 0.63, 0.60, 0.66)
    found = effects.between_trainings(trained(*one), trained(*other, first=7))
    assert found
    assert found.p == pytest.approx(scipy_stats.ttest_ind(other, one, equal_var=False).pvalue)


def test_two_trainings_are_too_few() -> None:
    assert effects.between_trainings(trained(0.7, 0.71), trained(0.6, 0.61, 0.62)) is None
    assert effects.between_trainings(Measurement("top1", (0.7,)), trained(0.6, 0.61, 0.62)) is None


def test_limits_over_images_grow_from_95_to_99_per_cent() -> None:
    found = effects.over_images(Difference(0.1, 0.1 - 1.959964, 0.1 + 1.959964, 0.4, "t"), 50)
    assert (found.low, found.high, found.p, found.n) == pytest.approx((0.1 - 2.575829, 0.1 + 2.575829, 0.4, 50))


def test_readings_are_compared_by_their_largest_error() -> None:
    one, other = Estimate(100, 98.5, 101.5), Estimate(120, 118.5, 121.5)
    found = effects.between_readings(one, other)
    assert found.p is None
    assert exp(found.value) == pytest.approx(1.2)
    assert 118.5 / 101.5 < exp(found.low) < 1.2 < exp(found.high) < 121.5 / 98.5


def test_unpaired_scores_have_wide_limits_and_a_p_that_agrees_with_them() -> None:
    found = effects.unpaired(Estimate(0.5, 0.48, 0.52), Estimate(0.6, 0.58, 0.62))
    assert found.p == pytest.approx(
        2 * scipy_stats.norm.sf(0.1 / (np.hypot(0.02, 0.02) / scipy_stats.norm.ppf(0.975))), rel=1e-4
    )
    assert effects.unpaired(Estimate(0.5, 0.48, 0.52), Estimate(0.5, 0.48, 0.52)).p == 1.0
    assert (found.value, found.high - found.value) == pytest.approx((0.1, np.hypot(0.02, 0.02) * 2.575829 / 1.959964))


def test_logs_are_shown_as_shares() -> None:
    shown = effects.Effect(log(1.1), log(0.5), 1e4, None, 7).shown(as_logs=True, scope="s")
    assert (shown.value, shown.low, shown.samples) == pytest.approx((0.1, -0.5, 7))
    assert np.isfinite(shown.high)
