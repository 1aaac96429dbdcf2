"""Gates through real processes: every exit code, the tables, the data for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchbench.types import Failed, Measured, Measurement
from tests.kept_records import kept, latency, settings, size, top1, trial

pytestmark = pytest.mark.integration

RIGHT = [True] * 160 + [False] * 40
Fill = Callable[[Path, Path], None]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchbench", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def nothing_changed(before: Path, after: Path) -> None:
    for folder in (before, after):
        size(folder, 100)
        top1(folder, RIGHT)


def larger(before: Path, after: Path) -> None:
    nothing_changed(before, after)
    size(after, 101, at="2027")


def slower(before: Path, after: Path) -> None:
    latency(before, 0.7, seed=1)
    latency(after, 0.85, seed=2)


def worse(before: Path, after: Path) -> None:
    top1(before, RIGHT)
    top1(after, [False] * 20 + RIGHT[20:])


def broke(before: Path, after: Path) -> None:
    size(before, 1)
    kept(after, trial("size"), Failed("MemoryError: out of memory"))


def partly(before: Path, after: Path) -> None:
    nothing_changed(before, after)
    size(before, 5, "gone")


def new_and_failed(before: Path, after: Path) -> None:
    nothing_changed(before, after)
    kept(after, trial("size", "new"), Failed("x"))


def elsewhere(before: Path, after: Path) -> None:
    latency(before, 0.7)
    latency(after, 0.9, environment=settings(cpu="another"))


def emptied(before: Path, after: Path) -> None:
    size(before, 1)
    after.mkdir()


def both_empty(before: Path, after: Path) -> None:
    before.mkdir()
    after.mkdir()


CASES: list[tuple[Fill, int, str]] = [
    (nothing_changed, 0, "2 equivalent"),
    (larger, 4, "1 regression"),
    (slower, 4, "1 regression"),
    (worse, 4, "1 regression"),
    (broke, 4, "1 regression"),
    (partly, 3, "1 insufficient data"),
    (new_and_failed, 3, "1 failed"),
    (elsewhere, 6, "1 not comparable"),
    (emptied, 6, "1 insufficient data"),
    (both_empty, 6, "no regression"),
]


@pytest.mark.parametrize(("fill", "code", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_exit_codes_of_a_gate(tmp_path: Path, fill: Fill, code: int, words: str) -> None:
    fill(tmp_path / "a", tmp_path / "b")
    gate = run(tmp_path, "compare", "a", "b", "--gate", "--json")
    assert gate.returncode == code, gate.stderr
    told = json.loads(gate.stdout)
    assert told["exit_code"] == code
    number, _, judgement = words.partition(" ")
    assert told["counts"].get(judgement) == (int(number) if number.isdigit() else None)


def test_a_table_tells_what_changed_and_no_more(tmp_path: Path) -> None:
    larger(tmp_path / "a", tmp_path / "b")
    shown = run(tmp_path, "compare", "a", "b")
    assert shown.returncode == 0
    assert "params" in shown.stdout
    assert "+1.0" in shown.stdout
    assert "top1" not in shown.stdout
    assert "a → b: 1 regression, 1 equivalent; not listed: 1 data" in shown.stdout


def test_data_for_programs(tmp_path: Path) -> None:
    slower(tmp_path / "a", tmp_path / "b")
    (change,) = json.loads(run(tmp_path, "compare", "a", "b", "--json").stdout)["changes"]
    assert (change["judgement"], change["kind"], change["metric"]["name"]) == ("regression", "time", "latency_ms")
    assert change["effect"]["low"] < 0.85 / 0.7 - 1 < change["effect"]["high"]
    assert change["threshold"] == 0.1


def test_a_baseline_through_its_life(tmp_path: Path) -> None:
    """Set, listed, shown, compared with the current records, removed."""
    nothing_changed(tmp_path / "records", tmp_path / "other")
    assert run(tmp_path, "baseline", "set", "nightly").returncode == 0
    assert run(tmp_path, "baseline", "set", "nightly").returncode == 2
    assert json.loads(run(tmp_path, "baseline", "list", "--json").stdout)[0]["name"] == "nightly"
    shown = json.loads(run(tmp_path, "baseline", "show", "nightly", "--json").stdout)
    assert shown["records"] == 2
    assert shown["machines"][0]["cpu"] == "made-up"
    assert {each["probe"] for each in shown["trials"]} == {"size", "top1"}
    assert "made-up" in run(tmp_path, "baseline", "show", "nightly").stderr
    assert run(tmp_path, "compare", "nightly", "--gate").returncode == 0
    kept(tmp_path / "records", trial("size"), Measured((Measurement("params", (200.0,)),)), at="2027")
    assert run(tmp_path, "compare", "nightly", "--gate").returncode == 4
    assert run(tmp_path, "baseline", "rm", "nightly").returncode == 0
    gone = run(tmp_path, "compare", "nightly", "--gate")
    assert gone.returncode == 2
    assert "no folder, no baseline and no git revision" in gone.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "a", "b", "--confirm"],
        ["compare", "a", "-k", "size"],
        ["baseline", "set", "../x"],
        ["baseline", "set", "x", "-k", "size"],
        ["baseline", "show", "none"],
        ["compare", "a", "b", "--threshold", "-1"],
    ],
)
def test_what_cannot_be_asked_for(tmp_path: Path, words: list[str]) -> None:
    nothing_changed(tmp_path / "a", tmp_path / "b")
    refused = run(tmp_path, *words)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
