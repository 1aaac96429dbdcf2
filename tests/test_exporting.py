"""A finished folder put in its place: whole or not at all, and never over what is no export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchbench import flow
from benchbench.errors import BenchbenchError, UnknownName
from benchbench.exporting import Wish, publish, refuse_what_is_there, trial_of
from tests.recovered_suite import SUITE, asked

CARD: dict[str, Any] = {
    "schema": 1,
    "format": "onnx",
    "family": "detr",
    "weights": {},
    "architecture": {},
    "surgery": [],
}


def exported(folder: Path, words: str) -> Path:
    folder.mkdir()
    (folder / "card.json").write_text(json.dumps(CARD), encoding="utf-8")
    (folder / "model.onnx").write_text(words, encoding="utf-8")
    (folder / "model.onnx").chmod(0o600)
    return folder


def test_a_folder_appears_in_its_place(tmp_path: Path) -> None:
    publish(exported(tmp_path / ".staging", "new"), tmp_path / "out")
    assert (tmp_path / "out" / "model.onnx").read_text() == "new"
    assert (tmp_path / "out" / "model.onnx").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_one_goes_when_the_new_one_is_there(tmp_path: Path) -> None:
    exported(tmp_path / "out", "old")
    publish(exported(tmp_path / ".staging", "new"), tmp_path / "out")
    assert (tmp_path / "out" / "model.onnx").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_one_stays_when_the_new_one_cannot_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(tmp_path / "out", "old")
    staging, rename = exported(tmp_path / ".staging", "new"), Path.rename

    def full(self: Path, target: Path) -> Path:
        if self == staging:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(BenchbenchError, match="No space left"):
        publish(staging, tmp_path / "out")
    assert (tmp_path / "out" / "model.onnx").read_text() == "old"


def test_what_is_no_export_is_never_replaced(tmp_path: Path) -> None:
    out = exported(tmp_path / "out", "old")
    refuse_what_is_there(tmp_path / "free", force=False)
    with pytest.raises(BenchbenchError, match="exists"):
        refuse_what_is_there(out, force=False)
    refuse_what_is_there(out, force=True)
    with pytest.raises(BenchbenchError, match="no folder that was exported"):
        refuse_what_is_there(tmp_path, force=True)
    (out / "card.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BenchbenchError, match="no card of schema 1"):
        refuse_what_is_there(out, force=True)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BenchbenchError, match="exists"):
        refuse_what_is_there(tmp_path / "link", force=False)


def test_what_is_exported_is_the_variant_as_it_would_be_measured(tmp_path: Path) -> None:
    request = asked(tmp_path)
    suite = flow.read(request)
    trial = trial_of(Wish(request, "tuned", "onnx", batch=3, seed=1), suite)
    assert (trial.variant.name, trial.scale.name, trial.seed) == ("tuned", "stand-in", 1)
    assert trial.probe.condition.batch == 3
    assert trial_of(Wish(request, "tuned", "onnx"), suite).seed == 0
    with pytest.raises(UnknownName, match=r"no variant 'tune'\n.*did you mean 'tuned'"):
        trial_of(Wish(request, "tune", "onnx"), suite)
    with pytest.raises(UnknownName, match="no scale 'full'"):
        trial_of(Wish(request, "tuned", "onnx", scale="full"), suite)


def test_what_is_external_is_a_file_already(tmp_path: Path) -> None:
    request = asked(tmp_path, SUITE.replace("probes:", "  theirs: {external: theirs.onnx}\nprobes:"))
    with pytest.raises(BenchbenchError, match="'theirs' is external: it is a file already"):
        trial_of(Wish(request, "theirs", "onnx"), flow.read(request))
