"""Workers that die, hang or babble: the arm at turn is Failed with its log, the others go on, and nobody is left."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchbench.errors import Unwritable
from benchbench.measure.crew import Crew
from benchbench.measure.job import Result
from benchbench.measure.journal import begin
from benchbench.types import Cohort, Failed, Measured, Variant
from tests.measure.cohorts import BASE, SMALL, cohort, results, samples, use, work
from tests.measure.faulty_toys import COMMAND, FAULTY, faulty, measure_faulty
from tests.small_disks import disk, fill

pytestmark = pytest.mark.integration
LIMIT_MIB = 400
HUNG_S = 8.0
PATIENCE_S = 10.0


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Crew(COMMAND) as crew:
        yield crew
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A control group of the kernel's with little memory; skips where none can be made."""
    found = [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory")]
    files = {"memory.max": "cgroup.controllers", "memory.limit_in_bytes": "memory.limit_in_bytes"}
    for root, (limit, mark) in zip(found, files.items(), strict=True):
        if not (root / mark).exists():
            continue
        group = root / f"benchbench-test-{os.getpid()}"
        try:
            group.mkdir()
            (group / limit).write_text(str(LIMIT_MIB * 2**20))
        except OSError:
            continue
        yield group
        for pid in (group / "cgroup.procs").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        group.rmdir()
        return
    pytest.skip("no control group with a limit of memory can be made here")


def measured(cohort: Cohort, folder: Path, crew: Crew) -> dict[str, Result]:
    found = results(list(measure_faulty(cohort, work(folder, timeout_s=HUNG_S), crew)))
    assert not (folder / "journal").exists(), "the cohort is finished"
    return found


def failure(result: Result) -> Failed:
    assert isinstance(result.outcome, Failed), result.outcome
    return result.outcome


def arms(folder: Path) -> list[Variant]:
    return [
        BASE,
        faulty("leave", 1),
        faulty("hoard", 1),
        faulty("breed", 1, folder / "bred"),
        faulty("brood", 1, folder / "brooded"),
        faulty("babble", 1),
        SMALL,
    ]


def gone(path: Path) -> bool:
    """Whether the process whose number stands in a file ends: who kills it has been asked to, or is about to."""
    try:
        psutil.Process(int(path.read_text())).wait(PATIENCE_S)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("probe", ["latency", "accuracy"])
def test_each_way_of_falling_costs_its_own_arm(probe: str, tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort(probe, *arms(tmp_path)), tmp_path, crew)
    assert list(found) != []
    assert {name for name, result in found.items() if isinstance(result.outcome, Measured)} == {"base", "small"}
    assert failure(found["leave"]).error == "the worker process ended with status 0, at the turn of leave"
    assert "memory" in failure(found["hoard"]).error
    assert "faulty_toys.py" in failure(found["hoard"]).log
    crashed, stuck = failure(found["breed"]), failure(found["brood"])
    assert "was killed by SIGSEGV, at the turn of breed" in crashed.error
    assert "Segmentation fault" in crashed.log
    assert "in breed" in crashed.log
    assert "hung: nothing heard for 8 s, at the turn of brood" in stuck.error
    assert "in stick" in stuck.log
    assert "no message" in failure(found["babble"]).error
    for name in ("bred", "brooded"):
        assert gone(tmp_path / name), "what an arm started is gone"


def test_falling_at_the_first_call_of_a_static_probe(tmp_path: Path, crew: Crew) -> None:
    falling = [faulty("leave"), faulty("hoard"), faulty("breed", 0, tmp_path / "bred")]
    found = measured(cohort("size", BASE, *falling, SMALL), tmp_path, crew)
    clean = measured(cohort("size", BASE, SMALL), tmp_path, crew)
    assert [name for name, result in found.items() if isinstance(result.outcome, Failed)] == ["leave", "hoard", "breed"]
    for name in ("base", "small"):
        assert samples(found[name])["params"] == samples(clean[name])["params"]
    assert gone(tmp_path / "bred")


def test_scores_beside_a_falling_arm_are_those_of_a_quiet_pass(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("accuracy", BASE, faulty("breed", 2, tmp_path / "bred"), SMALL), tmp_path, crew)
    clean = measured(cohort("accuracy", BASE, SMALL), tmp_path, crew)
    for name in ("base", "small"):
        assert samples(found[name]) == samples(clean[name])


@pytest.mark.parametrize("probe", ["size", "accuracy"])
def test_the_kernel_ends_what_has_no_memory_left(probe: str, tmp_path: Path, crew: Crew, small_group: Path) -> None:
    """A control group with a limit: SIGKILL, at any moment, as in a container."""
    found = measured(cohort(probe, BASE, faulty("overflow", 0, small_group), SMALL), tmp_path, crew)
    assert "was killed by SIGKILL (out of memory, or killed by hand)" in failure(found["overflow"]).error
    assert isinstance(found["base"].outcome, Measured)
    assert isinstance(found["small"].outcome, Measured)


def test_a_disk_that_is_full_when_rows_are_written_stops_the_run_and_keeps_what_is_done(
    tmp_path: Path, crew: Crew
) -> None:
    """Nobody's failure: an error of the user's, and with room the same call goes on from the journal."""
    job, pair = work(tmp_path, timeout_s=HUNG_S), cohort("accuracy", BASE, SMALL, dataset=use("dots", count=250))
    with disk(tmp_path / "journal", 512) as folder:
        assert not begin(pair, job, FAULTY)
        fill(folder, but=48 * 1024)
        with pytest.raises(Unwritable, match=r"cannot write .*journal.*: No space left"):
            list(measure_faulty(pair, job, crew))
        kept = (folder / "chunks.log").stat().st_size
        assert kept
        assert begin(pair, job, FAULTY), "what is done may be gone on with"
        assert (folder / "chunks.log").stat().st_size == kept
        (folder / ".filler").unlink()
        found = results(list(measure_faulty(pair, job, crew)))
        assert all(isinstance(result.outcome, Measured) for result in found.values())
