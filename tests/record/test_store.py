"""Records are kept whole, found again and never changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.errors import BenchbenchError, BrokenRecord, UnknownName
from benchbench.record import Store
from benchbench.types import Failed, Record


def rename(record: Record, variant: str) -> Record:
    return replace(record, trial=replace(record.trial, variant=replace(record.trial.variant, name=variant)))


def test_empty_store_makes_nothing(store: Store) -> None:
    assert store.records() == ()
    assert store.latest() == {}
    assert store.broken == ()
    assert not store.folder.exists()


def test_a_record_comes_back_as_it_was(store: Store, record: Record) -> None:
    path = store.append(record)
    assert path == store.folder / "full" / "latency" / "layers-abababababab-r1.json"
    assert Store(store.folder).records() == (record,)


def test_a_failure_comes_back_as_it_was(store: Store, record: Record) -> None:
    failed = replace(record, outcome=Failed("out of memory", "line 1\n\tline 2 \x1b[0m"))
    store.append(failed)
    assert store.records() == (failed,)


def test_a_file_explains_itself(store: Store, record: Record) -> None:
    text = store.append(record).read_text("utf-8")
    held = json.loads(text)
    assert held["schema"] == 1
    cut = {"name": "drop-layers", "settings": {"stack": "encoder", "count": 4}, "teacher": None}
    assert held["trial"]["variant"]["steps"] == [cut]
    assert '"samples": [ 81.25, 80.0 ]' in text


def test_nothing_is_ever_overwritten(store: Store, record: Record, tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.write_bytes(b"first")
    first = store.append(record, {"rows.npz": rows})
    kept = first.read_bytes()
    rows.write_bytes(b"second")
    second = store.append(replace(record, at="2026-01-12"), {"rows.npz": rows})
    assert first != second
    assert first.read_bytes() == kept
    assert first.with_suffix(".rows.npz").read_bytes() == b"first"
    assert second.with_suffix(".rows.npz").read_bytes() == b"second"
    assert store.find(first).attachments == (first.stem + ".rows.npz",)


def test_a_taken_attachment_moves_the_whole_record_on(store: Store, record: Record, tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.write_bytes(b"new")
    stray = store.append(record)
    left_over = stray.with_suffix(".rows.npz")
    left_over.write_bytes(b"left by a killed run")
    stray.unlink()
    path = store.append(record, {"rows.npz": rows})
    assert path.name == "layers-abababababab-r1~2.json"
    assert left_over.read_bytes() == b"left by a killed run"
    assert not stray.exists()


def test_the_newest_wins(store: Store, record: Record) -> None:
    for at, run in (("2026-02", "r1"), ("2026-01", "r9"), ("2026-02", "r2")):
        store.append(replace(record, at=at, run=run))
    other = replace(record, key="cd" * 32, run="r0")
    store.append(other)
    assert store.latest() == {record.key: replace(record, at="2026-02", run="r2"), other.key: other}
    assert len(store.records()) == 4


def test_a_variant_name_leads_nowhere_else(store: Store, record: Record, tmp_path: Path) -> None:
    path = store.append(rename(record, "../../../x"), {"../y": Path(__file__)})
    assert path.parent == store.folder / "full" / "latency"
    assert [found for found in tmp_path.rglob("*") if store.folder not in found.parents and found != store.folder] == []
    assert rename(record, "../../../x").trial == store.records()[0].trial


def test_names_of_any_script(store: Store, record: Record) -> None:
    path = store.append(rename(record, "层剪枝"))
    assert path.name.startswith("层剪枝-")
    assert store.find("层剪枝").trial.variant.name == "层剪枝"


def test_find(store: Store, record: Record) -> None:
    newer = replace(record, run="r2", at="2027")
    path = store.append(record)
    store.append(newer)
    assert store.find("ababab") == newer
    assert store.find("layers-abab") == newer
    assert store.find(path) == record
    assert store.find(str(path)) == record
    store.append(replace(record, key="abcd" * 16))
    with pytest.raises(BenchbenchError, match="several"):
        store.find("ab")
    with pytest.raises(UnknownName, match="no record 'layesr'"):
        store.find("layesr")
    with pytest.raises(UnknownName):
        store.find("")


def test_find_by_variant_and_scale(store: Store, record: Record) -> None:
    named = f"{record.trial.variant.name}@{record.trial.scale.name}"
    other = replace(record, key="ef" * 32, trial=replace(record.trial, probe=replace(record.trial.probe, name="other")))
    store.append(record)
    assert store.find(named).key == record.key
    store.append(other)
    with pytest.raises(BenchbenchError, match="several"):
        store.find(named)
    assert store.find(named, "other").key == other.key
    assert store.find(named, record.trial.probe.name).key == record.key
    with pytest.raises(UnknownName, match="of size"):
        store.find(named, "size")


def test_find_tells_what_is_broken(store: Store, record: Record) -> None:
    path = store.append(record)
    path.write_text("{", "utf-8")
    with pytest.raises(BrokenRecord, match="cut in half"):
        store.find(path)


def test_baselines_and_hidden_folders_are_apart(store: Store, record: Record) -> None:
    path = store.append(record)
    for folder in ("baselines/january", ".journals/x"):
        (store.folder / folder).mkdir(parents=True)
        (store.folder / folder / "a.json").write_bytes(path.read_bytes())
    assert len(store.records()) == 1


@pytest.mark.parametrize("names", [{"x.json": "a"}, {"a/b": "a", "a_b": "b"}])
def test_attachments_need_names_of_their_own(store: Store, record: Record, names: dict[str, str]) -> None:
    with pytest.raises(BenchbenchError, match="names of their own"):
        store.append(record, {name: Path(__file__) for name in names})
    assert store.records() == ()


def test_journals_have_their_place(store: Store) -> None:
    path = store.journal("full / latency")
    assert path.parent.is_dir()
    assert store.folder in path.parents
    assert store.journal("full / latency") == path


def test_places_are_not_kept(store: Store, record: Record) -> None:
    assert '"place"' not in store.append(record).read_text("utf-8")
    assert "suite.yaml" not in store.append(record).read_text("utf-8")


def test_a_look_tells_of_records_and_broken_files_and_stays_as_it_was(store: Store, record: Record) -> None:
    first = store.append(record)
    first.with_name("torn.json").write_text("{")
    held = store.look()
    newer = replace(record, run="r2", at="2999-01-01")
    store.append(newer)
    assert (held.records, held.latest) == ((record,), {record.key: record})
    assert [Path(each.place.file).name for each in held.broken] == ["torn.json"]
    assert store.look().latest == {record.key: newer}
