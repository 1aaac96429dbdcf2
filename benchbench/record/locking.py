"""Two runs on one folder take turns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchbench.errors import BenchbenchError


class Busy(BenchbenchError):
    """Another run holds the lock."""


@contextmanager
def hold(path: Path, what: str, wait: bool) -> Iterator[bool]:
    """Hold a lock on a file while the body runs; the system lets go of it when a process dies.

    Yields whether another run had it first, in which case what that run wrote should be read. Raises Busy at once
    where `wait` is false and it is taken, BenchbenchError where the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    waited = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise Busy(f"{what} is being measured by another run", "wait for it, or let this run wait") from None
            waited = True
            lock.acquire()
    except OSError as error:
        raise BenchbenchError(f"cannot lock {path}: {error.strerror}", "is the folder writable?") from error
    try:
        yield waited
    finally:
        lock.release()
