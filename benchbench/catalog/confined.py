"""A call in a process of its own that may take so much memory and no more: what came of it, whatever became of that.

The process is forked, so that the model is there without a copy. It must not have run anything in parallel before that
the child would wait for: the pools of OpenMP's threads belong to the thread that made them, and the child computes in
a new one; sessions of other runtimes are made by the child itself, at its first call.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchbench.catalog import memory
from benchbench.errors import CannotRun

PR_SET_PDEATHSIG = 1
EXHAUSTED = (
    "allocate memory", "not enough memory", "out of memory", "bad_alloc", "failed to allocate",
    "could not create a primitive", "could not execute a primitive", "could not create a memory object",
)  # fmt: skip
"""What allocators say, of PyTorch, C++, ONNX Runtime and oneDNN: where it lacks memory, it cannot make its kernels."""
FATAL = (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS)
"""How a process ends that was killed for its memory, or whose library did not look at what malloc said."""


@dataclass(frozen=True)
class Done:
    """What the call answered: plain data."""

    value: Any


@dataclass(frozen=True)
class Exhausted:
    """It took more memory than there was: what said so."""

    how: str


@dataclass(frozen=True)
class Late:
    """It was not done in time."""

    seconds: float


def confined(call: Callable[[], Any], room: int | None, timeout_s: float) -> Done | Exhausted | Late:
    """The answer of a call that may allocate `room` bytes (None: what there is) beside what this process holds.

    Raises CannotRun for what the call raised that is not about memory, and where processes cannot be forked.
    """
    if not hasattr(os, "fork"):
        raise CannotRun("this system forks no processes", "run it on Linux or macOS")
    source, sink = os.pipe()
    child = _fork()
    if child == 0:
        os.close(source)
        _answer(call, room, sink)
    os.close(sink)
    told, is_finished = b"", False
    try:
        told, is_finished = _heard(source, timeout_s)
    finally:
        os.close(source)
        if not is_finished:
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return _came(told, status) if is_finished else Late(timeout_s)


def _fork() -> int:
    with warnings.catch_warnings():
        # From 3.12 on Python warns of threads at a fork: the worker's other thread only listens, and holds no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _answer(call: Callable[[], Any], room: int | None, sink: int) -> None:
    """The child: never returns, and runs no handler of its parent at its end."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        said: list[dict[str, Any]] = []
        thread = threading.Thread(target=lambda: said.append(_said(call, room)))
        thread.start()
        thread.join()
        told = json.dumps(said[0]).encode()
        while told:
            told = told[os.write(sink, told) :]
        status = 0
    finally:
        os._exit(status)


def _said(call: Callable[[], Any], room: int | None) -> dict[str, Any]:
    try:
        with _limited(room):
            return {"value": call()}
    except Exception as error:
        words = f"{type(error).__name__}: {error}".splitlines()[0]
        return {"exhausted" if is_exhaustion(error) else "error": words}


def is_exhaustion(error: Exception) -> bool:
    """Whether an error says that there was no memory left."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in EXHAUSTED)


@contextlib.contextmanager
def _limited(room: int | None) -> Iterator[None]:
    """No more than `room` bytes of new private memory; the limit goes before words are made of what it stopped."""
    if room is None or sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (memory.status("VmData") + room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _heard(source: int, timeout_s: float) -> tuple[bytes, bool]:
    """What came through the pipe, and whether its other end was closed in time."""
    told, end = b"", time.monotonic() + timeout_s
    while select.select([source], [], [], max(0.0, end - time.monotonic()))[0]:
        received = os.read(source, 1 << 16)
        if not received:
            return told, True
        told += received
    return told, False


def _came(told: bytes, status: int) -> Done | Exhausted:
    if status == 0:
        message = json.loads(told)
        if "value" in message:
            return Done(message["value"])
        if "exhausted" in message:
            return Exhausted(message["exhausted"])
        raise CannotRun(message["error"])
    if -status in FATAL:
        return Exhausted(f"the process was ended by {signal.Signals(-status).name}")
    raise CannotRun(f"the process ended with status {status} and said nothing")
