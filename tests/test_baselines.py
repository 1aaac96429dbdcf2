"""Baselines: ordinary record files, whole or not there, under names that lead nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench import baselines
from benchbench.errors import BenchbenchError, UnknownName
from benchbench.machines import keep, machines
from benchbench.record import Store
from benchbench.sides import place_of
from benchbench.types import Failed, Machine
from tests.kept_records import MACHINE, kept, size, top1, trial

RIGHT = [True] * 30 + [False] * 10


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    size(folder, 1, "old", at="2026-11-21")
    size(folder, 2, "old", at="2026-11-22")
    size(folder, 3, "new")
    top1(folder, RIGHT)
    return folder


def make(records: Path, name: str = "b", *, force: bool = False, largest_mib: float = 16.0) -> baselines.Baseline:
    store = Store(records)
    picked = baselines.chosen(store.records(), None)
    return baselines.made(store, picked, baselines.described(name, "s", ""), force=force, largest_mib=largest_mib)


def numbers(folder: Path) -> list[str]:
    return sorted(f"{each.trial.probe.name} {each.trial.variant.name} {each.at}" for each in Store(folder).records())


def test_a_baseline_holds_the_newest_record_of_each_trial(records: Path) -> None:
    assert make(records).records == 3
    home = records / "baselines" / "b"
    assert numbers(home) == ["size new 2026-11-22T01:00", "size old 2026-11-22", "top1 base 2026-11-22T01:00"]
    assert len(Store(records).records()) == 4


def test_failures_are_no_baseline(records: Path) -> None:
    kept(records, trial("size", "old"), Failed("x"), at="2026-11-23")
    make(records)
    assert "size old 2026-11-22" in numbers(records / "baselines" / "b")


def test_rows_come_along(records: Path) -> None:
    assert make(records).left_out == ()
    store = Store(records / "baselines" / "b")
    (scored,) = (record for record in store.records() if record.trial.probe.name == "top1")
    rows = store.arrays(scored, "rows.npz")
    assert rows is not None
    assert rows["column.correct1"].sum() == 30


def test_rows_that_are_too_large_are_left_out_and_told(records: Path) -> None:
    assert make(records, largest_mib=0.0001).left_out == ("stand-in / top1 / base",)
    assert not list((records / "baselines" / "b").rglob("*.npz"))
    assert baselines.card(records, "b").left_out == ("stand-in / top1 / base",)


def test_machines_of_its_records_come_along(records: Path) -> None:
    for cpu in ("made-up", "another"):
        keep(Machine({"cpu": cpu}, 1.0, 1.0, 0.1, "now"), records)
    make(records)
    assert [each.signature["cpu"] for each in machines(records / "baselines" / "b")] == ["made-up"]


def test_only_places_that_are_wanted(records: Path) -> None:
    picked = baselines.chosen(Store(records).records(), [place_of(trial("size", "new"))])
    assert [record.trial.variant.name for record in picked] == ["new"]


def test_a_name_that_is_taken_needs_force(records: Path) -> None:
    make(records)
    size(records, 4, "newer")
    with pytest.raises(BenchbenchError, match="there is a baseline 'b'"):
        make(records)
    assert len(numbers(records / "baselines" / "b")) == 3
    make(records, force=True)
    assert len(numbers(records / "baselines" / "b")) == 4
    assert [each.name for each in (records / "baselines").iterdir()] == ["b"]


def test_an_earlier_baseline_stays_where_a_new_one_cannot_be_made(
    records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(records)
    size(records, 4, "newer")
    monkeypatch.setattr(baselines, "_copied", lambda *_: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        make(records, force=True)
    assert len(numbers(records / "baselines" / "b")) == 3
    assert [each.name for each in (records / "baselines").iterdir()] == ["b"]


def test_nothing_measured_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(BenchbenchError, match="nothing measured"):
        make(tmp_path)
    assert not (tmp_path / "baselines").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", ".new-x", "-x", "x.", "a b", "é", "x" * 61, "a\n"]
)
def test_names_that_lead_elsewhere_are_refused(records: Path, name: str) -> None:
    with pytest.raises(BenchbenchError, match="no name of a baseline"):
        make(records, name, force=True)
    with pytest.raises(BenchbenchError, match="no name of a baseline"):
        baselines.removed(records, name)


@given(st.text(max_size=70))
def test_a_name_that_is_taken_is_one_component_of_a_path(name: str) -> None:
    try:
        baselines.checked(name)
    except BenchbenchError:
        return
    assert Path(name).name == name
    assert not name.startswith((".", "-"))


def test_a_baseline_that_was_removed_is_gone(records: Path) -> None:
    make(records)
    make(records, "other")
    baselines.removed(records, "b")
    assert [each.name for each in (records / "baselines").iterdir()] == ["other"]
    with pytest.raises(UnknownName, match="no baseline 'b'"):
        baselines.removed(records, "b")


def test_a_link_is_not_followed_to_what_it_leads_to(records: Path, tmp_path: Path) -> None:
    make(records)
    outside = tmp_path / "outside"
    outside.mkdir()
    (records / "baselines" / "link").symlink_to(outside)
    with pytest.raises(BenchbenchError, match="is a link"):
        baselines.removed(records, "link")
    assert outside.is_dir()


def test_a_card_tells_how_a_baseline_was_chosen(records: Path) -> None:
    made = make(records)
    assert baselines.card(records, "b") == made
    assert (made.suite, made.records) == ("s", 3)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"suite": "x"}', '{"left_out": 3}', "[" * 5000])
def test_a_damaged_card_costs_no_record(records: Path, content: str) -> None:
    make(records)
    (records / "baselines" / "b" / "baseline.json").write_text(content)
    assert baselines.card(records, "b") == baselines.Baseline("b", "", "", "", "", 3)


def test_a_baseline_is_text_that_can_be_told_apart_line_by_line(records: Path) -> None:
    make(records)
    texts = [path.read_text() for path in (records / "baselines" / "b").rglob("*.json")]
    assert all(text.endswith("\n") and len(text.splitlines()) > 5 for text in texts)
    assert all(isinstance(json.loads(text), dict) for text in texts)


def test_machines_and_versions_are_told_once(records: Path) -> None:
    (only,) = baselines.signatures(Store(records).records(), ("cpu", "torch")).values()
    assert only == {"cpu": MACHINE["cpu"], "torch": "2.0", "records": 4}
