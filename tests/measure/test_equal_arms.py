"""A machine's A/A noise, on clocks of the test's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
import pytest

from benchbench.measure.equal_arms import LEAST_RUNS, equal_runs, noise_of_a_pair, noise_of_a_run, pair
from benchbench.measure.meters import Meters, Ticks
from benchbench.measure.rounds import Round
from tests.measure.invented import call


def runs_of(logs: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[list[Round]]:
    """Runs in which the log-ratio of times is this, and CPU time never differs."""
    return [
        [Round(0, 1.0, 0.0, {"one": call(1.0, 1.0), "other": call(math.exp(log), 1.0)}) for log in run] for run in logs
    ]


def test_noise_is_recovered_from_what_was_planted() -> None:
    generator = np.random.default_rng(0)
    found = runs_of(generator.normal(0, 0.05, (400, 10)))
    assert noise_of_a_pair(found) == pytest.approx(0.05, rel=0.05)
    told = noise_of_a_run(found)
    assert told["time, 5 rounds"] == pytest.approx(1.96 * 0.05 / math.sqrt(5), rel=0.1)
    assert told["time, 10 rounds"] == pytest.approx(1.96 * 0.05 / math.sqrt(10), rel=0.1)
    assert told["cpu time, 5 rounds"] == 0


def test_what_stays_the_same_in_a_run_is_not_averaged_away() -> None:
    generator = np.random.default_rng(0)
    found = noise_of_a_run(runs_of(np.repeat(generator.normal(0, 0.02, (400, 1)), 10, axis=1)))
    assert found["time, 10 rounds"] == pytest.approx(found["time, 5 rounds"])
    assert found["time, 10 rounds"] == pytest.approx(1.96 * 0.02, rel=0.1)


def test_a_slow_machine_makes_fewer_runs() -> None:
    readings, made = count(), list[int]()

    def counted() -> Sequence[Callable[[], object]]:
        made.append(1)
        return lambda: None, lambda: None

    def meters(step: float) -> Meters:
        return Meters(lambda: next(readings) * step, lambda: 0.0, lambda: 0, Ticks)

    found = equal_runs(meters(10.0), made=counted)
    assert len(found) == len(made) == LEAST_RUNS
    assert all(len(rounds) == 10 for rounds in found)
    assert len(equal_runs(meters(1e-6), runs=9, made=counted)) == 9


def test_a_pair_computes_the_same_kind_of_thing_with_weights_of_its_own() -> None:
    outs = [one() for one in pair()]
    assert outs[0].shape == outs[1].shape == (64, 384)  # type: ignore[attr-defined]
    assert not (outs[0] == outs[1]).all()  # type: ignore[attr-defined]
