"""One record, readable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.record import Store
from benchbench.showing import sampled, show, trainings
from benchbench.types import Failed, Json, Measured, Measurement, ProbeUse, Record, Scale, Trial, Use, Variant

COURSE: Json = {
    "steps": 150,
    "images": 2400,
    "seconds": 61.4,
    "peak_memory_mib": 812.0,
    "trainable_parameters": 940_883,
    "curve": [],
    "updates": {},
}
TRAINED: Json = {
    "step": "finetune",
    "settings": {"steps": 150, "batch": 16},
    "seed": 2,
    "artifact": "ab" * 32,
    "course": COURSE,
}
TRIAL = Trial(Variant("cut", "Cut"), Scale("small", "Small", "detr", "stand-in", Use("shapes")), ProbeUse("coco-ap"), 2)
RECORD = Record(
    "cd" * 32,
    TRIAL,
    Measured((Measurement("AP", (0.42,)),), ("a note",)),
    {},
    {},
    {"surgery": [{"step": "drop-layers", "kept": [0]}, TRAINED]},
    "r",
    "2026",
)


def test_each_training_has_a_row() -> None:
    [row] = trainings(RECORD)
    assert row == (
        "finetune",
        "steps 150, batch 16",
        "2",
        "150",
        "2,400",
        "61",
        "812",
        "940,883",
        "abababababab",
    )


def test_a_training_that_was_not_carried_out_has_one_too() -> None:
    vacant: Json = {"step": "finetune", "settings": {}, "seed": 0, "artifact": None, "course": None}
    [row] = trainings(replace(RECORD, facts={"surgery": [vacant]}))
    assert row == ("finetune", "", "0", "", "", "", "", "", "none")
    assert list(trainings(replace(RECORD, facts={}))) == []


def test_everything_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path).append(RECORD)
    show("cdcd", tmp_path, as_json=False)
    said = capsys.readouterr()
    assert "small / coco-ap / cut (seed 2)" in said.out
    assert "drop-layers kept [0]\n" in "\n".join(line.rstrip() + "\n" for line in said.out.splitlines())
    assert "trainings" in said.out
    assert "curve" not in said.out, "a course is told by the table of trainings"
    assert "0.42" in said.out
    assert "note: a note" in said.err


def test_the_median_of_two_samples_lies_between_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path).append(replace(RECORD, outcome=Measured((Measurement("latency_ms", (3.0, 1.0)),))))
    show("cdcd", tmp_path, as_json=False)
    assert capsys.readouterr().out.rstrip().splitlines()[-1].split()[:5] == ["latency_ms", "2", "–", "–", "2"]


def test_a_failure_is_printed_with_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path).append(replace(RECORD, outcome=Failed("it diverged", "line 7")))
    show("cdcd", tmp_path, as_json=False)
    assert "failed: it diverged\nline 7" in capsys.readouterr().err


@pytest.mark.parametrize(("count", "p90", "p99"), [(43, "–", "–"), (44, "39.7", "–"), (459, "413.2", "454.42")])
def test_high_percentiles_only_of_enough_calls(count: int, p90: str, p99: str) -> None:
    samples = tuple(map(float, range(1, count + 1)))
    timed = Measurement("latency_ms", samples, {"round": samples})
    assert sampled(timed) == ("latency_ms", f"{(count + 1) / 2:g}", p90, p99, str(count))
    assert sampled(replace(timed, columns={}))[2:4] == ("–", "–"), "a profile over layers has no slow calls"
