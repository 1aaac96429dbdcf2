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
