"""Splits of kept rows: whose, under which names, made once; what is wrong with a file costs its own splits alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.catalog.formulas.rows import Rows, save
from benchbench.catalog.probes import coco_ap
from benchbench.catalog.probes.coco_ap import summarise
from benchbench.kept_rows import KeptRows
from benchbench.record import Store
from benchbench.splits import class_names, splits
from benchbench.types import (
    Condition,
    Entry,
    Json,
    Measured,
    Measurement,
    ProbeUse,
    Record,
    Scale,
    Skipped,
    Split,
    Trial,
    Use,
    Variant,
)
from tests.coco_scenes import Shape, as_rows, random_scenes

SCALE = Scale("stand-in", "shapes", "detr", "stand-in", Use("coco"))
USE = ProbeUse("coco-ap", condition=Condition(threads=2))
FACTS: Mapping[str, Json] = {"data_fingerprint": "d", "recovery": "none"}


def kept(store: Store, variant: str, rows: Rows | bytes | None, use: ProbeUse = USE) -> Entry:
    """The entry of a record that lies in the store with these rows beside it."""
    trial = Trial(Variant(variant, variant), SCALE, use)
    outcome = Measured((Measurement("AP", (0.4,)),))
    record = Record(f"key-of-{variant}", trial, outcome, {}, {}, FACTS, "run", "2026-11-22", ("rows.npz",))
    source = store.folder.parent / "given.npz"
    if isinstance(rows, bytes):
        source.write_bytes(rows)
    elif rows is not None:
        save(rows, source)
    store.append(record, {"rows.npz": source} if rows is not None else {})
    return Entry(trial, outcome, record)


def detected(seed: int) -> Rows:
    return as_rows(random_scenes(seed, Shape(ties=10**6)))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "records")


def test_a_score_is_taken_apart_for_every_variant(store: Store) -> None:
    rows = {"base": detected(0), "small": detected(1)}
    entries = [kept(store, name, each) for name, each in rows.items()]
    found = splits(entries, KeptRows(store))
    for entry in entries:
        apart = {split.name: split for split in found[entry.trial.identity]}
        numbers = summarise(rows[entry.trial.variant.name])
        assert list(apart) == ["errors", "classes", "sizes"]
        assert apart["classes"].whole == numbers["AP"]
        assert [value for _, value in apart["sizes"].parts] == [numbers[name] for name in ("APs", "APm", "APl")]


def test_classes_have_the_names_that_their_data_know(store: Store) -> None:
    rows = detected(0)
    entry = kept(store, "base", rows)
    [classes] = [split for split in splits([entry], KeptRows(store))[entry.trial.identity] if split.name == "classes"]
    known = class_names(SCALE)
    told = [name for name, _ in classes.parts]
    assert known[17] == "cat"
    kinds = sorted(set(rows.columns["truth_categories"].tolist()))
    assert told == [known.get(kind, f"category {kind}") for kind in kinds]
    assert any(not name.startswith("category ") for name in told)


def test_names_are_of_the_dataset_that_is_scored() -> None:
    letters = class_names(replace(SCALE, dataset=Use("glyphs", {"seed": 1, "count": 2})))
    assert (letters[0], len(letters)) == ("A", 20)
    assert min(class_names(replace(SCALE, dataset=Use("shapes", {"seed": 1, "count": 2})))) == 1
    assert class_names(replace(SCALE, dataset=Use("coco", {"annotations": "mine.json"}))) == {}
    assert class_names(replace(SCALE, dataset=Use("of-somebody-else"))) == {}
    assert class_names(replace(SCALE, dataset=Use("rooms", {"seed": 1, "count": 2}))) == {}


def test_what_was_not_scored_here_has_none(store: Store) -> None:
    measured = kept(store, "base", detected(0))
    waiting = replace(measured, outcome=Skipped("not measured yet", ""), record=None)
    timed = replace(measured, trial=replace(measured.trial, probe=ProbeUse("latency")))
    strange = replace(measured, trial=replace(measured.trial, probe=ProbeUse("of-somebody-else")))
    assert splits([waiting, timed, strange], KeptRows(store)) == {}
    assert splits([measured], KeptRows(Store(store.folder.parent / "elsewhere"))) == {}


def test_they_are_made_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = kept(store, "base", detected(0))
    first = splits([entry], KeptRows(store))
    [summary] = store.folder.glob(".summaries/*.json")
    made: list[Rows] = []

    def again(rows: Rows, *, names: Mapping[int, str]) -> tuple[Split, ...]:
        made.append(rows)
        return coco_ap.splits(rows, names=names)

    monkeypatch.setattr("benchbench.kept_rows.PROBES", {"coco-ap": replace(coco_ap.PROBE, splits=again)})
    assert splits([entry], KeptRows(store)) == first
    assert not made
    good = json.loads(summary.read_text(encoding="utf-8"))
    for rubbish in (
        "no json",
        '{"errors": 1}',
        "[1]",
        json.dumps([{**good[0], "better": "sideways"}]),
        json.dumps([{**good[0], "parts": [["both", float("nan")]]}]),
        json.dumps([{**good[0], "whole": "much"}]),
        json.dumps([{**good[0], "note": "x" * 1000}]),
        json.dumps([{**good[0], "strange": 1}]),
    ):
        summary.write_text(rubbish, encoding="utf-8")
        assert splits([entry], KeptRows(store)) == first, rubbish
    assert len(made) == 8


def test_a_broken_file_costs_its_own_splits(store: Store) -> None:
    good = kept(store, "good", detected(0))
    broken = [kept(store, "cut", b"PK and then nothing"), kept(store, "bare", None)]
    other = Rows(detected(0).ids, {"depth": detected(0).columns["scores"]}, {"depth": detected(0).counts["scores"]})
    found = splits([*broken, kept(store, "another", other), good], KeptRows(store))
    assert set(found) == {good.trial.identity}
