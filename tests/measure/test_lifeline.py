"""What a worker started ends with it: also what has left its session and its family, at whatever death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from benchbench.errors import Crashed
from benchbench.measure.process import WorkerProcess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are given to another process on Linux only")
COMMAND = (sys.executable, "-m", "tests.measure.straying")
MAIN = """
import os, sys
from benchbench.measure.process import WorkerProcess
worker = WorkerProcess(sys.argv[1:], os.environ)
for message in worker.messages(60):
    print(*message["pids"], flush=True)
"""


def started(how: str) -> tuple[WorkerProcess, list[psutil.Process], Iterator[dict[str, object]]]:
    """A worker, what there is of it and of what it started, and what it will say."""
    worker = WorkerProcess((*COMMAND, how), os.environ)
    messages = worker.messages(60)
    found = [psutil.Process(pid) for pid in next(messages)["pids"]]
    assert len({os.getsid(each.pid) for each in found}) == 3
    assert worker.pid in [parent.pid for parent in found[1].parents()], "what nobody owns is the guardian's"
    return worker, found, messages


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=20)[1]


@pytest.mark.parametrize(("how", "words"), [("end", "ended with status 7"), ("fall", "was killed by SIGSEGV")])
def test_a_worker_that_ends_takes_all_along(how: str, words: str, tmp_path: Path) -> None:
    worker, found, messages = started(how)
    with closing(worker):
        worker.begin(tmp_path / "job")
        with pytest.raises(Crashed, match=words):
            next(messages)
        assert gone(found), "nobody has closed the worker yet"


def test_one_that_is_killed_by_hand_takes_all_along() -> None:
    worker, found, messages = started("hang")
    with closing(worker):
        found[0].kill()
        with pytest.raises(Crashed, match="was killed by SIGKILL"):
            next(messages)
        assert gone(found)


@pytest.mark.parametrize("how", ["hang", "sleep"])
def test_slaying_waits_for_nothing_and_ends_all(how: str) -> None:
    worker, found, _ = started(how)
    with closing(worker):
        worker.slay()
        assert gone(found)


def test_closing_leaves_nobody_even_of_a_guardian_that_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchbench.measure.process.ENDING_S", 0.5)
    worker, found, _ = started("hang")
    os.kill(worker.pid, signal.SIGSTOP)
    worker.close()
    assert gone(found)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whoever_ends_the_program_ends_all(number: signal.Signals) -> None:
    command = [sys.executable, "-c", MAIN, *COMMAND, "hang"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        found = [psutil.Process(int(pid)) for pid in program.stdout.readline().split()]
        program.send_signal(number)
    assert len(found) == 4
    assert gone(found)
