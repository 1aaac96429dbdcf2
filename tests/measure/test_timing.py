"""Timed cohorts within this process, under instruments of the tests' own."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchbench.measure import scored, timed, timekeeping
from benchbench.measure.build import Workshop
from benchbench.measure.job import Job
from benchbench.measure.meters import Meters, Ticks
from benchbench.measure.voice import Voice
from benchbench.types import Cohort
from tests.measure.cohorts import BASE, SMALL, SMALLER, cohort, work
from tests.measure.toy_catalog import SHELVES


def meters(step: float = 0.25) -> Meters:
    """Each reading of the clock is `step` seconds after the last, so that every call takes just that."""
    readings = count()
    return Meters(lambda: next(readings) * step, lambda: 0.0, lambda: 0, Ticks)


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[Voice]:
    out, turn = (os.open(tmp_path / name, os.O_RDWR | os.O_CREAT) for name in ("said", "turn"))
    yield Voice(out, turn)
    os.close(out)
    os.close(turn)


def said(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "said").read_text().splitlines()]


def run(asked: Cohort, folder: Path, voice: Voice, seconds: float = 0.0) -> list[dict[str, Any]]:
    """What the worker says; a journal is left behind."""
    (folder / "journal").mkdir(exist_ok=True)
    workshop = Workshop(SHELVES)
    workshop.open(asked)
    job = Job(asked, work(folder, seconds=seconds, rounds=3), tuple(range(len(asked.trials))))
    timed.measure_timed(job, workshop, voice, meters())
    return [message for message in said(folder) if message["say"] == "result"]


def test_samples_are_the_clock_s(tmp_path: Path, voice: Voice) -> None:
    base, small = run(cohort("latency", BASE, SMALL), tmp_path, voice)
    (told,) = small["outcome"]["measurements"]
    assert told["metric"] == "latency_ms"
    assert told["samples"] == [250.0] * 3
    assert base["outcome"]["measurements"][0]["columns"]["twin"] == [250.0] * 3
    assert small["facts"]["surgery"] == [{"step": "drop", "removed": 2}]


def test_what_does_not_fit_is_timed_in_groups_with_the_reference_in_each(
    tmp_path: Path, voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping, "available", lambda: 0)
    found = run(cohort("latency", BASE, SMALL, SMALLER), tmp_path, voice)
    assert [message["trial"] for message in found] == [0, 1, 2]
    rounds = [json.loads(line) for line in (tmp_path / "journal" / "rounds.jsonl").read_text().splitlines()]
    arms = [set(line["calls"]) for line in rounds]
    assert arms == [{"base", "base (twin)", "small"}] * 3 + [{"base", "base (twin)", "smaller"}] * 3
    assert all(len(message["outcome"]["measurements"][0]["samples"]) == 3 for message in found)


def test_asked_to_stop_it_says_no_result_and_leaves_its_rounds(tmp_path: Path, voice: Voice) -> None:
    voice.stopped.set()
    assert run(cohort("latency", BASE, SMALL), tmp_path, voice) == []
    voice.stopped.clear()
    assert len(run(cohort("latency", BASE, SMALL), tmp_path, voice)) == 2


def test_asked_to_stop_it_builds_no_further_arm(tmp_path: Path, voice: Voice) -> None:
    voice.stopped.set()
    run(cohort("latency", BASE, SMALL), tmp_path, voice)
    assert texts(tmp_path) == ["building base"]


def test_a_word_to_stop_breaks_off_what_can_be_made_anew_and_nothing_else(voice: Voice) -> None:
    before, turns, other = signal.getsignal(signal.SIGINT), threading.Event(), threading.Thread(target=voice.stop)

    def wait() -> None:
        other.start()
        turns.wait(20)

    with pytest.raises(KeyboardInterrupt), voice.nothing_to_finish():
        wait()
    other.join()
    assert not turns.is_set()
    assert signal.getsignal(signal.SIGINT) is before
    voice.stop()
    with pytest.raises(KeyboardInterrupt), voice.nothing_to_finish():
        turns.set()
    assert not turns.is_set(), "it is not even begun"


def test_a_score_that_is_asked_to_stop_builds_no_further_arm(tmp_path: Path, voice: Voice) -> None:
    asked = cohort("accuracy", BASE, SMALL)
    (tmp_path / "journal").mkdir()
    workshop = Workshop(SHELVES)
    workshop.open(asked)
    voice.stopped.set()
    scored.measure_scored(Job(asked, work(tmp_path), (0, 1)), workshop, voice)
    assert texts(tmp_path) == ["opening dots"]


def texts(folder: Path) -> list[str]:
    return [message["text"] for message in said(folder) if message["say"] == "progress"]
