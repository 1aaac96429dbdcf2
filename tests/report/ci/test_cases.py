"""What stands for what: trials, claims and changes as cases of a test."""

from __future__ import annotations

from dataclasses import replace

from benchbench.report.ci.cases import Case, Standing, names, of_account, of_comparison
from benchbench.types import Condition, Failed, Place, Ruling, Skipped, Trial
from benchbench.types.compared import Judgement
from tests.report.accounts import FULL, LATENCY, VARIANTS, account
from tests.report.ci.outcomes import EXPECTED, comparison

GIVEN = account()


def case(group: str, name: str) -> Case:
    [found] = [each for each in of_account(GIVEN).cases if (each.group, each.name) == (group, name)]
    return found


def test_a_failed_trial_is_broken_with_its_error_and_log() -> None:
    found = case("detr.full.latency", "hostile")
    assert found.standing is Standing.BROKEN
    assert "the worker was killed" in found.reason
    assert "MemoryError" in found.log


def test_a_skipped_trial_names_its_reason_and_its_remedy() -> None:
    found = case("detr.full.coco-ap", "base")
    assert found.standing is Standing.SKIPPED
    assert found.reason == "COCO val2017 is not on this machine → benchbench fetch coco-val2017"


def test_a_measured_trial_passes_with_its_notes() -> None:
    found = case("detr.full.latency", "heads")
    assert found.standing is Standing.PASSED
    assert "not resolved within the budget" in found.reason


def test_every_trial_and_every_claim_is_there_once() -> None:
    cases = of_account(GIVEN).cases
    assert len(cases) == len(GIVEN.entries) + len(GIVEN.verdicts)
    assert len({(each.group, each.name) for each in cases}) == len(cases)


def test_rulings_stand_as_a_test_would() -> None:
    standing = {verdict.ruling: case("detr.claims", verdict.claim.id).standing for verdict in GIVEN.verdicts}
    failing = {Ruling.REFUTED, Ruling.IMPOSSIBLE, Ruling.CONTRADICTED, Ruling.CANNOT_RUN}
    open_ = {Ruling.UNDECIDED, Ruling.NOT_COMPARABLE, Ruling.NOT_MEASURED}
    assert set(standing) == set(Ruling)
    assert {ruling for ruling, found in standing.items() if found is Standing.FAILED} == failing
    assert {ruling for ruling, found in standing.items() if found is Standing.SKIPPED} == open_


def test_single_trainings_are_told_where_they_failed() -> None:
    entry = GIVEN.entries[0]
    trained = [replace(entry, trial=replace(entry.trial, seed=seed)) for seed in (1, 2)]
    given = replace(GIVEN, repeats=(trained[0], replace(trained[1], outcome=Failed("NaN"))))
    new = [each for each in of_account(given).cases if "seed" in each.name]
    assert [(each.name, each.reason) for each in new] == [("base (seed 2)", "NaN")]


def test_uses_of_one_probe_are_told_apart_by_how_they_differ() -> None:
    one = Trial(VARIANTS[0], FULL, LATENCY)
    other = replace(one, probe=replace(LATENCY, condition=Condition(batch=8, threads=2), settings={"rounds": 3}))
    assert names([one]) == ("base",)
    assert names([one, other]) == ("base (threads 2)", "base (batch 8, threads 2, rounds 3)")


def test_judgements_of_a_comparison() -> None:
    changed = comparison()
    cases = of_comparison(changed).cases
    assert {Judgement(each.word): each.standing for each in cases} == EXPECTED
    words = [each.word for each in cases]
    assert words[:4] == ["regression", "failed", "suspicious", "improvement"]
    assert len(words) == len(changed.changes)
    [regression] = [each for each in cases if each.word == "regression"]
    assert regression.reason.endswith("(20.0 ± 0.5 ms → 24.0 ± 0.5 ms)".replace(" ms", "\N{NO-BREAK SPACE}ms"))


def test_comparisons_of_two_suites_have_two_names() -> None:
    named = {stem: of_comparison(comparison(), {"x": Place(f"suites/{stem}.yaml", 3, 1)}).name for stem in ("a", "b")}
    assert named["a"] == f"a: {of_comparison(comparison()).name}"
    assert named["a"] != named["b"]


def test_a_skip_keeps_its_reason() -> None:
    assert [
        each.reason for each in of_account(GIVEN).cases if each.standing is Standing.SKIPPED and not each.reason
    ] == []
    skipped = [entry for entry in GIVEN.entries if isinstance(entry.outcome, Skipped)]
    assert skipped
