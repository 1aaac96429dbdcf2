"""Thresholds: by machine, never below its own noise; by kind of score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.types import Machine, Metric
from benchbench.verify.tolerances import of_data, of_time, own_noise

POINTS = Metric("AP", "AP", "pt", "higher", 1)
SHARE = Metric("delta1", "delta", "", "higher", 4)
ERROR = Metric("RMSE", "RMSE", "m", "lower", 3)


def machine(noise: float = 0.01, **apart: float) -> Machine:
    told = {name.replace("_", ", ").replace("rounds", " rounds"): value for name, value in apart.items()}
    return Machine({"cpu": "x"}, 1.0, 1.0, noise, "now", apart=told)


@pytest.mark.parametrize(
    ("known", "steal", "gpu", "least", "expected"),
    [
        (None, 0.0, False, 0.0, 0.10),
        (machine(time_10rounds=0.02), 0.0, False, 0.0, 0.05),
        (machine(time_10rounds=0.02), 0.05, False, 0.0, 0.10),
        (machine(time_10rounds=0.04), 0.0, False, 0.0, 0.10),
        (machine(time_10rounds=0.09), 0.0, False, 0.0, 0.18),
        (None, 0.0, True, 0.0, 0.05),
        (None, 0.0, False, 0.3, 0.30),
    ],
)
def test_thresholds_of_times(known: Machine | None, steal: float, gpu: bool, least: float, expected: float) -> None:
    assert of_time(known, 10, steal=steal, gpu=gpu, least=least)[0] == pytest.approx(expected)


@given(st.floats(0, 1), st.integers(1, 100), st.floats(0, 0.2))
def test_a_threshold_is_never_below_twice_the_machines_noise(noise: float, rounds: int, steal: float) -> None:
    known = machine(noise)
    assert of_time(known, rounds, steal=steal, gpu=False)[0] >= 2 * own_noise(known, rounds)


def test_noise_is_that_of_so_many_rounds_at_most() -> None:
    known = machine(0.1, time_5rounds=0.06, time_10rounds=0.03)
    assert (own_noise(known, 7), own_noise(known, 10), own_noise(known, 40)) == (0.06, 0.03, 0.03)
    assert own_noise(known, 4) == pytest.approx(0.098)


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_thresholds_of_scores_are_the_same_from_either_side(one: float, other: float) -> None:
    assert of_data(ERROR, one, other) == of_data(ERROR, other, one)
    assert min(one, other) <= 100 * of_data(ERROR, one, other) * (1 + 1e-9)
    assert of_data(POINTS, one, other) == of_data(SHARE, one, other) == 0.001


def test_why_reads_as_words_after_threshold() -> None:
    reasons = {
        of_time(None, 10, steal=0.0, gpu=False)[1],
        of_time(None, 10, steal=0.0, gpu=True)[1],
        of_time(None, 10, steal=0.0, gpu=False, least=0.5)[1],
    }
    assert reasons == {"of a shared CPU", "of a GPU", "as asked for"}
