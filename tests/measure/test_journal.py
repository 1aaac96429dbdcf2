"""What may be gone on with, and what must not."""

from dataclasses import replace
from pathlib import Path

from benchbench.measure.journal import begin
from benchbench.types import Cohort, Place
from tests.measure.cohorts import BASE, SMALL, SMALLER, cohort, use, variant, work
from tests.measure.toy_catalog import SHELVES, STEPS


def begun(cohort: Cohort, folder: Path) -> bool:
    return begin(cohort, work(folder), SHELVES)


def test_the_same_cohort_and_a_part_of_it_go_on(tmp_path: Path) -> None:
    assert not begun(cohort("latency", BASE, SMALL, SMALLER), tmp_path)
    (tmp_path / "journal" / "rounds.jsonl").write_text("kept")
    assert begun(cohort("latency", BASE, SMALL, SMALLER), tmp_path)
    assert begun(cohort("latency", BASE, SMALLER), tmp_path)
    assert (tmp_path / "journal" / "rounds.jsonl").read_text() == "kept"


def test_moving_a_line_of_the_suite_changes_nothing(tmp_path: Path) -> None:
    begun(cohort("latency", BASE), tmp_path)
    assert begun(cohort("latency", replace(BASE, place=Place("suite.yaml", 9, 9))), tmp_path)


def test_another_recipe_setting_or_version_begins_anew(tmp_path: Path) -> None:
    first = cohort("latency", BASE, SMALL)
    others = [
        cohort("latency", BASE, SMALL, SMALLER),
        cohort("latency", BASE, variant("small", use("drop", count=2))),
        cohort("latency", BASE, SMALL, batch=3),
        cohort("latency", BASE, SMALL, seed=1),
        replace(first, reference=SMALL),
    ]
    for other in others:
        begun(first, tmp_path)
        left = tmp_path / "journal" / "rounds.jsonl"
        left.write_text("of another")
        assert not begun(other, tmp_path)
        assert not left.exists()
    begun(first, tmp_path)
    newer = replace(SHELVES, steps={**STEPS, "drop": replace(STEPS["drop"], version=99)})
    assert not begin(first, work(tmp_path), newer)


def test_a_broken_journal_begins_anew(tmp_path: Path) -> None:
    begun(cohort("latency", BASE), tmp_path)
    for broken in ("", "{", "[]", '{"setting": 1}'):
        (tmp_path / "journal" / "cohort.json").write_text(broken)
        assert not begun(cohort("latency", BASE), tmp_path)
