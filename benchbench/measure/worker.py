"""The worker process: one cohort, or what is left of it, with torch."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchbench.measure.environment import environment
from benchbench.measure.job import Job
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.measure.voice import Voice, listen
from benchbench.measure.wire import revive
from benchbench.types import Json

PR_SET_PDEATHSIG = 1


def main(arguments: Sequence[str], shelves: Shelves = CATALOG) -> None:
    """Do the job in the file named by the only argument; its folder is the journal."""
    path = Path(arguments[0])
    voice = _voice(path.parent / "turn")
    die_with_parent()
    job = revive(Job, json.loads(path.read_text(encoding="utf-8")))
    voice.environment(prepared(job))
    run(job, shelves, voice)


def run(job: Job, shelves: Shelves, voice: Voice) -> None:
    """Measure the job's trials as their probe's kind demands."""
    kind = shelves.probes[job.cohort.probe.name].kind
    if kind == "static":
        from benchbench.measure.static import measure_static

        measure_static(job, shelves, voice)
    elif kind == "timed":
        from benchbench.measure.timed import measure_timed

        measure_timed(job, shelves, voice)
    else:
        from benchbench.measure.scored import measure_scored

        measure_scored(job, shelves, voice)


def prepared(job: Job) -> dict[str, Json]:
    """Torch set up for this job, and the environment as torch sees it."""
    import torch

    torch.set_num_threads(job.work.threads)
    device = job.cohort.probe.condition.device
    seen = environment(job.work.threads, device) | {
        "torch": str(torch.__version__),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }
    return seen | ({"gpu": torch.cuda.get_device_name(device)} if device.startswith("cuda") else {})


def die_with_parent() -> None:
    """Ask Linux to kill this process when its conductor dies, even while native code holds the interpreter."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _voice(turn: Path) -> Voice:
    """The pipe kept for messages alone: whatever a library prints goes to the log."""
    out = os.dup(1)
    os.dup2(2, 1)
    voice = Voice(out, os.open(turn, os.O_RDWR | os.O_CREAT, 0o644))
    listen(voice, 0)
    return voice


if __name__ == "__main__":
    main(sys.argv[1:])
