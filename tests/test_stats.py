"""Estimates against scipy.stats, and their coverage by simulation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as oracle

from benchbench import stats
from benchbench.types import Estimate, Measurement, Metric

LATENCY = Metric("latency_ms", "latency", "ms", "lower", 1)
PARAMS = Metric("params", "parameters", "", "lower", 0, exact=True)
positive = st.floats(1e-3, 1e3)


def timed(samples: Sequence[float], reference: Sequence[float], rounds: Sequence[float] = ()) -> Measurement:
    columns = {"round": tuple(rounds or map(float, range(len(samples)))), "reference": tuple(reference)}
    return Measurement("latency_ms", tuple(samples), columns | {"twin": tuple(reference)})


def test_exact_metric_is_its_count() -> None:
    known = stats.estimate(Measurement("params", (41_524_768.0,)), PARAMS)
    assert known == Estimate(41_524_768.0, 41_524_768.0, 41_524_768.0, exact=True)
    with pytest.raises(ValueError, match="differ"):
        stats.estimate(Measurement("params", (1.0, 2.0)), PARAMS)


@pytest.mark.parametrize("samples", [(), (1.0, float("nan")), (float("inf"),)])
def test_nothing_to_estimate(samples: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="finite"):
        stats.estimate(Measurement("latency_ms", samples), LATENCY)


def test_a_bootstrapped_interval_is_kept() -> None:
    known = stats.estimate(Measurement("AP", (0.42,), interval=(0.41, 0.43)), LATENCY)
    assert (known.value, known.low, known.high) == (0.42, 0.41, 0.43)
    assert stats.decisive(known)
    assert known.scope == stats.OVER_DATA


def test_an_interval_covers_what_its_metric_says() -> None:
    memory = Metric("peak_memory_mib", "peak memory", "MiB", "lower", 1, covers="known error of a reading")
    known = stats.estimate(Measurement("peak_memory_mib", (700.0,), interval=(698.5, 701.5)), memory)
    assert (known.low, known.high, known.scope) == (698.5, 701.5, "known error of a reading")


@pytest.mark.parametrize(
    ("value", "interval", "within", "held"),
    [
        (0.97, (0.92, 1.02), (0.0, 1.0), (0.92, 1.0)),
        (0.01, (-0.02, 0.04), (0.0, 1.0), (0.0, 0.04)),
        (0.5, (-0.2, 1.2), (0.0, 1.0), (0.0, 1.0)),
        (0.5, (-0.2, 1.2), (0.0, None), (0.0, 1.2)),
        (0.5, (-0.2, 1.2), None, (-0.2, 1.2)),
        (-1.0, (-1.5, -0.5), (0.0, 1.0), (-1.5, -0.5)),
    ],
)
def test_no_interval_goes_beyond_what_a_metric_can_be(
    value: float, interval: tuple[float, float], within: tuple[float, float | None] | None, held: tuple[float, float]
) -> None:
    metric = Metric("AP", "AP", "pt", "higher", 1, within=within)
    known = stats.estimate(Measurement("AP", (value,), interval=interval), metric)
    assert (known.value, known.low, known.high) == (value, *held)


def test_nor_does_that_over_trainings() -> None:
    metric = Metric("top1", "top-1", "pt", "higher", 2, within=(0.0, 1.0))
    known = stats.estimate(Measurement("top1", (0.999, 0.95, 0.98), {"seed": (0.0, 1.0, 2.0)}), metric)
    assert known.high == 1.0
    assert known.low < 0.95


def test_one_sample_decides_nothing() -> None:
    known = stats.estimate(Measurement("AP", (0.42,)), LATENCY)
    assert (known.low, known.high) == (0.42, 0.42)
    assert not stats.decisive(known)
    assert not stats.decisive(stats.quotient(known, Estimate(1, 1, 1, exact=True)))
    assert not stats.decisive(stats.ratio(timed([1.0], [2.0])))


@given(st.lists(positive, min_size=6, max_size=200))
def test_median_interval_is_that_of_scipy(samples: list[float]) -> None:
    known = stats.median(samples)
    limits: Any = oracle.quantile_test(samples, q=float(np.median(samples)), p=0.5).confidence_interval(0.95)
    assert known.value == np.median(samples)
    assert (known.low, known.high) == (limits.low, limits.high)


def test_few_samples_give_their_range_and_its_cover() -> None:
    known = stats.median([3.0, 1.0, 2.0, 5.0, 4.0])
    assert (known.low, known.value, known.high) == (1.0, 3.0, 5.0)
    assert known.scope == "range of 5 samples, 94 %"


@given(st.lists(st.tuples(positive, positive), min_size=2, max_size=30))
def test_paired_ratio_is_that_of_scipy(pairs: list[tuple[float, float]]) -> None:
    samples, reference = zip(*pairs, strict=True)
    known = stats.ratio(timed(samples, reference))
    logs = np.log(samples) - np.log(reference)
    spread = np.std(logs, ddof=1) / np.sqrt(len(logs))
    half = oracle.t(len(logs) - 1).ppf(0.975) * spread
    assert known.value == pytest.approx(exp(logs.mean()))
    assert known.low == pytest.approx(exp(logs.mean() - half), rel=1e-6, abs=1e-300)
    assert log(known.high) == pytest.approx(logs.mean() + half, rel=1e-6, abs=1e-9)


def test_ratio_refuses_what_has_no_logarithm_or_partner() -> None:
    with pytest.raises(ValueError, match="positive"):
        stats.ratio(timed([0.0, 1.0], [1.0, 1.0]))
    with pytest.raises(ValueError, match="no column"):
        stats.ratio(Measurement("latency_ms", (1.0,)))
    with pytest.raises(ValueError, match="2 samples for 1"):
        stats.ratio(timed([1.0, 1.0], [1.0]))


def test_twin_against_itself_is_one() -> None:
    known = stats.twin_ratio(timed([5.0, 6.0], [2.0, 3.0]))
    assert (known.low, known.value, known.high) == (1.0, 1.0, 1.0)


def drifted(generator: np.random.Generator, rounds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two arms whose true ratio is 0.8 on a machine that drifts by tens of per cent; (rounds,) each."""
    drift = np.cumsum(generator.normal(0, 0.1, rounds))
    noise = generator.normal(0, 0.03, (2, rounds))
    return 80 * np.exp(drift + noise[0]), 100 * np.exp(drift + noise[1])


def test_paired_interval_covers_under_drift() -> None:
    generator = np.random.default_rng(7)
    runs = [stats.ratio(timed(*map(np.ndarray.tolist, drifted(generator, 12)))) for _ in range(600)]
    covered = np.mean([known.low <= 0.8 <= known.high for known in runs])
    widths = np.mean([known.high / known.low for known in runs])
    assert 0.925 <= covered <= 0.975
    assert widths < 1.07


def test_median_interval_covers() -> None:
    generator = np.random.default_rng(3)
    runs = [stats.median(generator.lognormal(0, 1, 15).tolist()) for _ in range(600)]
    assert np.mean([known.low <= 1 <= known.high for known in runs]) >= 0.94


def test_arms_of_one_run_are_paired_by_round() -> None:
    left = timed([2.0, 4.0, 8.0], [1.0, 1.0, 1.0], rounds=[0, 1, 2])
    right = timed([8.0, 4.0, 2.0], [1.0, 1.0, 1.0], rounds=[3, 2, 1])
    known = stats.ratio_between(left, right, same_run=True)
    assert known.samples == 2
    assert known.value == pytest.approx((4.0 * 8.0 / (2.0 * 4.0)) ** 0.5)


def test_arms_of_two_runs_go_by_their_references() -> None:
    generator = np.random.default_rng(5)
    slow = 3.0
    first, base = drifted(generator, 40)
    second, other = drifted(generator, 40)
    left = timed(first.tolist(), base.tolist())
    right = timed((slow * second).tolist(), (slow * other).tolist())
    known = stats.ratio_between(left, right, same_run=False)
    assert known.low < 1 < known.high
    assert known.high / known.low < 1.06


@given(st.lists(positive, min_size=2, max_size=20), st.lists(positive, min_size=2, max_size=20))
def test_independent_arms_are_those_of_welch(left: list[float], right: list[float]) -> None:
    assume(min(np.ptp(left), np.ptp(right)) > 1e-3)
    arms = (Measurement("latency_ms", tuple(left)), Measurement("latency_ms", tuple(right)))
    known = stats.ratio_between(*arms, same_run=False)
    limits = oracle.ttest_ind(np.log(left), np.log(right), equal_var=False).confidence_interval(0.95)
    assert log(known.low) == pytest.approx(limits.low, rel=1e-6, abs=1e-6)
    assert log(known.high) == pytest.approx(limits.high, rel=1e-6, abs=1e-6)


def interval(value: float, down: float, up: float) -> Estimate:
    return Estimate(value, value - down, value + up, 10, scope="95 %")


estimates = st.builds(
    lambda value, down, up: interval(value, value * down, value * up), positive, st.floats(0, 0.9), st.floats(0, 2)
)


@given(estimates, estimates)
def test_combined_intervals_hold_their_value_and_lie_within_the_corners(left: Estimate, right: Estimate) -> None:
    divided, subtracted = stats.quotient(left, right), stats.difference(left, right)
    slack = 1 + 1e-9
    assert divided.low / slack <= left.value / right.value <= divided.high * slack
    assert left.low / right.high <= divided.low * slack
    assert divided.high <= slack * left.high / right.low
    assert subtracted.low <= left.value - right.value <= subtracted.high
    assert left.low - right.high <= subtracted.low + 1e-6


def test_quotient_of_counts_is_exact_and_zero_divides_nothing() -> None:
    counts = stats.quotient(Estimate(3, 3, 3, exact=True), Estimate(4, 4, 4, exact=True))
    assert (counts.low, counts.value, counts.high, counts.exact) == (0.75, 0.75, 0.75, True)
    assert stats.quotient(Estimate(0, 0, 0, exact=True), Estimate(4, 4, 4, exact=True)).value == 0
    with pytest.raises(ValueError, match="zero"):
        stats.quotient(interval(1, 0, 0), interval(1, 1, 0))


@pytest.mark.parametrize(("q", "enough"), [(90, 44), (99, 459), (1, 459), (50, 7)])
def test_percentiles_need_their_samples(q: float, enough: int) -> None:
    assert stats.percentile([1.0] * (enough - 1), q) is None
    samples = np.linspace(0, 1, enough).tolist()
    assert stats.percentile(samples, q) == pytest.approx(q / 100)


@settings(max_examples=20)
@given(st.sampled_from([0.0, 100.0, -1.0, 101.0]))
def test_there_is_no_percentile_outside(q: float) -> None:
    assert stats.percentile([1.0] * 1000, q) is None


ABSREL = Metric("AbsRel", "AbsRel", "", "lower", 4)


def trained(samples: Sequence[float], seeds: Sequence[float] = ()) -> Measurement:
    return Measurement("AbsRel", tuple(samples), {"seed": tuple(seeds or map(float, range(len(samples))))})


several = st.integers(2, 6).flatmap(
    lambda count: st.tuples(*(st.lists(positive, min_size=count, max_size=count) for _ in range(2)))
)


@given(several)
def test_of_several_trainings_the_interval_is_students(arms: tuple[list[float], list[float]]) -> None:
    samples = arms[0]
    assume(np.ptp(samples) > 1e-3)
    known = stats.estimate(trained(samples), ABSREL)
    limits = oracle.ttest_1samp(samples, 0).confidence_interval(0.95)
    assert (known.low, known.high) == pytest.approx((limits.low, limits.high), rel=1e-6, abs=1e-6)
    assert known.value == pytest.approx(np.mean(samples))
    assert known.scope == f"95 % t interval over {len(samples)} trainings"
    assert stats.decisive(known)


@given(several)
def test_trainings_of_the_same_seeds_are_paired(arms: tuple[list[float], list[float]]) -> None:
    left, right = arms
    assume(np.ptp(np.subtract(left, right)) > 1e-3 and np.ptp(np.log(left) - np.log(right)) > 1e-3)
    known = stats.difference_between(trained(left), trained(right), ABSREL)
    limits = oracle.ttest_rel(left, right).confidence_interval(0.95)
    assert (known.low, known.high) == pytest.approx((limits.low, limits.high), rel=1e-6, abs=1e-6)
    divided = stats.quotient_between(trained(left), trained(right), ABSREL)
    limits = oracle.ttest_rel(np.log(left), np.log(right)).confidence_interval(0.95)
    assert (log(divided.low), log(divided.high)) == pytest.approx((limits.low, limits.high), rel=1e-6, abs=1e-6)
    assert divided.scope == known.scope == f"95 % t interval over {len(left)} trainings"


def test_pairing_follows_the_seed_and_not_the_order() -> None:
    left, right = trained([0.1, 0.2, 0.3], [0, 1, 2]), trained([0.25, 0.05, 0.16], [2, 0, 1])
    known = stats.difference_between(left, right, ABSREL)
    assert known == stats.difference_between(left, trained([0.05, 0.16, 0.25]), ABSREL)
    partly = stats.difference_between(left, trained([0.05, 0.16], [0, 1]), ABSREL)
    assert partly.samples == 2
    assert partly.value == pytest.approx(0.045)


def test_a_training_against_what_is_not_trained_is_square_and_add() -> None:
    seeded, plain = trained([0.10, 0.11, 0.12]), Measurement("AbsRel", (0.2,), interval=(0.18, 0.22))
    ours, theirs = stats.estimate(seeded, ABSREL), stats.estimate(plain, ABSREL)
    assert stats.difference_between(seeded, plain, ABSREL) == stats.difference(ours, theirs)
    assert stats.quotient_between(plain, seeded, ABSREL) == stats.quotient(theirs, ours)
    assert stats.difference_between(seeded, plain, ABSREL).scope == "95 % t interval over 3 trainings"
    apart = stats.difference_between(seeded, trained([0.1, 0.2], [7, 8]), ABSREL)
    assert apart == stats.difference(ours, stats.estimate(trained([0.1, 0.2]), ABSREL))


def test_a_single_training_decides_nothing() -> None:
    single, several = trained([0.1]), trained([0.1, 0.11, 0.12])
    assert stats.estimate(single, ABSREL) == Estimate(0.1, 0.1, 0.1, 1, scope=stats.ONE_TRAINING)
    assert not stats.decisive(stats.estimate(single, ABSREL))
    for left, right in ((single, several), (several, single), (single, single)):
        assert not stats.decisive(stats.difference_between(left, right, ABSREL))
        assert not stats.decisive(stats.quotient_between(left, right, ABSREL))


def test_scipy_is_loaded_late() -> None:
    code = "import sys, benchbench.stats; sys.exit(any(m.split('.')[0] in ('scipy', 'pandas') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
