"""Cuts are decided once: what was scored is repeated, and a memory probe never sees the scoring."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench.measure.decisions import Decisions
from benchbench.types import Measured
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, results, samples, use, variant, work
from tests.measure.toy_catalog import SHELVES


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.write("key", [{"step": "drop", "removed": 1}])
    assert decisions.read("key", 1) == [{"step": "drop", "removed": 1}]
    assert [path.name for path in tmp_path.iterdir()] == ["key.json"]


def test_what_cannot_be_read_is_decided_anew(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    assert decisions.read("key", 1) is None
    (tmp_path / "key.json").write_text('[{"step": "dr', encoding="utf-8")
    assert decisions.read("key", 1) is None
    (tmp_path / "key.json").write_text('[{"step": "drop"}]', encoding="utf-8")
    assert decisions.read("key", 2) is None


def test_without_a_folder_nothing_is_kept() -> None:
    decisions = Decisions()
    decisions.write("key", [])
    assert decisions.read("key", 0) is None


def test_a_second_workshop_repeats_the_first_ones_cut(tmp_path: Path) -> None:
    from benchbench.measure.build import Workshop

    asked = cohort("size", BASE, SMALL)
    facts = []
    for _ in range(2):
        workshop = Workshop(SHELVES)
        workshop.open(asked, tmp_path)
        facts.append([workshop.build(trial).facts for trial in asked.trials])
    assert facts[0] == facts[1]
    assert list(tmp_path.iterdir())


@pytest.mark.integration
def test_a_probe_that_needs_its_own_process_measures_one_that_has_not_scored(tmp_path: Path) -> None:
    weighed = variant("weighed", use("weigh", count=1))
    result = results(list(measure_toys(cohort("alone", weighed), work(tmp_path))))["weighed"]
    assert isinstance(result.outcome, Measured), result.outcome
    surgery = result.facts["surgery"]
    assert isinstance(surgery, list)
    assert isinstance(surgery[0], dict)
    assert surgery[0]["scored_by"] != samples(result)["pid"][0]


def test_cuts_around_a_training_are_decided_by_what_was_learnt_before_them(tmp_path: Path) -> None:
    from benchbench.measure.build import Workshop

    lesson = use("teach", steps=2)
    asked = cohort("size", variant("chain", use("weigh", count=2), lesson, use("weigh", count=1), lesson))
    first, other = Workshop(SHELVES), Workshop(SHELVES)
    first.open(asked, tmp_path)
    assert first.build(asked.trials[0]).scored
    kept = list(tmp_path.iterdir())
    assert len(kept) == 2
    other.open(asked, tmp_path)
    again = other.build(asked.trials[0])
    assert not again.scored
    assert again.facts == first.build(asked.trials[0]).facts
    assert list(tmp_path.iterdir()) == kept
    shorter = cohort("size", variant("shorter", use("weigh", count=2)))
    other.open(shorter, tmp_path)
    assert not other.build(shorter.trials[0]).scored


@pytest.mark.integration
def test_a_memory_probe_neither_scores_nor_trains(tmp_path: Path) -> None:
    chain = variant("chain", use("weigh", count=2), use("teach", steps=2, fail="raise"), use("weigh", count=1))
    result = results(list(measure_toys(cohort("alone", chain), work(tmp_path))))["chain"]
    assert isinstance(result.outcome, Measured), result.outcome
    surgery = result.facts["surgery"]
    assert isinstance(surgery, list)
    scorers = [entry.get("scored_by") for entry in surgery if isinstance(entry, dict)]
    assert len(scorers) == 3
    assert samples(result)["pid"][0] not in scorers
