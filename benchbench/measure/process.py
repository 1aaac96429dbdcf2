"""A worker process: started in a session of its own, listened to, and killed with everything it started."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchbench.errors import Crashed

Message = dict[str, Any]
NOBODY = -1
LOG_TAIL = 6000
STARTING_S = 300.0
"""Patience until the first word: importing torch from a cold disk takes its time."""


class WorkerProcess:
    """A child that speaks JSON lines on its stdout and takes "stop" on its stdin; its stderr goes to a log.

    It ends itself when its stdin closes, so that none outlives its conductor.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._turn = folder / "turn"
        self._turn.write_bytes(b"%8d" % NOBODY)
        self._log = folder / "worker.log"
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(environment),
                start_new_session=True,
            )
        self.stopping = False

    @property
    def pid(self) -> int:
        return self._child.pid

    def messages(self, timeout_s: float) -> Iterator[Message]:
        """What the worker says, until it ends well. Raises Crashed when it dies or is silent for too long."""
        for line in self._lines(timeout_s):
            yield json.loads(line)
        try:
            status = self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Crashed(f"the worker process hung: it did not end within {timeout_s:g} s") from None
        if status:
            raise Crashed(f"the worker process {ending(status)}")

    def stop(self) -> None:
        """Ask it to finish the turn and end."""
        self.stopping = True
        with contextlib.suppress(OSError):
            os.write(self._stdin, b"stop\n")

    def slay(self) -> None:
        """Send SIGKILL to it and everything it started; waits for nothing, so that a signal handler may call it."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the whole tree and wait for its end; harmless on one that has ended."""
        self.slay()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def turn(self) -> int:
        """Whose turn it was when the worker last said so: an index, or NOBODY."""
        return int(self._turn.read_bytes() or NOBODY)

    def log(self) -> str:
        """The end of what it wrote to stderr."""
        return self._log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace").strip()

    @property
    def _stdin(self) -> int:
        assert self._child.stdin
        return self._child.stdin.fileno()

    def _lines(self, timeout_s: float) -> Iterator[bytes]:
        assert self._child.stdout
        pipe, rest, patience = self._child.stdout.fileno(), b"", max(timeout_s, STARTING_S)
        while True:
            if not select.select([pipe], [], [], patience)[0]:
                raise Crashed(f"the worker process hung: nothing heard for {patience:g} s")
            patience = timeout_s
            received = os.read(pipe, 1 << 16)
            if not received:
                return
            *lines, rest = (rest + received).split(b"\n")
            yield from lines

    def _family(self) -> list[psutil.Process]:
        try:
            leader = psutil.Process(self._child.pid)
            return [*leader.children(recursive=True), leader]
        except psutil.NoSuchProcess:
            return []


def ending(status: int) -> str:
    """A return code in words: the signal by name, and what it usually means."""
    if status >= 0:
        return f"ended with status {status}"
    name = signal.Signals(-status).name
    return f"was killed by {name}" + (" (out of memory, or killed by hand)" if name == "SIGKILL" else "")
