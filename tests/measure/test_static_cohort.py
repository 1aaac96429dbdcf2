"""Static cohorts in real processes."""

from pathlib import Path

import psutil
import pytest

from benchbench.measure.crew import Crew
from benchbench.measure.job import Result
from benchbench.types import Cohort, Failed, Measured
from tests.measure.cohorts import (
    BASE,
    COMMAND,
    SMALL,
    cohort,
    measure_toys,
    misbehaving,
    results,
    samples,
    use,
    variant,
    work,
)

pytestmark = pytest.mark.integration


def measured(cohort: Cohort, folder: Path, crew: Crew, timeout_s: float = 60.0) -> dict[str, Result]:
    return results(list(measure_toys(cohort, work(folder, timeout_s=timeout_s), crew)))


def test_one_worker_serves_the_cohort(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("size", BASE, SMALL, settings={"words": "by hand"}), tmp_path, crew)
    assert samples(found["base"])["params"] == (32 + 9 + 3 * (4 * 72 + 144 + 136),)
    assert samples(found["small"])["params"] == (32 + 9 + (4 * 72 + 144 + 136),)
    assert samples(found["base"])["pid"] == samples(found["small"])["pid"]
    assert isinstance(found["base"].outcome, Measured)
    assert found["base"].outcome.notes == ("by hand",)
    assert found["small"].facts["surgery"] == [{"step": "drop", "removed": 2}]
    assert found["base"].facts["weights"] == "trained"
    assert found["base"].environment["allocator"] == "default"
    assert found["small"].versions["step drop"] == "4"
    assert not (tmp_path / "journal").exists()


def test_probe_with_an_environment_gets_fresh_processes(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("alone", BASE, SMALL), tmp_path, crew)
    assert samples(found["base"])["pid"] != samples(found["small"])["pid"]
    assert found["small"].environment["allocator"] == "MALLOC_ARENA_MAX=1"


def test_what_fails_fails_alone_with_its_log(tmp_path: Path, crew: Crew) -> None:
    bad = [misbehaving("throw"), misbehaving("crash"), variant("uncut", use("nothing")), variant("none", layers=0)]
    found = measured(cohort("size", *bad, SMALL), tmp_path, crew)
    errors = {name: result.outcome for name, result in found.items() if isinstance(result.outcome, Failed)}
    assert errors["throw"].error == "RuntimeError: thrown in the forward pass"
    assert "toy_catalog.py" in errors["throw"].log
    assert "SIGSEGV" in errors["crash"].error
    assert "at the turn of crash" in errors["crash"].error
    assert "removed nothing" in errors["uncut"].error
    assert errors["none"].error == "ValueError: a toy has layers"
    assert isinstance(found["small"].outcome, Measured)


def test_a_hung_worker_is_killed_and_the_rest_goes_on(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("size", misbehaving("hang"), SMALL), tmp_path, crew, timeout_s=3.0)
    assert isinstance(found["hang"].outcome, Failed)
    assert "hung" in found["hang"].outcome.error
    assert isinstance(found["small"].outcome, Measured)


def test_a_worker_that_cannot_start_fails_every_trial(tmp_path: Path) -> None:
    command = (COMMAND[0], "-c", "raise SystemExit('no such worker')")
    events = list(measure_toys(cohort("size", BASE, SMALL), work(tmp_path), Crew(command)))
    outcomes = [result.outcome for result in results(events).values()]
    assert len(outcomes) == 2
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        assert outcome.error == "the worker process ended with status 1, while starting"
        assert outcome.log == "no such worker"


def test_cohorts_share_a_worker_and_what_it_built(tmp_path: Path, crew: Crew) -> None:
    """Also after a trial of the first has failed, and over a probe with other settings."""
    first = measured(cohort("size", BASE, misbehaving("throw")), tmp_path, crew)
    second = measured(cohort("size", BASE, SMALL, settings={"words": "again"}), tmp_path, crew)
    assert samples(first["base"]) == samples(second["base"])


def test_a_crew_leaves_no_process(tmp_path: Path) -> None:
    with Crew(COMMAND) as own:
        found = measured(cohort("size", BASE), tmp_path, own)
        pid = int(samples(found["base"])["pid"][0])
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)
