"""Scored cohorts shared by several real processes: the same numbers as one, whatever dies or stops."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchbench.catalog.formulas.rows import Rows, load
from benchbench.measure.crew import Crew
from benchbench.measure.job import Progress, Result, Work
from benchbench.measure.sensitivity import LEAST
from benchbench.measure.shards import Shards
from benchbench.types import Cohort, Failed, Measured
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, misbehaving, results, use, work

pytestmark = pytest.mark.integration
DOTS = 23


def shared(folder: Path, jobs: int) -> Work:
    return replace(work(folder), jobs=jobs)


def measured(asked: Cohort, folder: Path, jobs: int, crew: Crew) -> tuple[dict[str, Result], dict[str, Rows]]:
    """Results by variant, and every attached file's rows."""
    found: list[Progress | Result] = []
    rows: dict[str, Rows] = {}
    for event in measure_toys(asked, shared(folder, jobs), crew):
        found.append(event)
        if isinstance(event, Result):
            name = event.trial.variant.name
            rows |= {f"{name}-{file}": load(path) for file, path in event.attachments.items() if "pictures" not in file}
    return results(found), rows


def same(one: dict[str, Rows], other: dict[str, Rows]) -> None:
    """Bit for bit."""
    assert one.keys() == other.keys()
    for name, rows in one.items():
        np.testing.assert_array_equal(rows.ids, other[name].ids)
        for column, values in rows.columns.items():
            assert values.tobytes() == other[name].columns[column].tobytes()
            np.testing.assert_array_equal(rows.counts[column], other[name].counts[column])


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, crew: Crew) -> tuple[dict[str, Result], dict[str, Rows]]:
    asked = cohort("accuracy", BASE, SMALL, dataset=use("dots", count=DOTS), batch=3)
    return measured(asked, tmp_path_factory.mktemp("alone"), 1, crew)


@pytest.mark.parametrize("jobs", [2, 3])
def test_several_processes_give_the_numbers_of_one(
    tmp_path: Path, crew: Crew, jobs: int, alone: tuple[dict[str, Result], dict[str, Rows]]
) -> None:
    trace = tmp_path / "trace"
    dots = use("dots", count=DOTS, trace=str(trace))
    found, rows = measured(cohort("accuracy", BASE, SMALL, dataset=dots, batch=3), tmp_path, jobs, crew)
    same(alone[1], rows)
    for name, result in alone[0].items():
        assert found[name].outcome == result.outcome
        assert found[name].facts["processes"] == jobs
        assert "processes" not in result.facts
    read = [int(word) for word in trace.read_text().split()]
    assert sorted(set(read)) == list(range(DOTS))
    assert len(read) <= DOTS + 3 + LEAST, "only the survey's batch and the images that run one by one are read twice"


def test_more_processes_than_batches_are_not_started(tmp_path: Path, crew: Crew) -> None:
    asked = cohort("accuracy", BASE, SMALL, dataset=use("dots", count=4), batch=2)
    found, _ = measured(asked, tmp_path, 9, crew)
    assert found["base"].facts["processes"] == 2


def test_what_crashes_fails_alone_and_once(tmp_path: Path, crew: Crew) -> None:
    arms = [misbehaving("crash", after=1), misbehaving("throw", after=1), SMALL]
    asked = cohort("accuracy", BASE, *arms, dataset=use("dots", count=DOTS), batch=3)
    events = list(measure_toys(asked, shared(tmp_path, 3), crew))
    told = [event.trial.variant.name for event in events if isinstance(event, Result)]
    assert sorted(told) == ["base", "crash", "small", "throw"]
    found = results(events)
    errors = {name: result.outcome.error for name, result in found.items() if isinstance(result.outcome, Failed)}
    assert set(errors) == {"crash", "throw"}
    assert "SIGSEGV" in errors["crash"]
    assert "at the turn of crash" in errors["crash"]
    for name in ("base", "small"):
        assert isinstance(found[name].outcome, Measured)


def test_a_killed_process_is_given_another_chance(
    tmp_path: Path, crew: Crew, alone: tuple[dict[str, Result], dict[str, Rows]]
) -> None:
    die = misbehaving("die", after=2, until=str(tmp_path / "died"))
    asked = cohort("accuracy", BASE, SMALL, die, dataset=use("dots", count=DOTS), batch=3)
    found, _ = measured(asked, tmp_path, 3, crew)
    assert (tmp_path / "died").exists()
    for name in ("base", "small"):
        assert found[name].outcome == alone[0][name].outcome
    assert found["die"].outcome == alone[0]["base"].outcome


def test_data_that_cannot_be_read_fail_the_cohort_once(tmp_path: Path, crew: Crew) -> None:
    asked = cohort("accuracy", BASE, SMALL, dataset=use("dots", count=DOTS, broken=20), batch=3)
    events = list(measure_toys(asked, shared(tmp_path, 2), crew))
    outcomes = [event.outcome for event in events if isinstance(event, Result)]
    assert len(outcomes) == 2
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        assert "image 20 is truncated" in outcome.error


@pytest.mark.parametrize("jobs", [(3, 2), (1, 3), (3, 1)])
def test_stopped_with_some_and_resumed_with_others(tmp_path: Path, crew: Crew, jobs: tuple[int, int]) -> None:
    """The first are killed, as their generator is closed; what is in any log by then is not computed again."""
    dots, trace = use("dots", count=150), tmp_path / "trace"
    whole, expected = measured(cohort("accuracy", BASE, SMALL, dataset=dots, batch=1), tmp_path, 1, crew)
    dots = use("dots", count=150, trace=str(trace))
    asked = cohort("accuracy", BASE, SMALL, dataset=dots, batch=1)
    events = measure_toys(asked, shared(tmp_path, jobs[0]), crew)
    next(event for event in events if isinstance(event, Progress) and 2 < event.done < 150)
    events.close()
    trace.unlink()
    found, rows = measured(asked, tmp_path, jobs[1], crew)
    same(expected, rows)
    assert {name: result.outcome for name, result in found.items()} == {
        name: result.outcome for name, result in whole.items()
    }
    assert len(set(trace.read_text().split())) < 150


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_reaches_all_of_them(tmp_path: Path, times: int) -> None:
    """Once: the turns are finished. Twice, with one that hangs: all are killed. Either way it is resumable."""
    arms = [misbehaving("hang", after=1)] if times == 2 else [SMALL]
    asked = cohort("accuracy", BASE, *arms, dataset=use("dots", count=600), batch=1)
    before, interrupted = set(psutil.Process().children()), list[Progress]()

    def interrupting() -> None:
        for event in measure_toys(asked, shared(tmp_path, 3)):
            if isinstance(event, Progress) and "processes" in event.text and len(interrupted) < times:
                interrupted.append(event)
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupting()
    assert len(interrupted) == times
    assert set(psutil.Process().children()) <= before
    assert len(list((tmp_path / "journal").glob("chunks*.log"))) > 1


def test_processes_are_as_many_as_memory_holds(tmp_path: Path, crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shards, "free", lambda: 1 << 20)
    asked = cohort("accuracy", BASE, dataset=use("dots", count=DOTS), batch=3)
    events = list(measure_toys(asked, shared(tmp_path, 3), crew))
    [notice] = [event for event in events if isinstance(event, Progress) and event.lasting]
    assert "memory holds 1 of 3 processes" in notice.text
    assert "processes" not in results(events)["base"].facts


def test_who_dies_while_the_first_process_looks_around_fails_alone(
    tmp_path: Path, crew: Crew, alone: tuple[dict[str, Result], dict[str, Rows]]
) -> None:
    """Its first batch is computed before the others start: nothing of theirs is lost."""
    die = misbehaving("die", until=str(tmp_path / "died"))
    asked = cohort("accuracy", die, misbehaving("crash"), BASE, SMALL, dataset=use("dots", count=DOTS), batch=3)
    found, _ = measured(asked, tmp_path, 2, crew)
    crashed = found["crash"].outcome
    assert isinstance(crashed, Failed)
    assert "SIGSEGV" in crashed.error
    assert found["die"].outcome == alone[0]["base"].outcome, "it was killed once"
    for name in ("base", "small"):
        assert found[name].outcome == alone[0][name].outcome
        assert found[name].facts["processes"] == 2
