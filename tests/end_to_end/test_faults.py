"""`benchbench run` when models bring their process down, and when it is told to stop or dies itself."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psutil
import pytest

from tests.end_to_end.conftest import SUITE, Place
from tests.end_to_end.fallen import NAMES, allowed, among, born, has_borne

pytestmark = pytest.mark.integration
LIMIT = 16 * 2**30
"""Bytes of data that the program and its workers may have each: as `ulimit -d` sets it."""


def outcomes(place: Place) -> dict[tuple[str, str], dict[str, Any]]:
    records = [json.loads(path.read_text(encoding="utf-8")) for path in place.records()]
    found = {(each["trial"]["probe"]["name"], each["trial"]["variant"]["name"]): each["outcome"] for each in records}
    assert len(found) == len(records), "each trial once"
    return found


@contextmanager
def started(place: Place, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The program in a group of its own, as a terminal starts it; whatever it started must end with it."""
    with (place.folder / "said").open("w") as said:
        running = subprocess.Popen(
            place.command(*words),
            cwd=place.folder,
            env=place.environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def chunks(place: Place) -> bytes:
    """What scored cohorts have on disk of batches that are done."""
    found = sorted((place.folder / "records" / ".journals").glob("*/chunks*"))
    return b"".join(path.read_bytes() for path in found)


def family(running: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(running.pid).children(recursive=True)


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=20)[1]


@pytest.mark.slow
def test_each_model_that_falls_costs_its_own_trials(place: Place) -> None:
    """Crash, hang, end and a real limit of memory, in static, timed and scored cohorts of one run."""
    place = among(place, *NAMES)
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, before[1]))
    try:
        ended = place.run("run", "small.yaml", "--json", "--timeout", "20", *allowed(*NAMES))
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
    assert ended.returncode == 3, ended.stderr
    found = outcomes(place)
    assert len(found) == 3 * 7
    failed = {key: outcome["error"] for key, outcome in found.items() if "error" in outcome}
    assert {f"{each['trial']}" for each in json.loads(ended.stdout)["failed"]} == {
        f"stand-in / {probe} / {name}" for probe, name in failed
    }
    bad = {("latency", name) for name in NAMES[1:]} | {("coco-ap", name) for name in NAMES[1:]}
    assert set(failed) == bad | {("size", "closing")}
    for probe in ("latency", "coco-ap"):
        assert "was killed by SIGSEGV, at the turn of crashing" in failed[probe, "crashing"]
        assert "in _crash" in found[probe, "crashing"]["log"]
        assert "hung: nothing heard for 20 s, at the turn of hanging" in failed[probe, "hanging"]
        assert "in _hang" in found[probe, "hanging"]["log"]
        assert "memory" in failed[probe, "hoarding"]
        assert "ended with status 7, at the turn of closing" in failed[probe, "closing"]
    assert gone(born(place, "crashing") + born(place, "hanging"))
    assert "failed: stand-in / latency / crashing" in ended.stderr
    assert "SIGSEGV" in (place.folder / "reports" / "small.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_ctrl_c_once_finishes_the_turn_twice_stops_now_and_nothing_is_lost(place: Place) -> None:
    place = among(place, "sound", "hanging")
    words = ("run", "small.yaml", "-k", "coco-ap", *allowed("sound", "hanging"))
    with started(place, *words) as running:
        until(lambda: has_borne(place, "hanging"))
        processes = [*family(running), *born(place, "hanging")]
        os.killpg(running.pid, signal.SIGINT)
        until(lambda: "Ctrl-C again" in (place.folder / "said").read_text())
        assert running.poll() is None, "the turn is not finished"
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(20) == 130
    assert gone(processes)
    said = (place.folder / "said").read_text()
    assert "resume" in said
    assert "Traceback" not in said
    done = chunks(place)
    assert done
    (place.folder / "mended").touch()
    with started(place, *words) as running:
        until(lambda: len(chunks(place)) > len(done))
        processes = family(running)
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(60) == 130
    assert gone(processes)
    assert chunks(place).startswith(done), "what was done before is there and is not done again"
    ended = place.run(*words)
    assert ended.returncode == 0, ended.stderr
    assert len(outcomes(place)) == 4


def test_ctrl_c_does_not_wait_for_pictures_to_be_drawn(place: Place) -> None:
    """A hundred thousand take an hour; what was drawn of them does not stay."""
    place.suite.write_text(SUITE.replace("count: 6}", "count: 100000}"), encoding="utf-8")
    place = replace(place, environment=place.environment | {"XDG_CACHE_HOME": str(place.folder / "cache")})
    with started(place, "run", "small.yaml", "-k", "coco-ap") as running:
        until(lambda: list((place.folder / "cache").rglob("000000000009.png")))
        processes = family(running)
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(20) == 130
    assert gone(processes)
    assert "resume" in (place.folder / "said").read_text()
    assert not list((place.folder / "cache").rglob("*.png"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_the_program_ends_all_it_started(place: Place, number: signal.Signals) -> None:
    """Workers, and what a model in one of them started, while it hangs in native code."""
    place = among(place, "hanging")
    with started(place, "run", "small.yaml", "-k", "coco-ap and hanging", *allowed("hanging")) as running:
        until(lambda: has_borne(place, "hanging"))
        processes = family(running)
        assert len(processes) >= 2
        running.send_signal(number)
        assert running.wait(20) == -number
    assert gone([*processes, *born(place, "hanging")])


def test_what_models_leave_behind_ends_with_their_worker(place: Place) -> None:
    """Of parents that have ended, in sessions of their own: of a run that ends well, and of a worker by SIGKILL."""
    place = among(place, "straying", "killed")
    ended = place.run("run", "small.yaml", "-k", "coco-ap and (straying or killed)", *allowed("straying", "killed"))
    assert ended.returncode == 3, ended.stderr
    failed = {variant for (_, variant), outcome in outcomes(place).items() if "error" in outcome}
    assert failed == {"killed"}
    assert has_borne(place, "straying")
    assert has_borne(place, "killed") > 1, "SIGKILL is given a second chance"
    assert gone(born(place, "straying") + born(place, "killed"))


def test_a_run_beside_one_that_is_killed_takes_over(place: Place) -> None:
    place = among(place, "sound", "hanging")
    words = ("run", "small.yaml", "-k", "coco-ap", *allowed("sound", "hanging"))
    with started(place, *words) as first:
        until(lambda: has_borne(place, "hanging"))
        (place.folder / "mended").touch()
        assert chunks(place)
        beside = place.start(*words)
        assert beside.stderr
        assert any("4 to measure" in line for line in beside.stderr)
        first.send_signal(signal.SIGKILL)
    _, said = beside.communicate(timeout=300)
    assert beside.returncode == 0, said
    assert len(outcomes(place)) == 4
    assert not chunks(place), "the cohort is finished"
