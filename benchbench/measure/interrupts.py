"""Ctrl-C while a worker runs: once asks, twice kills."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

FINISHING = b"finishing this turn, then stopping; Ctrl-C again stops at once\n"


@contextlib.contextmanager
def two_stage(ask: Callable[[], None], kill: Callable[[], None]) -> Iterator[None]:
    """The first SIGINT says so, calls `ask` and interrupts nothing; the second calls `kill` and raises
    KeyboardInterrupt.

    Outside the main thread signals cannot be had, and nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = threading.Event()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            kill()
            raise KeyboardInterrupt
        asked.set()
        # Straight to the file: a handler may have interrupted whoever holds the stream.
        with contextlib.suppress(OSError):
            os.write(2, FINISHING)
        ask()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
