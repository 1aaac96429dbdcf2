"""Static cohorts in real processes."""

from pathlib import Path

import pytest

from benchbench.measure.conduct import conduct
from benchbench.measure.job import Result
from benchbench.types import Cohort, Failed, Measured
from tests.measure.cohorts import BASE, COMMAND, SMALL, cohort, misbehaving, results, samples, use, variant, work
from tests.measure.toy_catalog import SHELVES

pytestmark = pytest.mark.integration


def measured(cohort: Cohort, folder: Path, timeout_s: float = 60.0) -> dict[str, Result]:
    return results(list(conduct(cohort, work(folder, timeout_s=timeout_s), SHELVES, COMMAND)))


def test_one_worker_serves_the_cohort(tmp_path: Path) -> None:
    found = measured(cohort("size", BASE, SMALL, settings={"words": "by hand"}), tmp_path)
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


def test_probe_with_an_environment_gets_fresh_processes(tmp_path: Path) -> None:
    found = measured(cohort("alone", BASE, SMALL), tmp_path)
    assert samples(found["base"])["pid"] != samples(found["small"])["pid"]
    assert found["small"].environment["allocator"] == "MALLOC_ARENA_MAX=1"


def test_what_fails_fails_alone_with_its_log(tmp_path: Path) -> None:
    bad = [misbehaving("throw"), misbehaving("crash"), variant("uncut", use("nothing")), variant("none", layers=0)]
    found = measured(cohort("size", *bad, SMALL), tmp_path)
    errors = {name: result.outcome for name, result in found.items() if isinstance(result.outcome, Failed)}
    assert errors["throw"].error == "RuntimeError: thrown in the forward pass"
    assert "toy_catalog.py" in errors["throw"].log
    assert "SIGSEGV" in errors["crash"].error
    assert "at the turn of crash" in errors["crash"].error
    assert "removed nothing" in errors["uncut"].error
    assert errors["none"].error == "ValueError: a toy has layers"
    assert isinstance(found["small"].outcome, Measured)


def test_a_hung_worker_is_killed_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = measured(cohort("size", misbehaving("hang"), SMALL), tmp_path, timeout_s=3.0)
    assert isinstance(found["hang"].outcome, Failed)
    assert "hung" in found["hang"].outcome.error
    assert isinstance(found["small"].outcome, Measured)


def test_a_worker_that_cannot_start_fails_every_trial(tmp_path: Path) -> None:
    command = (COMMAND[0], "-c", "raise SystemExit('no such worker')")
    events = list(conduct(cohort("size", BASE, SMALL), work(tmp_path), SHELVES, command))
    outcomes = [result.outcome for result in results(events).values()]
    assert len(outcomes) == 2
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        assert outcome.error == "the worker process ended with status 1, while starting"
        assert outcome.log == "no such worker"
