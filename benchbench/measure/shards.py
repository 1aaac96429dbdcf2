"""A scored cohort's pass over the data, shared by several workers. Loads no torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchbench.catalog.memory import available
from benchbench.errors import BenchbenchError, Crashed
from benchbench.measure.chunks import MAIN, fresh
from benchbench.measure.conduct import Conductor, Events
from benchbench.measure.desk import Rank
from benchbench.measure.hearing import Hand, Hearing
from benchbench.measure.interrupts import two_stage
from benchbench.measure.job import Progress, Result, Shard
from benchbench.measure.pace import Pace
from benchbench.measure.process import Message, WorkerProcess
from benchbench.measure.sharding import affordable, divided, own_device, visible_devices
from benchbench.types import Failed, Json, Measured


class Shards(Conductor):
    """A conductor whose `share` has several workers run the models; the `turn` after that finds their chunks.

    One worker surveys first: it builds the trials, so that cuts are decided once, and tells what is missing. Each of
    them then takes a contiguous range of that. What a worker that died has left is surveyed and divided anew, among
    fewer after a SIGKILL, since memory may have been short. What stays missing the last turn computes.
    """

    free: ClassVar[Callable[[], int]] = available
    _shared = 1
    _struck: set[int]

    def share(self) -> Events:
        jobs = self._work.jobs
        while jobs > 1 and self.left:
            survey = yield from self._survey()
            if survey is None:
                continue
            jobs = yield from self._fitting(jobs, survey["need"])
            spans = divided(survey["missing"], jobs)
            if len(spans) < 2 or not self.left:
                return
            crashes = yield from self._round(spans, Pace(survey["missing"], survey["images"], survey["size"]))
            jobs -= sum("SIGKILL" in str(crash) for crash in crashes)
            if not crashes:
                return

    def _survey(self) -> Generator[Progress | Result, None, Message | None]:
        self._surveyed, self._struck = None, set()
        yield from self.turn(Shard(MAIN))
        survey, self._surveyed = self._surveyed, None
        return survey

    def _fitting(self, jobs: int, need: int) -> Generator[Progress, None, int]:
        """As many processes as memory holds. Other ranks were started by somebody who knows their machines."""
        free = type(self).free()
        fit = jobs if self._work.desk else affordable(jobs, need, free)
        if fit < jobs:
            words = f"memory holds {fit} of {jobs} processes: each needs {need >> 20:,} MiB and {free >> 20:,} are free"
            yield Progress(self._cohort.label, 0, 0, words, lasting=True)
        return fit

    def _round(self, spans: Sequence[tuple[int, int]], pace: Pace) -> Generator[Progress | Result, None, list[Crashed]]:
        """Every hand on its range, until all are done; answers what became of those that died."""
        hands, todo, fallen = self._hands(len(spans)), tuple(self.left), dict[int, Crashed]()
        self._shared, self._struck = max(self._shared, len(spans)), set()
        shards = [Shard(log, *span) for log, span in zip(fresh(self._work.journal, len(spans)), spans, strict=True)]
        hearing: Hearing | None = None
        try:
            with two_stage(lambda: _all(hands, "stop"), lambda: _all(hands, "slay")):
                for number, (hand, shard) in enumerate(zip(hands, shards, strict=True)):
                    hand.begin(self._job(todo, shard, f"job-{number}.json"))
                hearing = Hearing(hands, self._work.timeout_s)
                for number, said in hearing:
                    fallen |= {number: said} if isinstance(said, Crashed) else {}
                    yield from self._said(hands[number], number, said, todo, pace)
                    if not self.left:
                        break
        finally:
            whole = hearing is not None and 0 not in hearing.open | fallen.keys()
            self._dismiss(hands, keep=whole and not hands[0].stopping)
            if hearing:
                hearing.join()
        if any(hand.stopping for hand in hands):
            raise KeyboardInterrupt
        return list(fallen.values())

    def _said(
        self, hand: Hand, number: int, said: Message | BenchbenchError | None, todo: tuple[int, ...], pace: Pace
    ) -> Iterator[Progress | Result]:
        if isinstance(said, Crashed):
            hand.kill()
            if self.left:
                yield from self._blame(hand, todo, str(said))
        elif isinstance(said, BenchbenchError):
            raise said
        elif said and said["say"] == "progress":
            pace.tell(number, said["done"])
            yield Progress(self._cohort.label, pace.done, pace.images, pace.words(len(self.left), self._shared))
        elif said and said["say"] != "environment":
            yield from self._heard(said)

    def _blame(self, worker: Hand, todo: tuple[int, ...], crash: str) -> Iterator[Result]:
        """As for one worker, but a trial fails once, and several killed at one turn are one sign of short memory."""
        turn = worker.turn()
        if (turn in todo and turn not in self.left) or ("SIGKILL" in crash and turn in self._struck):
            return
        self._struck.add(turn)
        yield from super()._blame(worker, todo, crash)

    def _hands(self, count: int) -> list[Hand]:
        """Workers, the first of them here: the one that has surveyed has the trials built."""
        found: list[Hand] = [self._crew.take(self._surroundings)]
        if self._work.desk:
            return [*found, *(Rank(self._work.desk, number) for number in range(1, count))]
        visible, device = visible_devices(), self._cohort.probe.condition.device
        around = [self._surroundings | own_device(number, device, visible) for number in range(1, count)]
        return [*found, *(self._crew.take(each) for each in around)]

    def _dismiss(self, hands: Sequence[Hand], *, keep: bool) -> None:
        """Let the first go on to other jobs where it can; the rest hold memory, and end."""
        first = hands[0]
        for hand in hands[1:] if keep else hands:
            hand.close()
        if keep and isinstance(first, WorkerProcess):
            self._crew.give_back(first, self._surroundings)

    def _result(
        self, index: int, outcome: Measured | Failed, facts: Mapping[str, Json], files: Mapping[str, Path]
    ) -> Result:
        told = {**facts, "processes": self._shared} if self._shared > 1 else facts
        return super()._result(index, outcome, told, files)


def _all(hands: Sequence[Hand], what: str) -> None:
    for hand in hands:
        hand.stop() if what == "stop" else hand.slay()
