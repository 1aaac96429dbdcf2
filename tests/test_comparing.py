"""Two stores compared: what changed, what cannot be compared and why, on records with made-up numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchbench.comparing import compare
from benchbench.record import Store
from benchbench.sides import side
from benchbench.types import Change, Failed, Judgement, Measured, Measurement, Use
from benchbench.types.compared import Comparison
from tests.kept_records import DATA, kept, latency, settings, size, top1, trial

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


@pytest.mark.parametrize(("after", "expected"), [(100, J.EQUIVALENT), (101, J.REGRESSION), (99, J.IMPROVEMENT)])
def test_of_counts_any_change_is_one(folders: tuple[Path, Path], after: float, expected: Judgement) -> None:
    size(folders[0], 100)
    size(folders[1], after)
    change = only(folders)
    assert (change.judgement, change.kind, change.p) == (expected, "exact", None)
    assert change.effect
    assert change.effect.value == pytest.approx(after / 100 - 1)


def test_the_newest_record_of_a_trial_counts(folders: tuple[Path, Path]) -> None:
    size(folders[0], 100)
    size(folders[1], 100, at="2026-11-22T09:00")
    size(folders[1], 300, at="2026-11-22T08:00")
    assert only(folders).judgement is J.EQUIVALENT


def test_of_another_machine_both_sides_are_told(folders: tuple[Path, Path]) -> None:
    latency(folders[0], 0.7)
    latency(folders[1], 0.9, environment=settings(cpu="another", threads=8))
    change = only(folders)
    assert change.judgement is J.NOT_COMPARABLE
    assert "cpu: made-up | another" in change.why
    assert "threads: 2 | 8" in change.why


def test_counts_are_equal_on_every_machine(folders: tuple[Path, Path]) -> None:
    outcome = Measured((Measurement("params", (1.0,)),))
    kept(folders[0], trial("size"), outcome)
    kept(folders[1], trial("size"), outcome, environment=settings(cpu="another"))
    assert only(folders).judgement is J.EQUIVALENT


def test_scores_on_other_data_are_not_compared(folders: tuple[Path, Path]) -> None:
    top1(folders[0], RIGHT.tolist())
    top1(folders[1], RIGHT.tolist(), facts={**DATA, "data_fingerprint": "e", "images": 100})
    change = only(folders)
    assert change.judgement is J.NOT_COMPARABLE
    assert "data_fingerprint: d | e" in change.why
    assert "images: 200 | 100" in change.why


@pytest.mark.parametrize("error", ["MemoryError: out of memory", "BadData: 3 % of all values are NaN"])
def test_a_status_that_worsens_is_a_regression(folders: tuple[Path, Path], error: str) -> None:
    size(folders[0], 1)
    kept(folders[1], trial("size"), Failed(f"{error}\nmore"))
    change = only(folders)
    assert (change.judgement, change.metric.name, change.why) == (J.REGRESSION, "status", f"failed: {error}")
    assert only((folders[1], folders[0])).judgement is J.IMPROVEMENT


def test_what_fails_on_both_sides_or_is_new_failed(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        kept(folder, trial("size"), Failed("x"))
    kept(folders[1], trial("size", "new"), Failed("x"))
    assert [change.judgement for change in between(folders).changes] == [J.FAILED, J.FAILED]


def test_what_is_gone_is_told_and_what_is_new_counted(folders: tuple[Path, Path]) -> None:
    size(folders[0], 1, "old")
    size(folders[1], 1, "new")
    found = between(folders)
    assert [(each.variant, each.judgement, each.after) for each in found.changes] == [
        ("old", J.INSUFFICIENT_DATA, None)
    ]
    assert "1 trial of b not in a" in found.notes


def test_a_metric_that_is_gone_is_told(folders: tuple[Path, Path]) -> None:
    both = Measurement("params", (1.0,)), Measurement("file_mib", (2.0,))
    kept(folders[0], trial("size"), Measured(both))
    kept(folders[1], trial("size"), Measured(both[:1]))
    found = {change.metric.name: change for change in between(folders).changes}
    assert (found["file_mib"].judgement, found["file_mib"].after) == (J.INSUFFICIENT_DATA, None)


def test_a_variant_whose_recipe_changed_is_compared_with_itself(folders: tuple[Path, Path]) -> None:
    for folder, count in zip(folders, (4, 5), strict=True):
        cut = trial("size", "heads", steps=(Use("prune-heads", {"count": count}),))
        kept(folder, cut, Measured((Measurement("params", (100.0 - count,)),)))
    change = only(folders)
    assert change.judgement is J.IMPROVEMENT
    assert "recipe changed" in change.why


def test_another_condition_is_not_comparable(folders: tuple[Path, Path]) -> None:
    one = trial("size")
    other = replace(one, probe=replace(one.probe, condition=replace(one.probe.condition, dtype="float16")))
    for folder, of in zip(folders, (one, other), strict=True):
        kept(folder, of, Measured((Measurement("params", (1.0,)),)))
    change = only(folders)
    assert (change.judgement, change.why) == (J.NOT_COMPARABLE, "dtype: float32 | float16")


def test_another_version_of_a_probe_measures_something_else(folders: tuple[Path, Path]) -> None:
    for folder, version in zip(folders, "12", strict=True):
        outcome = Measured((Measurement("params", (1.0,)),))
        kept(folder, trial("size"), outcome, versions={"probe size": version})
    assert only(folders).why == "version of probe size: 1 | 2"


def test_many_tests_are_corrected_for_their_number(folders: tuple[Path, Path]) -> None:
    """Nine images of one variant are p = 0.004 alone, and no alarm among fourteen other variants that were tested."""
    worse, other = RIGHT.copy(), RIGHT.copy()
    worse[np.flatnonzero(RIGHT)[:9]] = False
    other[np.flatnonzero(RIGHT)[:1]], other[np.flatnonzero(~RIGHT)[:1]] = False, True
    top1(folders[0], RIGHT.tolist())
    top1(folders[1], worse.tolist())
    assert only(folders).judgement is J.REGRESSION
    for number in range(14):
        top1(folders[0], RIGHT.tolist(), f"v{number}")
        top1(folders[1], other.tolist(), f"v{number}")
    found = {change.variant: change for change in between(folders).changes}
    assert found["base"].judgement is J.SUSPICIOUS
    assert "Holm's correction for 15 tests" in found["base"].why


def test_files_that_cannot_be_read_are_told(folders: tuple[Path, Path]) -> None:
    size(folders[0], 1)
    size(folders[1], 1)
    (folders[1] / "stand-in" / "size" / "broken.json").write_text("{")
    assert "b: 1 file that could not be read" in between(folders).notes


def test_comparing_writes_nothing(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        top1(folder, RIGHT.tolist())
    seen = sorted(path for folder in folders for path in folder.rglob("*"))
    between(folders)
    assert sorted(path for folder in folders for path in folder.rglob("*")) == seen
    assert len(Store(folders[0]).records()) == 1
