"""Several workers listened to at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from benchbench.errors import BenchbenchError
from benchbench.measure.process import Message

JOIN_S = 10.0
Heard = tuple[int, Message | BenchbenchError | None]
"""Which of them, and what it said, what became of it, or None for the good end of its job."""


class Hand(Protocol):
    """A worker process of this machine, or what another rank does with one of its own."""

    stopping: bool

    def begin(self, job: Path) -> None: ...
    def messages(self, timeout_s: float) -> Iterator[Message]: ...
    def stop(self) -> None: ...
    def slay(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...
    def turn(self) -> int: ...
    def log(self) -> str: ...


class Hearing:
    """Threads that wait for each hand's words, so that whoever asks gets them in the order in which they come."""

    def __init__(self, hands: Sequence[Hand], timeout_s: float) -> None:
        self._inbox: SimpleQueue[Heard] = SimpleQueue()
        self.open = set(range(len(hands)))
        self._threads = [
            threading.Thread(target=self._listen, args=(number, hand, timeout_s), daemon=True)
            for number, hand in enumerate(hands)
        ]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[Heard]:
        """Until the jobs of all have ended, one way or the other."""
        while self.open:
            yield self._noted(self._inbox.get())

    def soon(self, seconds: float) -> Iterator[Heard]:
        """What comes within so many seconds: one thing or nothing."""
        with contextlib.suppress(Empty):
            yield self._noted(self._inbox.get(timeout=seconds))

    def join(self) -> None:
        """Wait for the threads, once all hands are done or dead; for one that waits for another machine not long."""
        for thread in self._threads:
            thread.join(JOIN_S)

    def _noted(self, heard: Heard) -> Heard:
        if heard[1] is None or isinstance(heard[1], BenchbenchError):
            self.open.discard(heard[0])
        return heard

    def _listen(self, number: int, hand: Hand, timeout_s: float) -> None:
        try:
            for message in hand.messages(timeout_s):
                self._inbox.put((number, message))
            self._inbox.put((number, None))
        except BenchbenchError as error:
            self._inbox.put((number, error))
        except Exception as error:  # whoever waits for this hand would wait for ever
            self._inbox.put((number, BenchbenchError(f"a worker was not understood: {error!r}")))
