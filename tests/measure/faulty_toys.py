"""Toys whose arms bring their process down in ways that no exception tells of; a worker that has them.

`python -m tests.measure.faulty_toys FD` is the worker.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchbench.catalog.contracts import Step, Subject
from benchbench.measure.conduct import Events, conduct
from benchbench.measure.crew import Crew
from benchbench.measure.job import Work
from benchbench.measure.worker import main
from benchbench.types import Cohort, Variant
from tests.measure.cohorts import use, variant
from tests.measure.toy_catalog import SHELVES, STEPS, ToyModel

COMMAND = (sys.executable, "-P", "-m", "tests.measure.faulty_toys")
GIB = 2**30


@dataclass
class Fault:
    """Done in the forward pass after so many; `place` is a file or folder that it needs."""

    how: str
    after: int
    place: str
    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls > self.after:
            getattr(self, self.how)()

    def leave(self) -> None:
        sys.exit(0)

    def breed(self) -> None:
        """Start a process that nobody waits for, and crash."""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(self.place).write_text(str(child.pid))
        os.kill(os.getpid(), signal.SIGSEGV)

    def brood(self) -> None:
        """Start a process that nobody waits for, and hang."""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(self.place).write_text(str(child.pid))
        self.stick()

    def stick(self) -> None:
        """Hang in native code that holds the interpreter."""
        ctypes.PyDLL(None).sleep(600)

    def hoard(self) -> None:
        """Ask for more memory than a limit of the process allows."""
        before = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + GIB // 8, before[1]))
        try:
            torch.ones(GIB)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

    def overflow(self) -> None:
        """Take more memory than the control group of this process has, until the kernel ends it."""
        (Path(self.place) / "cgroup.procs").write_text(str(os.getpid()))
        filled = [b"x" * 2**20 for _ in range(512)]
        raise RuntimeError(f"{len(filled)} MiB were given out")

    def babble(self) -> None:
        """Write into every pipe what is no message."""
        for number in range(1, 64):
            with suppress(OSError):
                if stat.S_ISFIFO(os.fstat(number).st_mode):
                    os.write(number, b'{"say": \n')
        time.sleep(600)


def fault(subject: Subject, *, how: str, after: int = 0, place: str = "") -> None:
    assert isinstance(subject.model, ToyModel)
    subject.model.misdeed = Fault(how, after, place)


FAULTY = replace(SHELVES, steps={**STEPS, "fault": Step("fault", 1, False, fault, lambda *_: None)})


def faulty(how: str, after: int = 0, place: Path | str = "") -> Variant:
    return variant(how, use("fault", how=how, after=after, place=str(place)))


def measure_faulty(cohort: Cohort, work: Work, crew: Crew) -> Events:
    """As `measure` does, with the faulty shelves here and in the worker."""
    yield from conduct(cohort, work, FAULTY, crew)


if __name__ == "__main__":
    main(sys.argv[1:], FAULTY)
