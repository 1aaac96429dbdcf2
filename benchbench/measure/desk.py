"""A folder in which the ranks of one program hand each other work. Loads no torch.

Files, not sockets: the ranks share the folder of records in any case, nothing has to be reachable but that, and a lock
that a rank holds for as long as it lives is let go of by the system at whatever death, at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from benchbench.errors import BenchbenchError, Crashed
from benchbench.measure.process import NOBODY, Message
from benchbench.types import Json

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOOK_EVERY_S = 0.2
Sleep = Callable[[float], None]


class LostRank(BenchbenchError):
    """Another rank is not there any more, or never came."""

    exit_code = 3


def write(path: Path, value: object) -> None:
    """JSON, whole or not at all."""
    with NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8") as file:
        json.dump(value, file)
    Path(file.name).replace(path)


def read(path: Path) -> Json:
    """What `write` wrote; None where nothing is."""
    try:
        found: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def append(path: Path, message: Message) -> None:
    """One more line, seen by whoever opens the file after this, also over NFS."""
    with path.open("ab") as file:
        file.write(json.dumps(message).encode() + b"\n")


def lock(desk: Path, rank: int) -> BaseFileLock:
    """The lock that a rank holds while it lives."""
    from filelock import FileLock

    return FileLock(desk / f"rank-{rank}.lock")


def lives(desk: Path, rank: int) -> bool:
    """Whether somebody holds that lock."""
    from filelock import Timeout

    probe = lock(desk, rank)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    probe.release()
    return False


class Rank:
    """Another rank's worker, as this one sees it: the job goes into a file, and what it says comes out of another."""

    def __init__(self, desk: Path, number: int, sleep: Sleep = time.sleep) -> None:
        self._desk, self._number, self._sleep = desk, number, sleep
        self._job, self._turn, self._log = 0, NOBODY, ""
        self._busy = self.stopping = False

    def begin(self, job: Path) -> None:
        """Hand it a job. Its number goes on from the last that this rank was given."""
        self._job = len(list(self._desk.glob(f"job-{self._number}-*.json")))
        self._busy = True
        write(self._place("job", "json"), json.loads(job.read_text(encoding="utf-8")))

    def messages(self, timeout_s: float) -> Iterator[Message]:
        """What its worker says until the job is done; that one's own conductor looks whether it hangs.

        Raises Crashed when the worker died, LostRank when the whole rank did.
        """
        del timeout_s
        for message in self._lines():
            if message["say"] == "done":
                self._busy = False
                return
            if message["say"] == "crashed":
                self._busy, self._turn, self._log = False, message["turn"], message["log"]
                raise Crashed(f"{message['what']} (rank {self._number})")
            yield message

    def stop(self) -> None:
        self.stopping = True
        self._place("stop", "asked").touch()

    def slay(self) -> None:
        self._place("kill", "asked").touch()

    def kill(self) -> None:
        """Its worker is gone by itself once it has crashed."""

    def close(self) -> None:
        if self._busy:
            self.slay()

    def turn(self) -> int:
        return self._turn

    def log(self) -> str:
        return self._log

    def _place(self, kind: str, ending: str) -> Path:
        return self._desk / f"{kind}-{self._number}-{self._job}.{ending}"

    def _lines(self) -> Iterator[Message]:
        place, read_to = self._place("said", "jsonl"), 0
        while True:
            alive = lives(self._desk, self._number)
            data = _beyond(place, read_to)
            whole = data[: data.rfind(b"\n") + 1]
            read_to += len(whole)
            yield from map(json.loads, whole.splitlines())
            if not alive:
                raise LostRank(
                    f"rank {self._number} has ended before its share was done",
                    "its own words, or those of torchrun, tell why; run the same command again to go on",
                )
            if not whole:
                self._sleep(LOOK_EVERY_S)


def _beyond(path: Path, start: int) -> bytes:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(start)
        return file.read()
    return b""


def whoami() -> str:
    """A mark that no other process has."""
    return f"{os.uname().nodename} {os.getpid()} {time.time_ns()}"
