"""Plans of what has to be trained: what is skipped, what is waited for, how long it will take, which key it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.measure import Artifacts
from benchbench.recovery import GUESSED, TO_TRAIN, UNTRAINED, forecast, images_of, time_in_words
from benchbench.types import Entry, Measured, Measurement, Record, Skipped
from tests.recovered_suite import SUITE, asked, keep, lineage, trained, trials

TRAINED = {"tuned", "gradual", "control", "taught"}


def outcomes(plan: flow.Plan, probe: str = "coco-ap") -> dict[tuple[str, int], object]:
    found = [entry for entry in plan.entries if entry.trial.probe.name == probe]
    return {(entry.trial.variant.name, entry.trial.seed): entry.outcome for entry in found}


def test_without_being_asked_nothing_is_trained_and_the_remedy_is_told(tmp_path: Path) -> None:
    request = asked(tmp_path)
    found = outcomes(flow.plan(request))
    assert {name for name, _ in found} == TRAINED | {"base", "heads"}
    assert found["base", 0] == found["heads", 0] == flow.PENDING
    for name in TRAINED:
        for seed in (0, 1):
            outcome = found[name, seed]
            assert isinstance(outcome, Skipped)
            assert outcome.reason == UNTRAINED
            assert outcome.remedy == f"benchbench run {request.suite} --recover (10 trainings, about 1 min)"


def test_when_asked_they_wait_for_their_training(tmp_path: Path) -> None:
    plan = flow.plan(asked(tmp_path, recover=True))
    assert {outcomes(plan)[name, seed] for name in TRAINED for seed in (0, 1)} == {TO_TRAIN}
    [cohort] = plan.trainings
    assert {(trial.variant.name, trial.seed) for trial in cohort.trials} == {(n, s) for n in TRAINED for s in (0, 1)}
    assert all(trial.variant.name not in TRAINED for trial in plan.cohorts[-1].trials)


def test_costs_wait_for_no_training_and_are_taken_once(tmp_path: Path) -> None:
    plan = flow.plan(asked(tmp_path))
    for probe in ("size", "recovery"):
        assert outcomes(plan, probe) == {(name, 0): flow.PENDING for name in TRAINED | {"base", "heads"}}


def test_what_is_trained_is_measured_and_nothing_else_is_waited_for(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "taught")
    plan = flow.plan(request)
    assert outcomes(plan)["taught", 0] == outcomes(plan)["taught", 1] == flow.PENDING
    assert plan.forecast.trainings == 8
    for name in ("tuned", "gradual", "control"):
        trained(request, name)
    plan = flow.plan(request)
    assert not plan.trainings
    assert plan.forecast.trainings == 0


def test_the_images_ahead_are_steps_times_batch_times_accumulation(tmp_path: Path) -> None:
    request = asked(tmp_path)
    expected = flow.plan(request).forecast
    assert (expected.trainings, expected.images, expected.ground) == (10, 8 * 24, GUESSED)
    [first, last] = lineage(request).needs(trials(request, "gradual")[0])
    assert (images_of(first), images_of(last)) == (12, 12)


def test_the_pace_is_that_of_trainings_made_here_before_those_that_ship(tmp_path: Path) -> None:
    request = asked(tmp_path)
    shipped = Artifacts(tmp_path / "shipped")
    own = Artifacts(tmp_path / "own", shipped.folder)
    known = lineage(request)
    needs = [known.needs(trial)[-1] for trial in trials(request, "control")]
    cohorts = flow.plan(request).trainings
    keep(shipped, needs[0], seconds=48.0)
    found = forecast(cohorts, known, own)
    assert found.seconds == pytest.approx(found.images * 2.0)
    assert "ship" in found.ground
    keep(own, needs[1], seconds=6.0)
    found = forecast(cohorts, known, own)
    assert found.seconds == pytest.approx(found.images * 0.25)
    assert found.ground == "judged by 1 made here before"


def test_trainings_of_another_scale_tell_no_pace(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "control")
    other = asked(tmp_path, SUITE.replace("{shorter: 96, longer: 96}", "{shorter: 64, longer: 64}"))
    assert flow.plan(other).forecast.ground == GUESSED
    assert "made here" in flow.plan(asked(tmp_path)).forecast.ground


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 min"), (89, "1 min"), (2000, "33 min"), (5400, "1.5 h"), (36000, "10.0 h")]
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert time_in_words(seconds) == words


def test_scores_know_which_weights_were_learnt_and_costs_do_not(tmp_path: Path) -> None:
    request = asked(tmp_path)

    def keys(probe: str) -> list[str]:
        plan = flow.plan(request)
        return [plan.keys[trial.identity] for trial in trials(request, "tuned", probe)]

    before = {probe: keys(probe) for probe in ("coco-ap", "recovery", "size")}
    trained(request, "tuned", 0.5)
    first = {probe: keys(probe) for probe in before}
    trained(request, "tuned", 0.6)
    again = {probe: keys(probe) for probe in before}
    assert len(set(first["coco-ap"])) == 2
    for probe in ("coco-ap", "recovery"):
        assert len({before[probe][0], first[probe][0], again[probe][0]}) == 3
    assert before["size"] == first["size"] == again["size"]


def test_without_training_data_the_remedy_is_to_declare_them(tmp_path: Path) -> None:
    text = SUITE.replace("    training: {shapes: {seed: 5, count: 8}}\n", "")
    outcome = outcomes(flow.plan(asked(tmp_path, text)))["tuned", 0]
    assert isinstance(outcome, Skipped)
    assert outcome.reason.startswith("to be trained first: ")
    assert "declare" in outcome.remedy
    assert "training" in outcome.remedy


def test_weights_that_are_there_need_no_training_data(tmp_path: Path) -> None:
    request = asked(tmp_path, SUITE.replace("    training: {shapes: {seed: 5, count: 8}}\n", ""))
    trained(request, "tuned")
    assert outcomes(flow.plan(request))["tuned", 0] == flow.PENDING


def test_weights_that_are_there_need_no_calibration(tmp_path: Path) -> None:
    text = SUITE.replace("score: l1", "score: gradient").replace("    calibration: {shapes: {seed: 3, count: 4}}\n", "")
    request = asked(tmp_path, text)
    before = outcomes(flow.plan(request))["tuned", 0]
    assert isinstance(before, Skipped)
    assert "calibration" in before.reason
    trained(request, "tuned")
    after = outcomes(flow.plan(request))
    assert after["tuned", 0] == flow.PENDING
    assert isinstance(after["heads", 0], Skipped)


def scored(entry: Entry, key: str, value: float) -> Record:
    outcome = Measured((Measurement("AP", (value,), interval=(value - 0.01, value + 0.01)),))
    return Record(key, entry.trial, outcome, {}, {}, {"data_fingerprint": "d"}, "run", "2026-01-01T00:00:00.000+00:00")


def test_reports_hold_repeated_trainings_as_one(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "tuned")
    plan = flow.plan(request)
    for entry in plan.entries:
        if entry.trial.variant.name == "tuned" and entry.trial.probe.name == "coco-ap":
            request.store.append(scored(entry, plan.keys[entry.trial.identity], 0.4 + entry.trial.seed / 10))
    laid = flow.recorded(replace(request))
    account = flow.account(laid, laid.entries)
    [entry] = [each for each in account.entries if each.trial.probe.name == "coco-ap" and each.record is not None]
    assert isinstance(entry.outcome, Measured)
    assert entry.outcome.measurements[0] == Measurement("AP", (0.4, 0.5), {"seed": (0.0, 1.0)})
    assert len([each for each in account.repeats if each.record is not None]) == 2


def test_what_was_scored_with_weights_that_are_gone_is_still_reported(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "tuned")
    plan = flow.plan(request)
    for entry in plan.entries:
        if entry.trial.variant.name == "tuned" and entry.trial.probe.name == "coco-ap":
            request.store.append(scored(entry, plan.keys[entry.trial.identity], 0.4))
    request.artifacts.prune(lambda _: False)
    found = outcomes(flow.recorded(asked(tmp_path)))
    assert isinstance(found["tuned", 0], Measured)
    assert isinstance(found["control", 0], Skipped)
    assert isinstance(outcomes(flow.plan(asked(tmp_path)))["tuned", 0], Skipped)
