"""A gate by trial: the verdicts of the whole comparison, and no alarm of a part that the whole would not give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.comparing import compare
from benchbench.gating import by_trial
from benchbench.sides import Side, side
from benchbench.types import Change, Failed, Judgement, Measured, Measurement, Use
from tests.kept_records import SCALE, kept, latency, size, timed, top1, trial

RIGHT = [True] * 160 + [False] * 40
WORSE = [False] * 9 + RIGHT[9:]
"""Nine images lost and none won: p = 0.0039 by McNemar's exact test."""
OTHERS = tuple(f"other-{number}" for number in range(15))


def sides(tmp_path: Path) -> tuple[Side, Side]:
    return side("a", tmp_path / "a"), side("b", tmp_path / "b")


def judged(found: dict[str, tuple[Change, ...]]) -> dict[tuple[str, str], Judgement]:
    """By variant and metric."""
    return {(change.variant, change.metric.name): change.judgement for each in found.values() for change in each}


def test_trials_come_to_what_the_comparison_says_of_them(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    for folder in (a, b):
        size(folder, 100)
        size(folder, 50 if folder == a else 51, "larger")
        latency(folder, 0.7 if folder == a else 0.9, seed=1 if folder == a else 2)
    kept(a, trial("size", "broke"), Measured((Measurement("params", (1.0,)),)))
    kept(b, trial("size", "broke"), Failed("MemoryError"))
    size(a, 7, "gone")
    size(b, 8, "new")
    found = by_trial(*sides(tmp_path), "base")
    whole = compare(*sides(tmp_path)).changes
    key = repr
    assert sorted((change for each in found.values() for change in each), key=key) == sorted(whole, key=key)
    assert judged(found) == {
        ("base", "params"): Judgement.EQUIVALENT,
        ("larger", "params"): Judgement.REGRESSION,
        ("small", "latency_ms"): Judgement.REGRESSION,
        ("broke", "status"): Judgement.REGRESSION,
        ("gone", "status"): Judgement.INSUFFICIENT_DATA,
    }
    assert sorted(map(len, found.values())) == [0, 1, 1, 1, 1, 1]


def test_a_recipe_that_changed_is_compared_with_itself(tmp_path: Path) -> None:
    for folder, count in (("a", 1), ("b", 2)):
        of = trial("size", "cut", steps=(Use("drop-layers", {"stack": "encoder", "count": count}),))
        kept(tmp_path / folder, of, Measured((Measurement("params", (float(count),)),)))
    assert judged(by_trial(*sides(tmp_path), "base")) == {("cut", "params"): Judgement.REGRESSION}


@pytest.mark.parametrize("others", [OTHERS, ()], ids=["a part", "all there is"])
def test_tests_still_to_come_are_reckoned_with(tmp_path: Path, others: tuple[str, ...]) -> None:
    top1(tmp_path / "a", RIGHT, "small")
    top1(tmp_path / "b", WORSE, "small")
    for name in others:
        top1(tmp_path / "a", RIGHT, name)
    alone = compare(*sides(tmp_path)).changes
    assert {change.judgement for change in alone if change.variant == "small"} == {Judgement.REGRESSION}
    part = judged(by_trial(*sides(tmp_path), "base"))
    assert part["small", "top1"] is (Judgement.SUSPICIOUS if others else Judgement.REGRESSION)
    for name in others:
        top1(tmp_path / "b", [*RIGHT[:159], False, True, *RIGHT[161:]], name)
    assert judged(by_trial(*sides(tmp_path), "base")) == {
        (change.variant, change.metric.name): change.judgement for change in compare(*sides(tmp_path)).changes
    }


def test_only_what_would_be_tested_is_reckoned_with(tmp_path: Path) -> None:
    """Counts, and times of the reference, cost nothing."""
    top1(tmp_path / "a", RIGHT, "small")
    top1(tmp_path / "b", WORSE, "small")
    for name in OTHERS:
        size(tmp_path / "a", 1, name)
        own = replace(trial("latency"), scale=replace(SCALE, name=name))
        kept(tmp_path / "a", own, Measured((timed(10.0, 1.0),)))
    assert judged(by_trial(*sides(tmp_path), "base"))["small", "top1"] is Judgement.REGRESSION
    assert judged(by_trial(*sides(tmp_path), "small"))["small", "top1"] is Judgement.SUSPICIOUS
