"""Recovery trainings in real processes: made once, killed, stopped, failed, and what models are built of afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchbench.measure.artifacts import Artifact, Artifacts
from benchbench.measure.crew import Crew
from benchbench.measure.job import Progress, Result
from benchbench.types import Cohort, Failed, Measured, Use, Variant
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, recover_toys, results, samples, use, variant, work
from tests.measure.recovering import ASKED

pytestmark = pytest.mark.integration

TRAIN, FREE = use("dots", split="train", count=5), use("dots", split="free", count=5)


def taught(name: str, *before: Use, **settings: Any) -> Variant:
    return variant(name, *before, use("teach", **{"steps": 6, **settings}))


def pupil(teacher: Variant, trace: Path) -> Variant:
    lesson = use("imitate", steps=4, teacher=teacher.name, data="unlabelled", trace=str(trace))
    return variant("pupil", use("drop", count=1), replace(lesson, teacher=teacher))


def asked(*variants: Variant, probe: str = "accuracy", seed: int = 0, training: Use | None = TRAIN) -> Cohort:
    return cohort(probe, *variants, training=training, unlabelled=FREE, seed=seed)


def recovered(cohort: Cohort, folder: Path, crew: Crew) -> list[Progress | Result]:
    return list(recover_toys(cohort, work(folder), crew))


def errors(events: Sequence[Progress | Result]) -> dict[str, str]:
    found = results(list(events))
    return {name: result.outcome.error for name, result in found.items() if isinstance(result.outcome, Failed)}


def cards(folder: Path) -> tuple[Artifact, ...]:
    return Artifacts(folder / "artifacts").cards()


def measured(cohort: Cohort, folder: Path, crew: Crew) -> dict[str, Result]:
    return results(list(measure_toys(cohort, work(folder), crew)))


def test_what_was_learnt_is_scored_and_learnt_once(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    both = asked(BASE, taught("taught", trace=str(trace)))
    events = recovered(both, tmp_path, crew)
    assert not results(events)
    assert trace.read_text().splitlines() == [f"0 {step}" for step in range(6)]
    scored = measured(both, tmp_path, crew)
    assert samples(scored["taught"])["error"] < samples(scored["base"])["error"]
    assert scored["base"].facts["recovery"] == "none"
    assert scored["taught"].facts["recovery"] == "teach 6 steps of 2 (full)"
    (kept,) = cards(tmp_path)
    surgery = scored["taught"].facts["surgery"]
    assert isinstance(surgery, list)
    entry = surgery[-1]
    assert isinstance(entry, dict)
    assert (entry["artifact"], entry["key"], entry["seed"]) == (kept.card.weights, kept.card.key, 0)
    assert entry == kept.card.surgery[-1]
    assert isinstance(entry["course"], dict)
    assert entry["course"]["images"] == 12
    assert not recovered(both, tmp_path, crew)
    assert len(trace.read_text().splitlines()) == 6
    assert not (tmp_path / "artifacts" / "training" / kept.card.key).exists()
    assert not (tmp_path / "journal.recover").exists()


def test_progress_counts_the_steps_of_all_trainings(tmp_path: Path, crew: Crew) -> None:
    events = recovered(asked(taught("one"), taught("two", steps=4)), tmp_path, crew)
    told = [event for event in events if isinstance(event, Progress)]
    assert {event.total for event in told} == {10}
    assert [event.done for event in told] == [0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10]
    assert told[0].text == "training one seed 0: teach, step 0 of 6, building"
    assert told[-1].text.startswith("training two seed 0: teach, step 4 of 4, loss ")


def test_another_setting_seed_or_data_trains_anew(tmp_path: Path, crew: Crew) -> None:
    first = asked(taught("taught"))
    others = [
        asked(taught("taught", rate=1e-5)),
        asked(taught("taught"), seed=1),
        asked(taught("taught"), training=use("dots", split="x", count=5)),
    ]
    for number, each in enumerate([first, *others], 1):
        recovered(each, tmp_path, crew)
        assert len(cards(tmp_path)) == number
    recovered(asked(replace(taught("renamed"), title="Another title")), tmp_path, crew)
    assert len(cards(tmp_path)) == 4


def test_several_seeds_of_a_variant_stand_side_by_side(tmp_path: Path, crew: Crew) -> None:
    one, other = asked(taught("taught")), asked(taught("taught"), seed=1)
    both = replace(one, trials=(*one.trials, *other.trials))
    recovered(both, tmp_path, crew)
    found = [event for event in measure_toys(both, work(tmp_path), crew) if isinstance(event, Result)]
    assert [result.trial.seed for result in found] == [0, 1]
    assert samples(found[0])["error"] != samples(found[1])["error"]


def test_killed_twice_it_ends_with_the_same_weights(tmp_path: Path, crew: Crew) -> None:
    recovered(asked(taught("whole", steps=7)), tmp_path, crew)
    trace = tmp_path / "trace"
    dying = taught("dying", steps=7, die=2, trace=str(trace))
    assert not errors(recovered(asked(dying), tmp_path, crew))
    assert [line.split()[1] for line in trace.read_text().splitlines()] == list("0123456")
    one, other = cards(tmp_path)
    assert one.card.key != other.card.key
    assert one.weights == other.weights


@pytest.mark.slow
def test_a_whole_run_killed_twice_ends_with_the_same_weights(tmp_path: Path, crew: Crew) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    reached = [killed_at(step, killed) for step in (3, 40)]
    assert 0 < reached[0] < reached[1] < 3000
    assert not cards(killed)
    told = recovered(ASKED, killed, crew)
    assert isinstance(told[1], Progress)
    assert told[1].done > reached[1]
    recovered(ASKED, whole, crew)
    assert cards(killed)[0].card.weights == cards(whole)[0].card.weights


def killed_at(step: int, folder: Path) -> int:
    """Recover in a process of its own, killed with SIGKILL at a step; the last step it told of."""
    command = [sys.executable, "-m", "tests.measure.recovering", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        done = next(int(line) for line in run.stdout if int(line) >= step)
        workers = psutil.Process(run.pid).children()
        run.kill()
        psutil.wait_procs(workers, timeout=30)
    return done


@pytest.mark.slow
def test_one_that_is_killed_again_and_again_fails_alone(tmp_path: Path, crew: Crew) -> None:
    events = recovered(asked(taught("dying", steps=99, die=40), taught("fine")), tmp_path, crew)
    assert list(errors(events)) == ["dying"]
    assert "SIGKILL" in errors(events)["dying"]
    assert [found.card.recipe["steps"] for found in cards(tmp_path)] == [6]


def test_a_training_that_fails_fails_its_trials_alone(tmp_path: Path, crew: Crew) -> None:
    variants = [
        taught("stubborn", fail="raise"),
        variant("after", use("teach", steps=6, fail="raise"), use("drop", count=1)),
        taught("diverging", fail="nan"),
        taught("growing", fail="grow"),
        taught("curious", fail="unlabelled"),
        taught("untold", use("misbehave", how="throw", after=99)),
        taught("fine"),
    ]
    found = errors(recovered(asked(*variants), tmp_path, crew))
    assert list(found) == ["stubborn", "after", "diverging", "growing", "curious", "untold"]
    assert found["stubborn"] == found["after"] == "the toy will not learn\n  hint: be kind to it"
    assert "diverged" in found["diverging"]
    assert "'teach' changed what it may only fill: extra" in found["growing"]
    assert "asks for unlabelled data" in found["curious"]
    assert "cannot be repeated" in found["untold"]
    assert len(cards(tmp_path)) == 1
    scored = measured(asked(*variants), tmp_path, crew)
    assert isinstance(scored["fine"].outcome, Measured)
    refused = scored["stubborn"].outcome
    assert isinstance(refused, Failed)
    assert "has not been trained here" in refused.error
    assert "--recover" in refused.error


def test_data_that_are_missing_or_scored_on_are_refused(tmp_path: Path, crew: Crew) -> None:
    for training, words in [
        (None, "declares no training data"),
        (use("dots", count=0), "no dots"),
        (use("dots"), "are the data it is scored on"),
    ]:
        found = errors(recovered(asked(taught("taught"), training=training), tmp_path, crew))
        assert words in found["taught"]


def test_damaged_weights_are_made_again(tmp_path: Path, crew: Crew) -> None:
    both = asked(taught("taught"))
    recovered(both, tmp_path, crew)
    (kept,) = cards(tmp_path)
    whole = kept.weights.read_bytes()
    kept.weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert isinstance(measured(both, tmp_path, crew)["taught"].outcome, Failed)
    recovered(both, tmp_path, crew)
    assert kept.weights.read_bytes() == whole
    assert isinstance(measured(both, tmp_path, crew)["taught"].outcome, Measured)


def test_costs_are_measured_without_what_was_learnt(tmp_path: Path, crew: Crew) -> None:
    small = taught("taught", use("drop", count=2))
    found = measured(asked(BASE, small, probe="size"), tmp_path, crew)["taught"]
    assert isinstance(found.outcome, Measured)
    surgery = found.facts["surgery"]
    assert isinstance(surgery, list)
    assert isinstance(surgery[1], dict)
    assert (surgery[1]["step"], surgery[1]["artifact"], surgery[1]["course"]) == ("teach", None, None)
    assert not cards(tmp_path)
    refused = measured(asked(small), tmp_path, crew)["taught"].outcome
    assert isinstance(refused, Failed)


def test_a_teacher_is_trained_before_its_pupil_and_told(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    master = taught("master", trace=str(trace))
    chain = asked(pupil(master, trace))
    assert not errors(recovered(chain, tmp_path, crew))
    assert trace.read_text().split("\n")[:-1] == [f"0 {step}" for step in (*range(6), *range(4))]
    entry = measured(chain, tmp_path, crew)["pupil"].facts["surgery"]
    assert isinstance(entry, list)
    assert isinstance(entry[1], dict)
    teacher = {found.card.step: found.card for found in cards(tmp_path)}["teach"]
    assert entry[1]["teacher"] == teacher.surgery
    assert entry[1]["settings"] == {"steps": 4, "batch": 2, "train": "full", "data": "unlabelled", "trace": str(trace)}


def test_a_teacher_that_fails_fails_its_pupil(tmp_path: Path, crew: Crew) -> None:
    found = errors(recovered(asked(pupil(taught("master", fail="raise"), tmp_path / "trace")), tmp_path, crew))
    assert "the toy will not learn" in found["pupil"]


def test_a_chain_of_cuts_and_trainings_shares_what_it_can(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    lesson = use("teach", steps=6, trace=str(trace))
    once = variant("once", use("drop", count=2), lesson)
    twice = variant("twice", *once.steps, use("weigh", count=1), lesson)
    both = asked(once, twice, SMALL)
    assert not errors(recovered(both, tmp_path, crew))
    assert len(trace.read_text().splitlines()) == 12
    scored = measured(both, tmp_path, crew)
    assert samples(scored["twice"])["error"] != samples(scored["small"])["error"]
    surgery = scored["twice"].facts["surgery"]
    assert isinstance(surgery, list)
    assert [entry["step"] for entry in surgery if isinstance(entry, dict)] == ["drop", "teach", "weigh", "teach"]
    by_length = {len(found.card.surgery): found for found in cards(tmp_path)}
    by_length[2].weights.unlink()
    assert not recovered(asked(twice), tmp_path, crew)
    assert measured(asked(twice), tmp_path, crew)["twice"].outcome == scored["twice"].outcome


def test_asked_to_stop_it_saves_and_goes_on(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    endless = asked(taught("taught", steps=3000, trace=str(trace)))
    events = recover_toys(endless, work(tmp_path), crew)
    next(event for event in events if isinstance(event, Progress) and event.done == 2)
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(events)
    done = len(trace.read_text().splitlines())
    assert 2 <= done < 3000
    again = recover_toys(endless, work(tmp_path), crew)
    first = [next(again) for _ in range(2)][-1]
    assert isinstance(first, Progress)
    assert first.done == done + 1
    again.close()


def test_several_processes_share_a_training_and_one_keeps_it(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    shared = replace(work(tmp_path), processes=2)
    asked_for = asked(taught("taught", trace=str(trace)), taught("failing", fail="rank 1", steps=9000))
    events = list(recover_toys(asked_for, shared, crew))
    assert sorted(trace.read_text().splitlines()) == sorted([f"0 {n}{rank}" for n in range(6) for rank in ("", "1")])
    failure = errors(events)["failing"]
    assert "a process of 2 that train together failed: CannotTrain: this rank will not learn" in failure
    (kept,) = cards(tmp_path)
    assert str(kept.card.made["hardware"]).startswith("2 × ")
    recovered(asked(taught("alone")), tmp_path, crew)
    assert {found.card.weights for found in cards(tmp_path)} == {kept.card.weights}


def test_processes_that_share_a_training_stop_together(tmp_path: Path, crew: Crew) -> None:
    shared = replace(work(tmp_path), processes=2)
    events = recover_toys(asked(taught("taught", steps=3000)), shared, crew)
    next(event for event in events if isinstance(event, Progress) and event.done == 2)
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(events)
    assert not cards(tmp_path)
    assert list((tmp_path / "artifacts" / "training").glob("*/state.npz"))
