"""What `gc` takes away, and what it leaves."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import cleaning, flow
from benchbench.cleaning import Leftover, clean, keys_of
from benchbench.types import Json, Measured, Measurement, Record
from tests.recovered_suite import SUITE, asked, lineage, trained, trials

LONGER = SUITE.replace("steps: 2, batch: 4", "steps: 3, batch: 4")


@pytest.fixture(autouse=True)
def nothing_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "suites", dict)


def cards(request: flow.Request) -> set[str]:
    return {path.stem for path in (request.artifacts.folder / "cards").glob("*.json")}


def weights(request: flow.Request) -> set[str]:
    return {path.stem for path in (request.artifacts.folder / "weights").glob("*.safetensors")}


def keys(request: flow.Request, variant: str) -> list[str]:
    known = lineage(request)
    return [known.needs(trial)[-1].key for trial in trials(request, variant)]


def recorded(request: flow.Request, variant: str, at: str = "2026-01-01T00:00:00.000+00:00") -> None:
    """As if the variant had been scored with the weights there are."""
    plan = flow.plan(request)
    for trial in trials(request, variant):
        need = lineage(request).needs(trial)[-1]
        surgery: list[Json] = [{"step": "prune-heads"}, {"step": "finetune", "key": need.key, "teacher": None}]
        outcome = Measured((Measurement("AP", (0.4,)),))
        record = Record(plan.keys[trial.identity], trial, outcome, {}, {}, {"surgery": surgery}, "r", at)
        request.store.append(record)


def run(request: flow.Request, *, dry: bool = False, everything: bool = False) -> tuple[Leftover, ...]:
    return clean(request.store, request.artifacts, dry=dry, everything=everything)


def test_what_the_newest_records_name_stays(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "tuned")
    trained(request, "control", 7.0)
    recorded(request, "tuned")
    removed = run(request)
    assert cards(request) == set(keys(request, "tuned"))
    assert len(weights(request)) == 2
    assert sorted(each.kind for each in removed) == ["card", "card", "weights", "weights"]
    assert all(each.mib > 0 and not each.path.exists() for each in removed)


def test_weights_that_another_training_came_to_as_well_stay(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "tuned")
    trained(request, "control")
    recorded(request, "tuned")
    assert [each.kind for each in run(request)] == ["card", "card"]
    assert len(weights(request)) == 2


def test_weights_of_an_older_record_of_the_recipe_go(tmp_path: Path) -> None:
    """The recipe is the same, the data it was trained on are others now."""
    before = asked(tmp_path)
    trained(before, "tuned")
    recorded(before, "tuned", "2026-01-01T00:00:00.000+00:00")
    old = set(keys(before, "tuned"))
    after = asked(tmp_path, SUITE.replace("{seed: 5, count: 8}", "{seed: 7, count: 8}"))
    trained(after, "tuned", 0.7)
    recorded(after, "tuned", "2026-01-02T00:00:00.000+00:00")
    run(after)
    assert cards(after) == set(keys(after, "tuned"))
    assert not old & cards(after)


def test_a_dry_run_tells_the_same_and_removes_nothing(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "control")
    before = cards(request), weights(request)
    told = run(request, dry=True)
    assert (cards(request), weights(request)) == before
    assert run(request) == told
    assert cards(request) == weights(request) == set()
    assert run(request) == ()


def test_all_takes_what_is_in_use_too(tmp_path: Path) -> None:
    request = asked(tmp_path)
    trained(request, "tuned")
    recorded(request, "tuned")
    assert run(request) == ()
    assert len(run(request, everything=True)) == 4
    assert cards(request) == set()


def test_what_a_shipped_suite_would_look_for_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(tmp_path)
    trained(request, "taught")
    trained(request, "control", 7.0)
    monkeypatch.setattr(cleaning, "suites", lambda: {request.suite: "A suite that ships"})
    assert run(request) == ()
    asked(tmp_path, LONGER)
    assert len(run(request)) == 8


def test_teachers_are_named_by_their_pupils(tmp_path: Path) -> None:
    trial = trials(asked(tmp_path), "taught")[0]
    teacher: list[Json] = [{"step": "finetune", "key": "b" * 64}]
    surgery: list[Json] = [{"step": "distil", "key": "a" * 64, "teacher": teacher}, {"step": "prune-heads"}]
    record = Record("k", trial, Measured(()), {}, {}, {"surgery": surgery}, "r", "2026")
    assert list(keys_of(record)) == ["a" * 64, "b" * 64]
    assert list(keys_of(replace(record, facts={}))) == []


@pytest.fixture
def leftovers(tmp_path: Path) -> tuple[flow.Request, Path, Path]:
    request = asked(tmp_path)
    old, new = request.artifacts.training("a" * 64), request.artifacts.training("b" * 64)
    for folder in (old, new):
        (folder / "checkpoint").write_bytes(bytes(2**20))
    long_ago = 1_000_000_000
    for path in (old / "checkpoint", old):
        os.utime(path, (long_ago, long_ago))
    return request, old, new


def test_old_unfinished_trainings_go_and_those_under_way_stay(leftovers: tuple[flow.Request, Path, Path]) -> None:
    request, old, new = leftovers
    [told] = run(request)
    assert (told.path, told.kind, told.mib) == (old, "unfinished training", 1.0)
    assert not old.exists()
    assert (new / "checkpoint").exists()


def test_without_any_weights_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert run(asked(tmp_path)) == ()
    assert not (tmp_path / "records" / "artifacts").exists()


def test_prepared_images_go_when_they_are_old_or_all_goes(tmp_path: Path) -> None:
    request, folder = asked(tmp_path), tmp_path / "prepared"
    for name, at in (("old", 1e9), ("young", 4e9)):
        (folder / name).mkdir(parents=True)
        (folder / name / "0.batch").write_bytes(b"x" * 2**20)
        os.utime(folder / name, (at, at))

    def told(*, dry: bool, everything: bool) -> list[tuple[str, str, float]]:
        found = clean(request.store, request.artifacts, dry=dry, everything=everything, prepared=folder)
        return [(each.path.name, each.kind, each.mib) for each in found]

    assert told(dry=True, everything=False) == told(dry=False, everything=False) == [("old", "prepared images", 1.0)]
    assert [path.name for path in folder.iterdir()] == ["young"]
    assert told(dry=False, everything=True) == [("young", "prepared images", 1.0)]
    assert not list(folder.iterdir())
