"""`score RECORD`: which record is meant, what its rows answer, and what they cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench import rescoring
from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Rows, gather, save
from benchbench.catalog.probes import PROBES, depth_error
from benchbench.errors import BadData, BenchbenchError, BrokenRecord, InvalidSuite, UnknownName
from benchbench.record import Store
from benchbench.rescoring import Asked
from benchbench.types import Failed, Json, Measured, Measurement, ProbeUse, Record, Scale, Trial, Use, Variant
from tests.depth_scenes import random_scene

SCALE = Scale("stand-in", "rooms", "depth-anything", "stand-in", Use("rooms"))
OWN: Mapping[str, Json] = {"protocol": "issue-157", "cap": 10, "clamp": "cap"}
FACTS: Mapping[str, Json] = {"data_fingerprint": "d"}


def rows_of(worse: float, count: int = 8) -> Rows:
    found = []
    for seed in range(count):
        scene = random_scene(seed, shape=(9, 11))
        bent = (scene.output * (1 + worse * np.sin(np.arange(11)))).astype(np.float32)
        target = {"depth": scene.depth, "valid": scene.valid}
        found.append(depth_error.score({"output": bent}, target, protocol="issue-157", cap=10, clamp="cap"))
    return gather(range(count), found)


def kept(store: Store, variant: str, rows: Rows | bytes | None, *, name: str = "depth-error", **facts: Json) -> Record:
    """A record with these rows beside it, and the numbers that they come to."""
    trial = Trial(Variant(variant, variant), SCALE, ProbeUse(name, settings=OWN if name == "depth-error" else {}))
    probe = PROBES[name]
    told: tuple[Measurement, ...] = ()
    if isinstance(rows, Rows) and isinstance(probe, ScoredProbe):
        told = tuple(Measurement(metric, (value,)) for metric, value in probe.summarise(rows, **OWN).items())
    record = Record(f"{variant}{name}".encode().hex(), trial, Measured(told), {}, {}, {**FACTS, **facts}, "r", "2026")
    source = store.folder.parent / "given.npz"
    if isinstance(rows, Rows):
        save(rows, source)
    elif rows is not None:
        source.write_bytes(rows)
    store.append(record, {"rows.npz": source} if rows is not None else {})
    return record


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "records")
    kept(found, "base", rows_of(0.0))
    kept(found, "worse", rows_of(0.2))
    return found


def answered(store: Store, capsys: pytest.CaptureFixture[str], **asked: Any) -> dict[str, Any]:
    rescoring.show(Asked(records=store.folder, **asked), as_json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_same_numbers_whatever_the_record_is_called(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    record = store.find("worse@stand-in")
    [path] = store.folder.glob("*/*/worse-*.json")
    found = [answered(store, capsys, record=name) for name in ("worse@stand-in", record.key[:12], str(path))]
    assert found[0] == found[1] == found[2]
    assert found[0]["metrics"] == found[0]["recorded"] == rescoring.recorded(record)
    assert found[0]["notes"][-1] == "the same numbers as recorded"
    assert set(found[0]["intervals"]) == set(found[0]["metrics"])
    assert answered(store, capsys, record="worse@stand-in", resamples=0)["intervals"] == {}


def test_a_variant_s_only_score_needs_no_probe_beside_its_other_records(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(store, "base", None, name="size")
    rescoring.show(Asked("base@stand-in", records=store.folder), as_json=True)
    assert json.loads(capsys.readouterr().out)["probe"] == "depth-error"
    kept(store, "base", None, name="pair-accuracy")
    with pytest.raises(BenchbenchError, match="several records"):
        rescoring.show(Asked("base@stand-in", records=store.folder), as_json=True)


def test_a_file_is_looked_up_where_it_lies(store: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    [path] = store.folder.glob("*/*/worse-*.json")
    elsewhere = Store(tmp_path / "elsewhere")
    assert answered(elsewhere, capsys, record=str(path))["samples"] == 8


def test_settings_that_act_on_sums(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    found = answered(store, capsys, record="worse@stand-in", given=["average=pixel", "silog-weight=1"])
    expected = depth_error.summarise(rows_of(0.2), protocol="issue-157", cap=10, average="pixel", silog_weight=1.0)
    assert found["metrics"] == expected
    assert "under other settings than the record's: " in found["notes"][-1]


@pytest.mark.parametrize("setting", ["cap=5", "alignment=median", "compare=disparity", "crop=garg", "clamp=none"])
def test_settings_that_acted_on_pixels_are_refused(store: Store, setting: str) -> None:
    name, value = setting.split("=")
    with pytest.raises(BenchbenchError, match=f"rows of depth-error cannot tell {name} {value}.* \\(recorded: "):
        rescoring.show(Asked("worse@stand-in", given=[setting], records=store.folder), as_json=True)


def test_differences(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    found = answered(store, capsys, record="worse@stand-in", against="base@stand-in")["differences"]
    for name, each in depth_error.paired(rows_of(0.2), rows_of(0.0), **OWN).items():  # type: ignore[arg-type]
        assert found[name]["value"] == each.value
        assert found[name]["also"] == [list(test) for test in each.also]
    pixel = {"record": "worse@stand-in", "against": "base@stand-in", "given": ["average=pixel"], "resamples": 50}
    assert "50 draws" in answered(store, capsys, **pixel)["differences"]["RMSE"]["test"]
    itself = answered(store, capsys, record="worse@stand-in", against="worse@stand-in")["differences"]
    assert {each["test"] for each in itself.values()} == {"identical: not one row differs"}


def test_tables_for_people(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked("worse@stand-in", against="base@stand-in", records=store.folder)
    rescoring.show(asked, as_json=False)
    shown = capsys.readouterr()
    for words in ("absolute relative error", "recorded", "difference to base@stand-in", "Wilcoxon"):
        assert words in shown.out
    assert "note: the same numbers as recorded" in shown.err.replace("\n", " ")


def test_what_cannot_be_paired(store: Store) -> None:
    kept(store, "fewer", rows_of(0.0, 5))
    kept(store, "other-data", rows_of(0.0), data_fingerprint="another")
    for name, what in (("fewer", "not of the same images"), ("other-data", "differ in")):
        asked = Asked("worse@stand-in", against=f"{name}@stand-in", records=store.folder)
        with pytest.raises(BenchbenchError, match=what):
            rescoring.show(asked, as_json=True)


def test_records_that_have_no_rows_to_answer_with(store: Store) -> None:
    kept(store, "bare", None)
    kept(store, "broken", b"no zip")
    strange = store.folder.parent / "strange.npz"
    save(gather([1, 2], [{"other": np.ones(1)}] * 2), strange)
    kept(store, "strange", strange.read_bytes())
    kept(store, "size", None, name="size")
    failed = store.find("bare@stand-in")
    store.append(replace(failed, key="fa11ed", outcome=Failed("no", "log")))
    for asked, error, what in (
        (Asked(failed.key), BadData, "has no rows.npz beside it"),
        (Asked("fa11ed"), BadData, "failed: it has no rows"),
        (Asked("broken@stand-in"), BrokenRecord, "cannot be read"),
        (Asked("strange@stand-in"), BadData, "rows of another form"),
        (Asked("base@stand-in", against="strange@stand-in"), BenchbenchError, "not of the same images"),
        (Asked("size@stand-in"), BenchbenchError, "'size' is not scored"),
        (Asked("nobody@stand-in"), UnknownName, "no record 'nobody@stand-in'"),
        (Asked("base@stand-in", probe="top1"), UnknownName, "of top1"),
        (Asked("base@stand-in", given=["caps=1"]), InvalidSuite, "caps"),
    ):
        with pytest.raises(error, match=what):
            rescoring.show(replace(asked, records=store.folder), as_json=True)


def test_numbers_of_older_rows_are_told(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    record = store.find("base@stand-in")
    assert isinstance(record.outcome, Measured)
    first, *others = record.outcome.measurements
    outcome = replace(record.outcome, measurements=(replace(first, samples=(9.0,)), *others))
    [rows] = store.folder.glob("*/*/base-*.rows.npz")
    older = replace(record, key="01d", outcome=outcome, versions={"probe depth-error": "1"})
    store.append(older, {"rows.npz": rows})
    told = answered(store, capsys, record="01d")["notes"][-1]
    assert told == "the record holds other numbers of AbsRel: its rows are of version 1, this is 2"
