"""One training shared by several processes of this machine, as torchrun would start them."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchbench.errors import CannotTrain, Stopped
from benchbench.measure.job import Job
from benchbench.measure.recoveries import Need
from benchbench.measure.wire import plain

RANK = "--rank"
STOPPED = 3
"""The status of a rank that was asked to stop and has saved."""
LOOK_EVERY_S = 1.0
Tell = Callable[[int, int, str], None]


def share(job: Job, need: Need, tell: Tell, stopped: Callable[[], bool]) -> None:
    """Train one need of a job in `work.processes` processes; the first of them keeps the artifact.

    They are this very program, started with the environment that torchrun gives, and die with this process. Raises
    Stopped when they were asked to stop and have saved, CannotTrain with what the first to fail has said.
    """
    desk = job.work.journal / f"ranks-{need.key[:16]}"
    desk.mkdir(parents=True, exist_ok=True)
    for left in desk.iterdir():
        left.unlink()
    told = replace(job, work=replace(job.work, threads=max(1, job.work.threads // job.work.processes)))
    (desk / "job.json").write_text(json.dumps(plain(told)), encoding="utf-8")
    ranks = _start(desk, need, job.work.processes)
    try:
        _listen(ranks, desk, tell, stopped)
    finally:
        for rank in ranks:
            rank.kill()
            rank.wait()
            if rank.stdout:
                rank.stdout.close()


def _start(desk: Path, need: Need, processes: int) -> list[subprocess.Popen[bytes]]:
    """Each rank is the worker's own program, of whatever name, so that it has the same shelves."""
    program = sys.modules["__main__"].__spec__
    assert program is not None
    command = [sys.executable, "-P", "-m", program.name, RANK, str(desk), need.key]
    return [
        subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if environment["RANK"] == "0" else subprocess.DEVNULL,
        )
        for environment in _environments(processes)
    ]


def _environments(processes: int) -> Iterator[dict[str, str]]:
    import torch

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(processes)}
    if not torch.cuda.is_available():
        where["ACCELERATE_USE_CPU"] = "true"
    for rank in map(str, range(processes)):
        yield {**where, "RANK": rank, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": str(processes)}


def _listen(ranks: Sequence[subprocess.Popen[bytes]], desk: Path, tell: Tell, stopped: Callable[[], bool]) -> None:
    """Hand on what the first says until all are done, or one has failed: the others may be waiting for it."""
    assert ranks[0].stdout
    pipes, rest = [ranks[0].stdout], b""
    while None in (states := [rank.poll() for rank in ranks]) and {*states} <= {None, 0, STOPPED}:
        if stopped():
            (desk / "stop").touch()
        for pipe in select.select(pipes, [], [], LOOK_EVERY_S)[0]:
            received = os.read(pipe.fileno(), 1 << 16)
            *lines, rest = (rest + received).split(b"\n")
            for line in lines:
                done, total, text = json.loads(line)
                tell(done, total, text)
            pipes = pipes if received else []
    _raise(ranks, desk)


def _raise(ranks: Sequence[subprocess.Popen[bytes]], desk: Path) -> None:
    if all(rank.returncode == 0 for rank in ranks):
        return
    errors = sorted(desk.glob("error-*"))
    if (desk / "stopped").exists() and not errors:
        raise Stopped("training stopped, and has saved where it stands", "run it again to go on")
    said = errors[0].read_text(encoding="utf-8") if errors else f"status {[rank.returncode for rank in ranks]}"
    raise CannotTrain(f"a process of {len(ranks)} that train together failed: {said}")
