"""Steps in noise are found, noise alone has none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.verify import levels

REPEATS = 60


def alarms(nights: int, freedom: float, seed: int) -> float:
    """The share of pure noise, Student's t with so many degrees of freedom, in which a step is seen."""
    draw = np.random.default_rng(seed)
    return float(np.mean([bool(levels.steps(draw.standard_t(freedom, nights))) for _ in range(REPEATS)]))


@pytest.mark.parametrize("freedom", [3.0, 4.0, 1e6])
def test_noise_has_no_steps(freedom: float) -> None:
    assert alarms(8, freedom, 1) <= 0.15
    assert alarms(90, freedom, 2) <= 0.05


@pytest.mark.parametrize(("nights", "at", "size"), [(30, 15, 3.0), (30, 27, 6.0), (365, 200, 2.5)])
def test_a_step_is_found_where_it_is(nights: int, at: int, size: float) -> None:
    draw, found = np.random.default_rng(3), 0
    for _ in range(REPEATS):
        series = draw.normal(size=nights)
        series[at:] += size
        found += any(abs(step - at) <= 3 for step in levels.steps(series))
    assert found >= 0.9 * REPEATS


def test_two_steps_are_two() -> None:
    draw = np.random.default_rng(4)
    series = draw.normal(0, 0.01, 60) + np.repeat([1.0, 1.2, 0.9], 20)
    assert levels.steps(series) == (20, 40)


def test_one_bad_night_is_no_step() -> None:
    series = np.random.default_rng(5).normal(0, 0.01, 40)
    series[17] += 5.0
    assert levels.steps(series) == ()


def test_few_nights_tell_nothing() -> None:
    assert levels.steps([1.0] * 3 + [9.0] * 4) == ()


def test_a_series_of_copies_has_none_and_one_of_two_levels_has_one() -> None:
    assert levels.steps([0.5] * 20) == ()
    assert levels.steps([0.5] * 10 + [0.4] * 10) == (10,)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_counts_change_where_they_change(values: list[int]) -> None:
    found = levels.counted_steps(list(map(float, values)))
    level, rebuilt = values[0], []
    for index, value in enumerate(values):
        level = value if index in found else level
        rebuilt.append(level)
    assert rebuilt == values


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_unit_and_origin_do_not_matter(unit: float, origin: float) -> None:
    series = np.random.default_rng(6).normal(0, 0.1, 24) + np.repeat([0.0, 1.0], 12)
    assert levels.steps(series * unit + origin * unit) == (12,)
