"""Machines' limits: measured for real, kept, and found again on that machine alone."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import checkup, commands
from benchbench.errors import BenchbenchError, Crashed
from benchbench.machines import FOLDER, keep, machines
from benchbench.measure import calibrate, environment
from benchbench.record import Store
from benchbench.types import Machine

HERE = Machine(
    {"cpu": "x", "threads": 2}, 4e10, 1e10, 0.02, "2026-11-22T15:00:00+00:00", ("how",), {"time, 5 rounds": 0.031}
)


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    other = replace(HERE, signature={"cpu": "y", "threads": 2}, at="2026-11-23T15:00:00+00:00")
    keep(HERE, tmp_path)
    keep(other, tmp_path)
    assert machines(tmp_path) == (other, HERE)
    newer = replace(HERE, bandwidth=2e10)
    keep(newer, tmp_path)
    assert machines(tmp_path) == (other, newer)
    assert len(list((tmp_path / FOLDER).iterdir())) == 2
    assert Store(tmp_path).broken == (), "machines are no records"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"signature": {}}', "NaN", "[" * 100_000, json.dumps({"signature": {"cpu": 1}})]
)
def test_what_is_not_ours_counts_as_absent(text: str, tmp_path: Path) -> None:
    keep(HERE, tmp_path)
    (tmp_path / FOLDER / "strange.json").write_text(text)
    assert machines(tmp_path) == (HERE,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bandwidth", 0),
        ("multiply_adds", float("inf")),
        ("noise", "x"),
        ("bandwidth", 10**400),
        ("apart", {"time": float("nan")}),
    ],
)
def test_limits_that_nothing_has_count_as_absent(name: str, value: object, tmp_path: Path) -> None:
    path = keep(HERE, tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    assert machines(tmp_path) == ()


def test_a_machine_is_known_by_its_signature() -> None:
    assert HERE.is_that_of({"cpu": "x", "threads": 2, "load_average": 3.0})
    assert not HERE.is_that_of({"cpu": "x", "threads": 1})
    assert not HERE.is_that_of({"threads": 2})


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")
    with pytest.raises(BenchbenchError, match="cannot write"):
        keep(HERE, tmp_path)


def test_a_calibration_that_fails_says_why() -> None:
    command = [sys.executable, "-c", "import sys; print('no torch', file=sys.stderr); sys.exit(3)"]
    with pytest.raises(Crashed, match=r"status 3\n.*no torch"):
        calibrate(1, command)


def test_doctor_shows_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checkup, "suites", dict)
    fresh = checkup.checkup(tmp_path)
    assert set(fresh["limits"].values()) == {"not measured → benchbench doctor --calibrate"}
    assert fresh["limits"].keys() == {"multiply-adds", "memory bandwidth", "noise"}
    shown = {"cores_usable", "cpu_quota", "load_average", "governor", "steal"}
    assert shown <= fresh["machine"].keys()
    assert all(fresh["machine"][name] not in (None, "") for name in shown)
    seen: list[int] = []

    def measured(threads: int) -> Machine:
        seen.append(threads)
        return replace(HERE, signature={"threads": threads, "cpu": environment()["cpu"]})

    monkeypatch.setattr(commands, "calibrate", measured)
    commands.doctor(tmp_path, measured=True, as_json=True)
    told = json.loads(capsys.readouterr().out)["limits"]
    assert told["multiply-adds"] == f"40.0 GMAC/s ({seen[0]} threads, float32)"
    assert told["memory bandwidth"] == "10.0 GB/s"
    assert told["noise"] == "2.0% from one call to its equal in the same round"
    assert told["noise of a ratio: time, 5 rounds"] == "±3.1%"


@pytest.mark.slow
@pytest.mark.integration
def test_this_machine_is_calibrated() -> None:
    """For real: no machine of today is faster, nor slower, however busy it is."""
    found = calibrate(1)
    assert 1e8 < found.multiply_adds < 1e15
    assert 1e8 < found.bandwidth < 1e13
    assert 0 <= found.noise < 20
    assert set(found.apart) == {"time, 5 rounds", "cpu time, 5 rounds", "time, 10 rounds", "cpu time, 10 rounds"}
    assert all(0 <= width < 1000 for width in found.apart.values())
    assert found.signature["threads"] == 1
    assert found.is_that_of(environment(1) | {"torch": found.signature["torch"]})
