"""A metric at two times, by what it varies over: rounds, images, trainings; single readings and profiles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchbench.comparing import compare
from benchbench.machines import keep
from benchbench.sides import side
from benchbench.types import Change, Judgement, Machine, Measured, Measurement
from benchbench.types.compared import Comparison
from tests.kept_records import TRAINED, kept, latency, timed, top1, trial

J = Judgement
RIGHT = np.random.default_rng(1).random(200) < 0.8


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "a", tmp_path / "b"


def between(folders: tuple[Path, Path], least: float = 0.0) -> Comparison:
    before, after = (side(folder.name, folder) for folder in folders)
    return compare(before, after, least=least)


def only(folders: tuple[Path, Path], least: float = 0.0) -> Change:
    (change,) = between(folders, least).changes
    return change


@pytest.mark.parametrize(
    ("factor", "expected"),
    [(0.7, J.EQUIVALENT), (0.84, J.REGRESSION), (0.58, J.IMPROVEMENT), (0.745, J.EQUIVALENT), (0.767, J.SUSPICIOUS)],
)
def test_times_are_compared_by_their_ratio_to_the_reference(
    folders: tuple[Path, Path], factor: float, expected: Judgement
) -> None:
    latency(folders[0], 0.7, seed=1)
    latency(folders[1], factor, seed=2)
    change = only(folders)
    assert (change.judgement, change.kind, change.threshold) == (expected, "time", 0.1)
    assert change.effect
    assert change.effect.low < factor / 0.7 - 1 < change.effect.high
    assert change.p is not None


def test_swapped_sides_tell_the_opposite(folders: tuple[Path, Path]) -> None:
    latency(folders[0], 0.7, seed=1)
    latency(folders[1], 0.9, seed=2)
    there, back = only(folders), only((folders[1], folders[0]))
    assert (there.judgement, back.judgement) == (J.REGRESSION, J.IMPROVEMENT)
    assert there.effect
    assert back.effect
    assert (1 + there.effect.low) * (1 + back.effect.high) == pytest.approx(1)


def test_more_images_in_a_second_are_better(folders: tuple[Path, Path]) -> None:
    for folder, factor in zip(folders, (1.0, 1.3), strict=True):
        kept(folder, trial("throughput", "small"), Measured((timed(5, factor, metric="throughput_ips"),)))
    assert only(folders).judgement is J.IMPROVEMENT


def test_the_references_absolute_time_is_a_sign_at_most(folders: tuple[Path, Path]) -> None:
    for folder, milliseconds in zip(folders, (10.0, 20.0), strict=True):
        found = timed(milliseconds, 1.0)
        same = replace(found, samples=found.columns["reference"])
        kept(folder, trial("latency"), Measured((same,)))
    change = only(folders)
    assert (change.judgement, change.p) == (J.SUSPICIOUS, None)
    assert "did not take turns" in change.why


def test_a_machines_own_noise_raises_its_threshold(folders: tuple[Path, Path]) -> None:
    latency(folders[0], 0.7, seed=1)
    latency(folders[1], 0.84, seed=2)
    assert only(folders).judgement is J.REGRESSION
    keep(Machine({"cpu": "made-up", "threads": 2}, 1.0, 1.0, 0.2, "now", apart={"time, 10 rounds": 0.11}), folders[1])
    change = only(folders)
    assert change.judgement is J.SUSPICIOUS
    assert change.threshold == pytest.approx(0.22)
    keep(Machine({"cpu": "another"}, 1.0, 1.0, 0.2, "now", apart={"time, 10 rounds": 0.5}), folders[0])
    assert only(folders).threshold == pytest.approx(0.22)


def test_a_threshold_that_is_asked_for(folders: tuple[Path, Path]) -> None:
    latency(folders[0], 0.7, seed=1)
    latency(folders[1], 0.84, seed=2)
    assert only(folders, 0.5).judgement is J.EQUIVALENT
    assert only(folders, 0.01).threshold == 0.1


def test_rows_that_are_the_same_are_identical(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        top1(folder, RIGHT.tolist())
    change = only(folders)
    assert (change.judgement, change.kind, change.p, change.why) == (J.EQUIVALENT, "data", None, "not one row differs")


def test_scores_are_compared_over_the_same_images(folders: tuple[Path, Path]) -> None:
    worse = RIGHT.copy()
    worse[np.flatnonzero(RIGHT)[:15]] = False
    top1(folders[0], RIGHT.tolist())
    top1(folders[1], worse.tolist())
    change = only(folders)
    assert change.judgement is J.REGRESSION
    assert change.p == pytest.approx(2 * 0.5**15)
    assert change.effect
    assert change.effect.value == pytest.approx(-15 / 200)


def test_a_few_images_are_no_regression(folders: tuple[Path, Path]) -> None:
    other = RIGHT.copy()
    other[:4] = ~other[:4]
    top1(folders[0], RIGHT.tolist())
    top1(folders[1], other.tolist())
    assert only(folders).judgement in (J.SUSPICIOUS, J.INCONCLUSIVE)


def test_scores_without_rows_are_compared_unpaired(folders: tuple[Path, Path]) -> None:
    for folder, value in zip(folders, (0.9, 0.5), strict=True):
        one = Measurement("top1", (value,), interval=(value - 0.05, value + 0.05))
        kept(folder, trial("top1"), Measured((one,)))
    change = only(folders)
    assert change.judgement == J.REGRESSION
    assert change.p is not None
    assert change.p < 1e-20
    assert "not paired: no pairs: no rows were kept" in change.why


def test_several_trainings_are_compared_over_them(folders: tuple[Path, Path]) -> None:
    for folder, shift in zip(folders, (0.0, -0.1), strict=True):
        for seed, value in enumerate((0.81, 0.82, 0.80, 0.815)):
            one = Measurement("top1", (value + shift + seed * shift / 100,))
            kept(folder, trial("top1", "tuned", seed, TRAINED), Measured((one,)))
    change = only(folders)
    assert (change.judgement, change.kind) == (J.REGRESSION, "seeds")
    assert change.before
    assert change.before.samples == 4


def test_one_training_is_too_few(folders: tuple[Path, Path]) -> None:
    for folder, value in zip(folders, (0.8, 0.6), strict=True):
        kept(folder, trial("top1", "tuned", 0, TRAINED), Measured((Measurement("top1", (value,)),)))
    assert only(folders).judgement is J.INSUFFICIENT_DATA
    kept(folders[1], trial("top1", "tuned", 0, TRAINED), Measured((Measurement("top1", (0.8,)),)), at="2027")
    assert only(folders).judgement is J.EQUIVALENT


@pytest.mark.parametrize(
    ("metric", "device", "expected"),
    [
        ("peak_allocated_mib", "cpu", J.REGRESSION),
        ("peak_memory_mib", "cpu", J.SUSPICIOUS),
        ("peak_memory_mib", "cuda", J.REGRESSION),
    ],
)
def test_readings_of_memory_know_their_largest_error(
    folders: tuple[Path, Path], metric: str, device: str, expected: J
) -> None:
    """Of a whole process on a CPU the kernel's pages of libraries are a part: no alarm by itself."""
    of = trial("peak-memory")
    own = replace(of, probe=replace(of.probe, condition=replace(of.probe.condition, device=device)))
    for folder, value in zip(folders, (400.0, 440.0), strict=True):
        kept(folder, own, Measured((Measurement(metric, (value,), interval=(value - 1.5, value + 1.5)),)))
    change = only(folders)
    assert (change.judgement, change.kind, change.threshold) == (expected, "exact", 0.02)
    assert ("as it holds them" in change.why) == (expected is J.SUSPICIOUS)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((5.0, 5.1), J.INCONCLUSIVE),
        ((5.0, 7.9), J.INCONCLUSIVE),
        ((5.0, 8.1), J.REGRESSION),
        ((8.1, 5.0), J.IMPROVEMENT),
        ((1000.0, 1001.0), J.EQUIVALENT),
    ],
)
def test_readings_within_their_errors_tell_of_no_change(
    folders: tuple[Path, Path], values: tuple[float, float], expected: J
) -> None:
    """However large a share of a small model ± 1.5 MiB are."""
    for folder, value in zip(folders, values, strict=True):
        read = Measurement("peak_allocated_mib", (value,), interval=(value - 1.5, value + 1.5))
        kept(folder, trial("peak-memory"), Measured((read,)))
    change = only(folders)
    assert change.judgement is expected
    assert ("known errors" in change.why) == (expected is J.INCONCLUSIVE)


def test_profiles_of_counts_are_compared_as_a_whole(folders: tuple[Path, Path]) -> None:
    for folder, last in zip(folders, (5.0, 6.0), strict=True):
        profile = Measurement("layer_params", (1.0, 2.0, last)), Measurement("layer_ms", (1.0, 2.0, last))
        kept(folder, trial("layers"), Measured(profile))
    change = only(folders)
    assert (change.metric.name, change.judgement) == ("layer_params", J.REGRESSION)


def test_too_few_rounds_are_insufficient(folders: tuple[Path, Path]) -> None:
    few = Measurement("latency_ms", (1.0, 2.0), {"reference": (1.0, 1.0), "twin": (1.0, 1.0)})
    for folder in folders:
        kept(folder, trial("latency", "small"), Measured((few,)))
    assert only(folders).judgement is J.INSUFFICIENT_DATA
