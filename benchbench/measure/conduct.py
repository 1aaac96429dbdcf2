"""The conductor: gives a cohort to workers, outlives their deaths, and hands on what they say. Loads no torch."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchbench.errors import Crashed
from benchbench.measure.crew import Crew, needs_own_process, surroundings
from benchbench.measure.devices import is_cuda
from benchbench.measure.environment import environment
from benchbench.measure.hearing import Hand
from benchbench.measure.interrupts import two_stage
from benchbench.measure.job import Export, Job, Progress, Result, Shard, Work
from benchbench.measure.journal import begin
from benchbench.measure.preparing import room
from benchbench.measure.process import NOBODY, Message, WorkerProcess
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.measure.versions import versions
from benchbench.measure.wire import plain, revive
from benchbench.types import Cohort, Failed, Json, Measured, Settings

Events = Generator[Progress | Result, None, None]
CHANCES_TO_TRAIN = 3


def measure(cohort: Cohort, work: Work, crew: Crew | None = None) -> Events:
    """Measure a cohort in worker processes: progress while it lasts, one result for each of its trials.

    A trial that cannot be built, raises, dies or hangs is Failed, and the others go on. The first Ctrl-C finishes the
    turn, the second kills at once; both end in KeyboardInterrupt, and the same call again goes on from the journal.
    With a `crew`, its workers are used and kept for the next cohort; without, none is left at the end.
    Prepared images are kept for other runs in the user's cache, as far as there is room.
    """
    work = replace(work, prepared=work.prepared or room())
    if crew:
        yield from conduct(cohort, work, CATALOG, crew)
    else:
        with Crew() as own:
            yield from conduct(cohort, work, CATALOG, own)


def conduct(cohort: Cohort, work: Work, shelves: Shelves, crew: Crew) -> Events:
    """`measure` with shelves of one's own."""
    begin(cohort, work, shelves)
    if work.jobs > 1 and shelves.probes[cohort.probe.name].kind == "scored":
        from benchbench.measure.shards import Shards

        conductor: Conductor = (shards := Shards(cohort, work, shelves, crew))
        yield from shards.share()
    else:
        conductor = Conductor(cohort, work, shelves, crew)
    while conductor.left:
        yield from conductor.turn()
    shutil.rmtree(work.journal, ignore_errors=True)


class Conductor:
    """What is left of a cohort. Each `turn` is one job of one worker: to measure, to make these `trainings`, or to
    `export` a file.
    """

    def __init__(
        self,
        cohort: Cohort,
        work: Work,
        shelves: Shelves,
        crew: Crew,
        trainings: tuple[str, ...] | None = None,
        export: Export | None = None,
    ) -> None:
        self._trainings, self._export = trainings, export
        self.left = list(range(len(cohort.trials)))
        self._cohort, self._work, self._shelves, self._crew = cohort, work, shelves, crew
        self._probe = shelves.probes[cohort.probe.name]
        self._surroundings = surroundings(self._probe, work.threads)
        self._strikes: Counter[int] = Counter()
        self._again: set[int] = set()
        self._twice: set[int] = set()
        self._environment: Settings = environment(work.threads, cohort.probe.condition.device)
        self._surveyed: Message | None = None

    def turn(self, shard: Shard | None = None) -> Events:
        alone = needs_own_process(self._probe) and self._trainings is None
        todo = tuple(self.left[:1] if alone else self.left)
        worker, done = self._crew.take(self._surroundings), False
        self._again = set()
        try:
            with two_stage(worker.stop, worker.slay):
                worker.begin(self._job(todo, shard))
                done = yield from self._listen(worker, todo)
        finally:
            if done and not alone and not worker.stopping and not self._crowds():
                self._crew.give_back(worker, self._surroundings)
            else:
                worker.close()
        if worker.stopping:
            raise KeyboardInterrupt

    def _crowds(self) -> bool:
        """Whether an idle worker would be in the way: it keeps its context on a GPU on which another one measures."""
        return self._probe.kind == "static" and is_cuda(self._cohort.probe.condition.device)

    def _job(self, todo: tuple[int, ...], shard: Shard | None = None, name: str = "job.json") -> Path:
        path = (self._work.journal / name).absolute()
        job = Job(self._cohort, self._work, todo, self._trainings, self._export, shard)
        path.write_text(json.dumps(plain(job)), encoding="utf-8")
        return path

    def _listen(self, worker: WorkerProcess, todo: tuple[int, ...]) -> Generator[Progress | Result, None, bool]:
        """Hand on what the worker says; whether it came to a good end."""
        try:
            for message in worker.messages(self._work.timeout_s):
                yield from self._heard(message)
        except Crashed as crash:
            worker.kill()
            yield from self._blame(worker, todo, str(crash))
            return False
        excused = todo if worker.stopping or self._surveyed else self._again
        unsaid = [index for index in todo if index in self.left and index not in excused]
        yield from self._fail(unsaid, "the worker process ended without a result", worker.log())
        return True

    def _heard(self, message: Message) -> Iterator[Progress | Result]:
        if message["say"] == "progress":
            yield Progress(self._cohort.label, message["done"], message["total"], message["text"])
        elif message["say"] == "environment":
            self._environment = message["environment"]
        elif message["say"] == "again" and message["trial"] not in self._twice:
            self._again = {message["trial"]}
            self._twice |= self._again
        elif message["say"] == "recovered":
            self.left.remove(message["trial"])
        elif message["say"] == "survey":
            self._surveyed = message
        elif message["say"] == "result" and message["trial"] in self.left:
            self.left.remove(message["trial"])
            files = {name: Path(path) for name, path in message["attachments"].items()}
            yield self._result(message["trial"], _outcome(message), message["facts"], files)

    def _blame(self, worker: Hand, todo: tuple[int, ...], crash: str) -> Iterator[Result]:
        """The trial at turn is Failed and the others go on; at nobody's turn, or the reference's, all are.

        A cohort with a journal is given a second chance after SIGKILL, which may have come from outside; a training,
        which loses little by it, several.
        """
        turn = worker.turn()
        self._strikes[turn] += 1
        if "SIGKILL" in crash and self._strikes[turn] <= self._chances():
            return
        guilty = [turn] if turn in self.left and not self._needed(turn) else list(todo)
        name = "while starting" if turn == NOBODY else f"at the turn of {self._name(turn)}"
        yield from self._fail([index for index in guilty if index in self.left], f"{crash}, {name}", worker.log())

    def _chances(self) -> int:
        if self._trainings is not None:
            return CHANCES_TO_TRAIN
        return 0 if self._probe.kind == "static" else 1

    def _needed(self, index: int) -> bool:
        return (
            self._trainings is None and self._probe.kind == "timed" and self._name(index) == self._cohort.reference.name
        )

    def _name(self, index: int) -> str:
        """The name of the arm; the reference, when it is not among the trials, comes after them."""
        trials = self._cohort.trials
        return trials[index].variant.name if index < len(trials) else self._cohort.reference.name

    def _fail(self, indices: Sequence[int], error: str, log: str) -> Iterator[Result]:
        for index in indices:
            self.left.remove(index)
            yield self._result(index, Failed(error, log), {}, {})

    def _result(
        self, index: int, outcome: Measured | Failed, facts: Mapping[str, Json], files: Mapping[str, Path]
    ) -> Result:
        trial = self._cohort.trials[index]
        return Result(trial, outcome, facts, self._environment, versions(trial, self._shelves), files)


def _outcome(message: dict[str, Any]) -> Measured | Failed:
    said = message["outcome"]
    return revive(Failed, said) if "error" in said else revive(Measured, said)
