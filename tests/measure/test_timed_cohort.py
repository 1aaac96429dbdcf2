"""Timed cohorts in real processes: rounds, failures, kills and resuming."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchbench.measure.crew import Crew
from benchbench.measure.job import Progress, Result
from benchbench.types import Cohort, Failed, Measured
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, misbehaving, results, variant, work

pytestmark = pytest.mark.integration


def measured(cohort: Cohort, folder: Path, crew: Crew, rounds: int = 5) -> dict[str, Result]:
    return results(list(measure_toys(cohort, work(folder, rounds=rounds), crew)))


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "journal" / "rounds.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def until(events: Iterator[Progress | Result], text: str) -> None:
    """Iterate until progress says so."""
    next(event for event in events if isinstance(event, Progress) and text in event.text)


def worker(events: Iterator[Progress | Result]) -> psutil.Process:
    """The process behind a cohort that is being measured."""
    before = set(psutil.Process().children())
    next(events)
    (child,) = set(psutil.Process().children()) - before
    return child


def test_arms_share_rounds_with_the_reference_and_its_twin(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("latency", BASE, SMALL), tmp_path, crew)
    base, small = (found[name].outcome for name in ("base", "small"))
    assert isinstance(base, Measured)
    assert isinstance(small, Measured)
    (of_base,), (of_small,) = base.measurements, small.measurements
    assert len(of_small.samples) >= 5
    assert of_base.samples == of_base.columns["reference"] == of_small.columns["reference"]
    assert of_base.columns["twin"] == of_small.columns["twin"] != of_base.samples
    assert of_small.columns["round"] == tuple(map(float, range(len(of_small.samples))))
    assert set(of_small.columns) == {"round", "cpu_s", "minor_faults", "steal", "reference", "twin"}
    assert any("shorter than a millisecond" in note for note in small.notes)
    assert "MALLOC_TRIM_THRESHOLD_=4294967296" in str(found["base"].environment["allocator"])
    assert found["base"].environment["threads"] == 1
    assert not (tmp_path / "journal").exists()


def test_what_fails_fails_alone(tmp_path: Path, crew: Crew) -> None:
    arms = [BASE, misbehaving("throw", after=4), misbehaving("crash", after=3), variant("none", layers=0), SMALL]
    found = measured(cohort("latency", *arms), tmp_path, crew)
    errors = {name: result.outcome.error for name, result in found.items() if isinstance(result.outcome, Failed)}
    assert set(errors) == {"throw", "crash", "none"}
    assert "SIGSEGV" in errors["crash"]
    assert errors["throw"] == "RuntimeError: thrown in the forward pass"
    assert isinstance(found["small"].outcome, Measured)


def test_without_a_reference_nothing_is_timed(tmp_path: Path, crew: Crew) -> None:
    from dataclasses import replace

    broken = replace(cohort("latency", SMALL), reference=variant("none", layers=0))
    found = measured(broken, tmp_path, crew)
    assert isinstance(found["small"].outcome, Failed)
    assert found["small"].outcome.error == "the reference could not be timed: ValueError: a toy has layers"


def test_a_reference_that_is_not_to_be_recorded_is_timed_all_the_same(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("latency", SMALL), tmp_path, crew)
    assert list(found) == ["small"]
    assert isinstance(found["small"].outcome, Measured)
    assert len(found["small"].outcome.measurements[0].columns["reference"]) >= 5


def test_a_killed_worker_is_followed_by_one_that_goes_on(tmp_path: Path, crew: Crew) -> None:
    """The arm kills its process in the middle of a round, once; the rounds before that are kept."""
    die = misbehaving("die", after=5, until=str(tmp_path / "died"))
    events = measure_toys(cohort("latency", BASE, die), work(tmp_path, rounds=8), crew)
    until(events, "round 3")
    before = lines(tmp_path)
    found = results(list(events))
    assert (tmp_path / "died").exists()
    outcome = found["die"].outcome
    assert isinstance(outcome, Measured)
    first = [line["calls"]["die"]["wall_s"] * 1e3 for line in before[:3]]
    assert list(outcome.measurements[0].samples[:3]) == pytest.approx(first)


def test_resuming_keeps_every_finished_round(tmp_path: Path) -> None:
    """The whole run stopped dead in a round; another goes on where it was."""
    events = measure_toys(cohort("latency", BASE, SMALL), work(tmp_path, seconds=60, rounds=400))
    child = worker(events)
    until(events, "round 7")
    child.kill()
    events.close()
    kept = lines(tmp_path)
    assert len(kept) >= 7
    again = measure_toys(cohort("latency", BASE, SMALL), work(tmp_path, rounds=len(kept) + 2))
    small = results(list(again))["small"].outcome
    assert isinstance(small, Measured)
    samples = small.measurements[0].samples
    assert list(samples[: len(kept)]) == pytest.approx([line["calls"]["small"]["wall_s"] * 1e3 for line in kept])
    assert len(samples) >= len(kept) + 2


def test_closing_early_leaves_no_process(tmp_path: Path) -> None:
    events = measure_toys(cohort("latency", BASE, SMALL), work(tmp_path, rounds=10**6))
    child = worker(events)
    until(events, "round 2")
    events.close()
    assert not child.is_running()


def test_ctrl_c_finishes_the_round_and_can_be_resumed(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    events = measure_toys(cohort("latency", BASE, SMALL), work(tmp_path, rounds=10**6))
    child = worker(events)
    until(events, "round 2")
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(events)
    assert not child.is_running()
    assert len(lines(tmp_path)) >= 2
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_twice_kills_at_once(tmp_path: Path) -> None:
    events = measure_toys(cohort("latency", BASE, misbehaving("hang", after=2)), work(tmp_path))
    child = worker(events)
    until(events, "building hang")
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    events.close()
    assert not child.is_running()
