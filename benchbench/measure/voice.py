"""How a worker speaks to its conductor, and hears it: JSON lines out, jobs and a word to stop in."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue

from benchbench.errors import BenchbenchError, Unwritable
from benchbench.measure.wire import plain
from benchbench.types import Failed, Json, Measured, Settings

LOG_TAIL = 6000


class Voice:
    """Messages of a worker. `stopped` is set while the conductor wants no further turn of this job.

    Whose turn it is goes into a file, not down the pipe: it survives SIGKILL and wakes no other process up beside a
    timed call.
    """

    def __init__(self, out: int, turn: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._turn, self._clock = out, turn, clock
        self._last = clock()
        self.stopped = threading.Event()
        self._lock, self._free = threading.Lock(), False

    def turn(self, index: int) -> None:
        """It is this trial's turn: if the process dies now, that one is to blame."""
        os.pwrite(self._turn, b"%8d" % index, 0)
        if self._clock() - self._last > 1:
            self._say({"say": "alive"})

    def environment(self, environment: Settings) -> None:
        self._say({"say": "environment", "environment": plain(environment)})

    def progress(self, done: float, total: float, text: str) -> None:
        self._say({"say": "progress", "done": done, "total": total, "text": text})

    def result(
        self, index: int, outcome: Measured | Failed, facts: Settings, attachments: Mapping[str, Path] | None = None
    ) -> None:
        said: dict[str, Json] = {"say": "result", "trial": index, "outcome": plain(outcome), "facts": plain(facts)}
        self._say(said | {"attachments": plain(attachments or {})})

    def recovered(self, index: int) -> None:
        """Every training on this trial's way is done."""
        self._say({"say": "recovered", "trial": index})

    def again(self, index: int) -> None:
        """This trial needs a process that has seen nothing; what it can build on is on disk now."""
        self._say({"say": "again", "trial": index})

    def survey(self, missing: Sequence[int], images: int, size: int, need: int) -> None:
        """Which batches of `size` of so many images are missing, and how many bytes a process that does them needs."""
        self._say({"say": "survey", "missing": plain(list(missing)), "images": images, "size": size, "need": need})

    def unwritable(self, error: Unwritable) -> None:
        """Nothing can be written down any more, which is no trial's fault."""
        self._say({"say": "unwritable", "what": error.what, "hint": error.hint})

    def done(self) -> None:
        """The job is over, as far as it could be."""
        self._say({"say": "done"})

    def stop(self) -> None:
        """The conductor wants no further turn. Called by the thread that listens."""
        with self._lock:
            self.stopped.set()
            if self._free:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    @contextlib.contextmanager
    def nothing_to_finish(self) -> Iterator[None]:
        """What can be broken off and made anew, as drawing data or building a model: a word to stop does so.

        Raises KeyboardInterrupt then. Of use in the main thread, which alone can be interrupted.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        # Whoever was started in the background may have been told to ignore it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with self._lock:
                self._free = True
            if self.stopped.is_set():
                raise KeyboardInterrupt
            yield
        finally:
            with self._lock:
                self._free = False
            signal.signal(signal.SIGINT, before)

    def _say(self, message: dict[str, Json]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._out, data) :]
        self._last = self._clock()


def listen(voice: Voice, pipe: int) -> SimpleQueue[Path]:
    """Jobs as they come in. "stop" sets `voice.stopped`; the pipe's closing ends this process at once."""
    jobs: SimpleQueue[Path] = SimpleQueue()

    def watch() -> None:
        rest = b""
        while received := os.read(pipe, 1 << 16):
            *lines, rest = (rest + received).split(b"\n")
            for line in lines:
                word, _, path = line.decode().partition(" ")
                if word == "stop":
                    voice.stop()
                else:
                    voice.stopped.clear()
                    jobs.put(Path(path))
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    return jobs


def failed(error: BaseException) -> Failed:
    """An exception as an outcome: what a user can act on first, the traceback's end as its log.

    One that is no trial's fault, Unwritable, is raised again.
    """
    if isinstance(error, Unwritable):
        raise error
    said = str(error) if isinstance(error, BenchbenchError) else f"{type(error).__name__}: {error}"
    return Failed(said, "".join(traceback.format_exception(error))[-LOG_TAIL:])
