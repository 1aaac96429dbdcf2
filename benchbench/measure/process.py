"""A worker process: started in a session of its own, given jobs, listened to, and killed with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchbench.errors import Crashed, Unwritable
from benchbench.measure.lifeline import WHERE

Message = dict[str, Any]
NOBODY = -1
LOG_TAIL = 6000
ANSWERING_S = 1.0
ENDING_S = 20.0
"""Patience with a guardian that has been asked to end all: it may have been stopped, or be another program's."""
STARTING_S = 300.0
"""Patience until the first word: importing torch from a cold disk takes its time."""


class WorkerProcess:
    """A child that takes "job PATH" and "stop" on its stdin and speaks JSON lines on its stdout.

    It ends itself when its stdin closes, so that none outlives its conductor. Its stderr, and whose turn it is, go to
    files without a name: they survive its death and leave nothing behind.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._log, self._turn = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - see close()
        self._since = 0
        self._child = subprocess.Popen(
            [*command, str(self._turn.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=dict(environment),
            pass_fds=[self._turn.fileno()],
            start_new_session=True,
        )
        self.stopping = self._has_spoken = False
        self._noted = b""

    @property
    def pid(self) -> int:
        return self._child.pid

    def begin(self, job: Path) -> None:
        """Give it a job, told in a file; a worker that is dead by now is noticed when its messages are read."""
        os.pwrite(self._turn.fileno(), b"%8d" % NOBODY, 0)
        self._tell(f"job {job}\n")

    def messages(self, timeout_s: float) -> Iterator[Message]:
        """What it says until the job is done. Raises Crashed when it dies, babbles or is silent for too long, and
        Unwritable when it could not write down what it has.
        """
        for line in self._lines(timeout_s):
            message = _message(line)
            if message["say"] == "done":
                self._since = os.fstat(self._log.fileno()).st_size
                return
            if message["say"] == "unwritable":
                raise Unwritable(message["what"], message["hint"])
            yield message
        raise Crashed(f"the worker process {self._ending(timeout_s)}")

    def stop(self) -> None:
        """Ask it to finish the turn and leave the rest of the job."""
        self.stopping = True
        self._tell("stop\n")

    def slay(self) -> None:
        """Have it and everything it started killed; waits for nothing, so that a signal handler may call it.

        On Linux its guardian does that, and finds also what has left the family.
        """
        if sys.platform == "linux":
            self._child.terminate()
        else:
            self._kill_family()

    def _kill_family(self) -> None:
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the whole tree and wait for its end; harmless on one that has ended."""
        self.slay()
        try:
            self._child.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._kill_family()
            self._child.wait()
        self._kill_group()

    def close(self) -> None:
        """Kill it, and let go of its pipes and files: it has nothing more to tell."""
        self.kill()
        for file in (self._child.stdin, self._child.stdout, self._log, self._turn):
            with contextlib.suppress(OSError):
                assert file
                file.close()

    def turn(self) -> int:
        """Whose turn it was when the worker last said so: an index, or NOBODY."""
        return int(self._noted or os.pread(self._turn.fileno(), 8, 0) or NOBODY)

    def log(self) -> str:
        """The end of what it wrote to stderr since its last job was done, or since it was started."""
        size = os.fstat(self._log.fileno()).st_size
        start = max(self._since, size - LOG_TAIL)
        return os.pread(self._log.fileno(), size - start, start).decode("utf-8", "replace").strip()

    def _tell(self, words: str) -> None:
        assert self._child.stdin
        with contextlib.suppress(OSError):
            os.write(self._child.stdin.fileno(), words.encode())

    def _lines(self, timeout_s: float) -> Iterator[bytes]:
        assert self._child.stdout
        pipe, rest = self._child.stdout.fileno(), b""
        while True:
            patience = timeout_s if self._has_spoken else max(timeout_s, STARTING_S)
            if not select.select([pipe], [], [], patience)[0]:
                self._ask_where()
                raise Crashed(f"the worker process hung: nothing heard for {patience:g} s")
            received = os.read(pipe, 1 << 16)
            if not received:
                return
            self._has_spoken = True
            *lines, rest = (rest + received).split(b"\n")
            yield from lines

    def _ask_where(self) -> None:
        """Have the stacks of its threads written to the log, which it does even where it is stuck in native code."""
        # A signal may end the wait in which it hangs: it is another's turn then, and not that one is to blame.
        self._noted = os.pread(self._turn.fileno(), 8, 0)
        before, end = os.fstat(self._log.fileno()).st_size, time.monotonic() + ANSWERING_S
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child.pid, WHERE)
        while os.fstat(self._log.fileno()).st_size == before and time.monotonic() < end:
            time.sleep(ANSWERING_S / 20)
        time.sleep(ANSWERING_S / 20)

    def _ending(self, timeout_s: float) -> str:
        try:
            return ending(self._child.wait(timeout_s))
        except subprocess.TimeoutExpired:
            return f"hung: it closed its pipe, but did not end within {timeout_s:g} s"

    def _family(self) -> list[psutil.Process]:
        try:
            leader = psutil.Process(self._child.pid)
            return [*leader.children(recursive=True), leader]
        except psutil.NoSuchProcess:
            return []


def _message(line: bytes) -> Message:
    """Raises Crashed for what is none: foreign code in the worker may write where it should not."""
    try:
        message = json.loads(line)
        if isinstance(message, dict) and isinstance(message["say"], str):
            return message
    except (ValueError, KeyError, RecursionError):
        pass
    raise Crashed(f"the worker process said what is no message: {line[:80]!r}")


def ending(status: int) -> str:
    """A return code in words: the signal by name, and what it usually means."""
    if status >= 0:
        return f"ended with status {status}"
    name = signal.Signals(-status).name
    return f"was killed by {name}" + (" (out of memory, or killed by hand)" if name == "SIGKILL" else "")
