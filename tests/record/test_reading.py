"""Broken files are told of, each with its place, and hide no other."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchbench.record import Store, reading
from benchbench.record.reading import migrated, parse
from benchbench.record.writing import content
from benchbench.types import Complaint, Failed, Json, Measured, Measurement, Place, Record

numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(string.ascii_letters, min_size=1, max_size=8)
jsons: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
measurements = st.builds(
    Measurement,
    names,
    st.lists(numbers, max_size=4).map(tuple),
    st.dictionaries(names, st.lists(numbers, max_size=4).map(tuple), max_size=2),
    st.none() | st.tuples(numbers, numbers),
)
outcomes = st.builds(Measured, st.lists(measurements, max_size=2).map(tuple)) | st.builds(Failed, st.text(), st.text())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(outcomes, st.dictionaries(names, jsons, max_size=3), st.dictionaries(names, jsons, max_size=3))
def test_round_trip(record: Record, outcome: Measured | Failed, facts: dict[str, Json], where: dict[str, Json]) -> None:
    kept = replace(record, outcome=outcome, facts=facts, environment=where)
    assert parse(content(kept), Path("x.json")) == kept


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_any_half_of_a_file_is_a_complaint(record: Record, data: st.DataObject) -> None:
    whole = content(record).rstrip()
    half = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert isinstance(parse(half, Path("x.json")), Complaint)


def test_a_file_cut_in_half_says_where(store: Store, record: Record) -> None:
    store.append(record)
    path = store.append(replace(record, run="r2"))
    text = path.read_text("utf-8")
    path.write_text(text[: text.index('"outcome"')].rstrip(), "utf-8")
    (complaint,) = store.broken
    assert "cut in half" in complaint.what
    assert complaint.place.file == str(path)
    assert complaint.place.line == text[: text.index('"outcome"')].rstrip().count("\n") + 1
    assert store.records() == (record,)


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def apply(whole: bytes) -> bytes:
        held = json.loads(whole)
        change(held)
        return json.dumps(held).encode()

    return apply


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "unknown key": (changed(lambda held: held.update(colour="red")), "colour: Unexpected"),
    "unknown key inside": (changed(lambda held: held["trial"]["variant"].update(stpes=[])), "trial.variant.stpes"),
    "missing key": (changed(lambda held: held.pop("facts")), "facts"),
    "wrong type": (changed(lambda held: held.update(versions=3)), "versions"),
    "no schema": (changed(lambda held: held.pop("schema")), "names no schema"),
    "newer schema": (changed(lambda held: held.update(schema=2)), "newer than the 1"),
    "older schema": (changed(lambda held: held.update(schema=0)), "cannot be brought from schema 0"),
    "not a number": (lambda whole: whole.replace(b"81.25", b"NaN"), "NaN is no number"),
    "infinite": (lambda whole: whole.replace(b"81.25", b"-Infinity"), "-Infinity is no number"),
    "too large": (lambda whole: whole.replace(b"81.25", b"1e999"), "1e999 is too large"),
    "twice": (lambda whole: whole.replace(b'"run": "r1"', b'"run": "r1", "run": "r2"'), "stands twice"),
    "no text": (lambda whole: b"\n\xff" + whole, "no UTF-8"),
    "empty": (lambda _: b"", "cut in half"),
    "a list": (lambda _: b"[]", "names no schema"),
    "deep": (lambda _: b"[" * 200_000, "no record"),
    "syntax": (lambda whole: whole.replace(b'"run":', b'"run"'), "no JSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_told_of_and_cost_no_other(store: Store, record: Record, name: str) -> None:
    path = store.append(record)
    store.append(replace(record, run="r2"))
    breaking, told = BROKEN[name]
    path.write_bytes(breaking(path.read_bytes()))
    (complaint,) = store.broken
    assert told in complaint.what
    assert complaint.place.file == str(path)
    assert complaint.hint
    assert [kept.run for kept in store.records()] == ["r2"]


def test_oversize_files_are_not_even_read(store: Store, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store.append(record)
    monkeypatch.setattr(reading, "LARGEST", path.stat().st_size - 1)
    (complaint,) = store.broken
    assert "larger than" in complaint.what


def test_every_complaint_of_a_file_at_once_up_to_a_few(record: Record) -> None:
    def add(held: dict[str, Any]) -> None:
        held.update({f"extra{number}": 1 for number in range(8)})

    found = parse(changed(add)(content(record)), Path("x.json"))
    assert isinstance(found, Complaint)
    assert found.what.count("Unexpected") == 5
    assert found.what.endswith("and 3 more")
    assert found.place == Place("x.json", 1, 1)


def test_older_schemas_are_brought_up_in_memory() -> None:
    steps = {0: lambda held: held | {"a": 1}, 1: lambda held: held | {"b": held["a"] + 1}}
    assert migrated({"schema": 0}, 0, steps, 2) == {"schema": 2, "a": 1, "b": 2}
    with pytest.raises(KeyError):
        migrated({"schema": 0}, 0, {}, 1)
