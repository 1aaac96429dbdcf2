"""A timed cohort within this process, on a device of the tests' own: what its record holds."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchbench.catalog.nvidia import Process, State
from benchbench.measure import timed
from benchbench.measure.build import Workshop
from benchbench.measure.job import Job
from benchbench.measure.meters import Meters
from benchbench.measure.voice import Voice
from tests.measure.cohorts import BASE, SMALL, cohort, work
from tests.measure.graphics import Clock, Device, Driver, keeper
from tests.measure.toy_catalog import SHELVES

HOT = State(1200, 5000, 80, 300, 0x40)


class Ticking(Clock):
    """A quarter of a second goes by at each reading, so that calls take time although they do nothing here."""

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[Voice]:
    out, turn = (os.open(tmp_path / name, os.O_RDWR | os.O_CREAT) for name in ("said", "turn"))
    yield Voice(out, turn)
    os.close(out)
    os.close(turn)


def run(folder: Path, voice: Voice) -> dict[int, dict[str, Any]]:
    (folder / "journal").mkdir(exist_ok=True)
    asked, workshop = cohort("latency", BASE, SMALL), Workshop(SHELVES)
    workshop.open(asked)
    timed.measure_timed(Job(asked, work(folder, seconds=0.0, rounds=3), (0, 1)), workshop, voice, Meters())
    said = [json.loads(line) for line in (folder / "said").read_text().splitlines()]
    return {message["trial"]: message["outcome"] for message in said if message["say"] == "result"}


def test_the_device_s_time_is_the_number_and_the_host_s_stands_beside_it(
    tmp_path: Path, voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, driver = Device(Ticking()), Driver([HOT], (Process(1), Process(2)))
    monkeypatch.setattr(timed, "timekeeper", lambda *_: keeper(device, driver))
    monkeypatch.setattr("benchbench.measure.device_notes.is_cuda", lambda _device: True)
    small = run(tmp_path, voice)[1]
    (told,) = small["measurements"]
    columns = told["columns"]
    assert told["samples"] == [1000 * each for each in columns["device_s"]]
    assert all(own < host for own, host in zip(columns["device_s"], columns["host_s"], strict=True))
    assert all(launch <= own for own, launch in zip(columns["device_s"], columns["launch_s"], strict=True))
    assert columns["gpu_celsius"] == [80.0] * 3
    assert columns["gpu_others"] == [1.0] * 3
    assert small["notes"][0] == "contended: another process computed on the GPU in 3 of 3 rounds"
    assert any("slowed by heat (hardware) in 100% of the rounds" in note for note in small["notes"])


def test_rounds_that_were_written_down_are_read_again(
    tmp_path: Path, voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed, "timekeeper", lambda *_: keeper(Device(Ticking()), Driver([HOT])))
    first = run(tmp_path, voice)[1]["measurements"]
    again = run(tmp_path, voice)[1]["measurements"]
    assert again == first


def test_what_fits_is_asked_of_the_device(tmp_path: Path, voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def free() -> int:
        asked.append(1)
        return 2**30

    monkeypatch.setattr(timed, "timekeeper", lambda *_: keeper(Device(Ticking()), Driver(), free))
    run(tmp_path, voice)
    assert asked == [1]
