"""Whatever is kept on disk, cut off at any byte: absent or told of, never believed, and nothing else is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from benchbench.errors import BrokenRecord
from benchbench.machines import FOLDER, keep, machines
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.cards import Card
from benchbench.measure.decisions import Decisions
from benchbench.measure.journal import IDENTITY, begin
from benchbench.record import Store
from benchbench.types import Condition, Machine, Measured, Measurement, ProbeUse, Record, Scale, Trial, Use, Variant
from tests.measure.cohorts import BASE, SMALL, cohort, work
from tests.measure.test_artifacts import KEY, OTHER, TENSORS, card
from tests.measure.toy_catalog import SHELVES

NOBODY = 65534


def kept_record(run: str) -> Record:
    scale = Scale("full", "DETR-R50", "detr", "random", Use("coco", {"split": "val2017"}))
    trial = Trial(Variant("layers", "fewer layers"), scale, ProbeUse("latency", condition=Condition(threads=2)))
    outcome = Measured((Measurement("latency_ms", (81.25, 80.0), {"round": (0.0, 1.0)}),), ("Größe",))
    return Record(run[0] * 64, trial, outcome, {"threads": 2}, {"latency": "1"}, {}, run, "2026-01-11T10:00:00+00:00")


def cut(path: Path) -> Iterator[int]:
    """The file at each of its lengths, but for an end of blanks; whole again afterwards."""
    whole = path.read_bytes()
    for size in range(len(whole.rstrip())):
        path.write_bytes(whole[:size])
        yield size
    path.write_bytes(whole)


def test_a_record_cut_at_any_byte_is_told_and_costs_no_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path, _ = store.append(kept_record("a1")), store.append(kept_record("b2"))
    for size in cut(path):
        assert store.records() == (kept_record("b2"),), size
        (complaint,) = Store(tmp_path).broken
        assert complaint.place.file == str(path)
        assert complaint.place.line >= 1
        assert "moved" in complaint.hint or "move it away" in complaint.hint
    assert store.records() == (kept_record("a1"), kept_record("b2"))


def test_rows_cut_at_any_byte_are_refused_by_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "records")
    np.savez(tmp_path / "rows.npz", ids=np.arange(3), x=np.ones(3))
    store.append(kept_record("a1"), {"rows.npz": tmp_path / "rows.npz"})
    (record,) = store.records()
    path = store.attachment(record, "rows.npz")
    assert path is not None
    for _ in cut(path):
        with pytest.raises(BrokenRecord, match=r"rows\.npz cannot be read"):
            store.arrays(record, "rows.npz")
    assert list(store.arrays(record, "rows.npz") or ()) == ["ids", "x"]


def test_a_machine_cut_at_any_byte_counts_as_absent(tmp_path: Path) -> None:
    one = Machine({"cpu": "x"}, 4e10, 1e10, 0.02, "2026-11-22T15:00:00+00:00", ("how",))
    other = replace(one, signature={"cpu": "y"})
    path, _ = keep(one, tmp_path), keep(other, tmp_path)
    for _ in cut(path):
        assert machines(tmp_path) == (other,)
    assert len(machines(tmp_path)) == 2
    assert len(list((tmp_path / FOLDER).iterdir())) == 2


@pytest.mark.parametrize("which", ["cards", "weights"])
def test_an_artifact_cut_at_any_byte_counts_as_absent_and_is_told(tmp_path: Path, which: str) -> None:
    artifacts = Artifacts(tmp_path)
    kept = artifacts.keep(KEY, TENSORS, card())
    other = artifacts.keep(OTHER, {"x": torch.ones(3)}, card(OTHER))
    path = kept.weights if which == "weights" else tmp_path / "cards" / f"{KEY}.json"
    whole = path.read_bytes()
    for size in range(len(whole.rstrip() if which == "cards" else whole)):
        path.write_bytes(whole[:size])
        again = Artifacts(tmp_path)
        assert again.find(KEY) is None, size
        assert list(again.broken) == [tmp_path / "cards" / f"{KEY}.json"]
        assert again.find(OTHER) == other
    path.write_bytes(whole)
    assert isinstance(Artifacts(tmp_path).find(KEY), type(kept))
    assert isinstance(kept.card, Card)


def test_a_decided_cut_that_was_cut_off_is_decided_again(tmp_path: Path) -> None:
    Decisions(tmp_path).write("key", [{"step": "prune-heads", "kept": [0, 1]}])
    for _ in cut(tmp_path / "key.json"):
        assert Decisions(tmp_path).read("key", 1) is None
    assert Decisions(tmp_path).read("key", 1) == [{"step": "prune-heads", "kept": [0, 1]}]


def test_a_journal_whose_identity_is_cut_off_begins_anew(tmp_path: Path) -> None:
    pair = cohort("latency", BASE, SMALL)
    begin(pair, work(tmp_path), SHELVES)
    path = tmp_path / "journal" / IDENTITY
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert not begin(pair, work(tmp_path), SHELVES), size
        assert json.loads(path.read_bytes()) == json.loads(whole)
    assert begin(pair, work(tmp_path), SHELVES)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root reads everything: be somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into."""
    with TemporaryDirectory(prefix="benchbench-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_folder_that_may_not_be_read_is_not_taken_for_empty(open_folder: Path, above: int) -> None:
    folder = Store(open_folder / "records").append(kept_record("a1")).parents[above]
    folder.chmod(0)
    try:
        with as_nobody(), pytest.raises(BrokenRecord, match=f"{folder} cannot be read: Permission denied"):
            Store(open_folder / "records").records()
    finally:
        folder.chmod(0o755)
    assert len(Store(open_folder / "records").records()) == 1


def test_a_record_that_may_not_be_read_is_told(open_folder: Path) -> None:
    store = Store(open_folder / "records")
    path, _ = store.append(kept_record("a1")), store.append(kept_record("b2"))
    path.chmod(0)
    with as_nobody():
        (complaint,) = Store(open_folder / "records").broken
        assert Store(open_folder / "records").records() == (kept_record("b2"),)
    assert "Permission denied" in complaint.what
