"""When a timed run has enough rounds, and whether it may be trusted."""

from math import exp, hypot, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchbench.measure.rounds import attempt, enough, half_width, last, measurement, played, trustworthy, widest
from benchbench.twins import PLACEMENT
from tests.measure.invented import BASE, TWIN, plan, round_of, rounds_of

STEADY = {BASE: [1.0, 1.01, 0.99, 1.02, 1.0], TWIN: [1.01, 1.0, 1.0, 1.01, 1.0]}
BAD = {BASE: [1.0, 1.01, 0.99, 1.02, 1.0], TWIN: [1.2, 1.21, 1.19, 1.22, 1.21]}


@given(st.lists(st.tuples(*[st.floats(0.01, 10)] * 2), min_size=3, max_size=20))
def test_half_width_is_that_of_a_paired_t_test_and_of_where_weights_lie(pairs: list[tuple[float, float]]) -> None:
    reference, arm = (np.array(side) for side in zip(*pairs, strict=True))
    rounds = rounds_of({BASE: list(reference), TWIN: list(reference), "small": list(arm)})
    logs = np.log(arm) - np.log(reference)
    error = float(np.std(logs, ddof=1)) / sqrt(len(logs))
    half = float(stats.t.ppf(0.975, len(logs) - 1)) * error
    expected = hypot(half, 1.96 * PLACEMENT)
    assert log(1 + half_width(plan("small"), rounds, "small")) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_minimum_of_rounds_is_kept_even_out_of_time() -> None:
    rounds = rounds_of({**STEADY, "small": [0.5, 0.9, 0.4, 0.8, 0.6]}, seconds=50.0)
    run = plan("small", seconds=1.0)
    assert not enough(run, rounds[:4], 1.0)
    assert enough(run, rounds, 1.0)
    assert not enough(plan("small", min_rounds=1), rounds[:1], 0.0)


def test_a_run_ends_when_its_worst_arm_is_resolved() -> None:
    half = [value / 2 for value in STEADY[BASE]]
    resolved = rounds_of({**STEADY, "half": half})
    assert enough(plan("half"), resolved, 1e9)
    noisy = rounds_of({**STEADY, "half": half, "noisy": [0.5, 0.9, 0.4, 0.8, 0.6]})
    assert not enough(plan("half", "noisy"), noisy, 1e9)
    assert widest(plan("half", "noisy"), noisy) == half_width(plan("half", "noisy"), noisy, "noisy")
    assert half_width(plan("half"), resolved, "half") == pytest.approx(exp(1.96 * PLACEMENT) - 1)


def test_a_run_whose_twin_differs_is_repeated_once() -> None:
    run = plan(half_width=1.0)
    assert attempt(run, []) == 0
    good, bad = rounds_of(STEADY), rounds_of(BAD)
    assert attempt(run, good[:4]) == 0
    assert trustworthy(run, good)
    assert attempt(run, good) is None
    assert not trustworthy(run, bad)
    assert attempt(run, bad) == 1
    again = rounds_of(STEADY, attempt=1)
    assert attempt(run, bad + again[:3]) == 1
    assert attempt(run, bad + again) is None
    assert last(run, bad + again) == again
    assert attempt(run, bad + rounds_of(BAD, attempt=1)) is None


def test_the_repetition_has_what_is_left_of_the_budget() -> None:
    unresolved = {**BAD, "small": [0.5, 0.9, 0.4, 0.8, 0.6]}
    first = rounds_of(unresolved, seconds=20.0)
    second = rounds_of({**unresolved, TWIN: STEADY[TWIN]}, attempt=1, seconds=1.0)
    assert attempt(plan("small", seconds=100.0), first) == 1
    assert attempt(plan("small", seconds=100.0), first + second) is None
    assert attempt(plan("small", seconds=106.0), first + second) is not None


def test_rounds_without_one_of_the_arms_do_not_count() -> None:
    run = plan("late")
    rounds = [*rounds_of(STEADY), round_of({BASE: 1.0, TWIN: 1.0, "late": 0.5})]
    assert played(run, rounds, 0) == rounds[-1:]
    assert len(played(run.without("late"), rounds, 0)) == 6


def test_the_order_is_random_but_the_same_when_resumed() -> None:
    run = plan("a", "b", "c")
    orders = [run.order(0, number) for number in range(40)]
    assert orders == [run.order(0, number) for number in range(40)]
    assert len({tuple(order) for order in orders}) > 20
    assert all(sorted(order) == sorted(run.everyone) for order in orders)
    assert {order[0] for order in orders} == set(run.everyone)


def test_a_measurement_carries_the_reference_and_the_twin_of_its_rounds() -> None:
    rounds = rounds_of({BASE: [1.0, 2.0], TWIN: [1.5, 2.5], "half": [0.5, 1.0]})
    told = measurement("latency_ms", plan("half"), rounds, "half", lambda seconds: 1000 * seconds)
    assert told.metric == "latency_ms"
    assert told.samples == (500.0, 1000.0)
    assert told.columns["reference"] == (1000.0, 2000.0)
    assert told.columns["twin"] == (1500.0, 2500.0)
    assert told.columns["round"] == (0.0, 1.0)
    assert told.columns["cpu_s"] == (0.5, 1.0)


def test_a_true_change_of_five_per_cent_is_found_and_no_change_is_not() -> None:
    """Noise that both arms of a round share cancels: 300 runs of 14 rounds, per-pair sd 6.6 %."""
    generator = np.random.default_rng(0)

    def found(factor: float) -> float:
        hits = 0
        for _ in range(300):
            drift = np.exp(generator.normal(0, 0.3, 14))
            walls = {name: list(drift * np.exp(generator.normal(0, 0.066 / sqrt(2), 14))) for name in (BASE, TWIN, "x")}
            walls["x"] = [factor * wall for wall in walls["x"]]
            arm = measurement("s", plan("x"), rounds_of(walls), "x")
            logs = np.log(arm.samples) - np.log(arm.columns["reference"])
            width = half_width(plan("x"), rounds_of(walls), "x")
            hits += not 1 / (1 + width) <= exp(float(np.mean(logs))) <= 1 + width
        return hits / 300

    assert found(1.05) > 0.65
    assert found(1.0) < 0.1
