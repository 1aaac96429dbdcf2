"""The conductor: starts workers for a cohort, outlives their deaths, and hands on what they say. Loads no torch."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import benchbench
from benchbench.catalog.contracts import Probe
from benchbench.errors import Crashed
from benchbench.measure.environment import environment
from benchbench.measure.interrupts import two_stage
from benchbench.measure.job import Job, Progress, Result, Work
from benchbench.measure.journal import begin
from benchbench.measure.process import NOBODY, Message, WorkerProcess
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.measure.versions import versions
from benchbench.measure.wire import plain, revive
from benchbench.types import Cohort, Failed, Json, Measured, Settings

COMMAND = (sys.executable, "-P", "-m", "benchbench.measure.worker")
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "67108864",
}
"""glibc would give memory back after every forward and fault it in again: a bias in ratios, up to 14 %."""


def measure(cohort: Cohort, work: Work) -> Iterator[Progress | Result]:
    """Measure a cohort in worker processes: progress while it lasts, one result for each of its trials.

    A trial that cannot be built, raises, dies or hangs is Failed, and the others go on. The first Ctrl-C finishes the
    turn, the second kills at once; both end in KeyboardInterrupt, and the same call again goes on from the journal.
    """
    return conduct(cohort, work, CATALOG, COMMAND)


def conduct(cohort: Cohort, work: Work, shelves: Shelves, command: Sequence[str]) -> Iterator[Progress | Result]:
    """`measure` with shelves and a worker of one's own."""
    begin(cohort, work, shelves)
    conductor = _Conductor(cohort, work, shelves, command)
    while conductor.left:
        yield from conductor.turn()
    shutil.rmtree(work.journal, ignore_errors=True)


class _Conductor:
    """What is left of a cohort. Each `turn` is one worker's life."""

    def __init__(self, cohort: Cohort, work: Work, shelves: Shelves, command: Sequence[str]) -> None:
        self.left = list(range(len(cohort.trials)))
        self._cohort, self._work, self._shelves, self._command = cohort, work, shelves, command
        self._probe = shelves.probes[cohort.probe.name]
        self._strikes: Counter[int] = Counter()
        self._environment: Settings = environment(work.threads, cohort.probe.condition.device)

    def turn(self) -> Iterator[Progress | Result]:
        todo = tuple(self.left[:1] if _alone(self._probe) else self.left)
        worker = self._start(todo)
        try:
            with two_stage(worker.stop, worker.slay):
                yield from self._listen(worker, todo)
        finally:
            worker.kill()
        if worker.stopping:
            raise KeyboardInterrupt

    def _start(self, todo: tuple[int, ...]) -> WorkerProcess:
        job = self._work.journal / "job.json"
        job.write_text(json.dumps(plain(Job(self._cohort, self._work, todo))), encoding="utf-8")
        return WorkerProcess([*self._command, str(job)], surroundings(self._probe, self._work), self._work.journal)

    def _listen(self, worker: WorkerProcess, todo: tuple[int, ...]) -> Iterator[Progress | Result]:
        try:
            for message in worker.messages(self._work.timeout_s):
                yield from self._heard(message)
        except Crashed as crash:
            worker.kill()
            yield from self._blame(worker, todo, str(crash))
        else:
            unsaid = [] if worker.stopping else [index for index in todo if index in self.left]
            yield from self._fail(unsaid, "the worker process ended without a result", worker.log())

    def _heard(self, message: Message) -> Iterator[Progress | Result]:
        if message["say"] == "progress":
            yield Progress(self._cohort.label, message["done"], message["total"], message["text"])
        elif message["say"] == "environment":
            self._environment = message["environment"]
        elif message["say"] == "result":
            self.left.remove(message["trial"])
            files = {name: Path(path) for name, path in message["attachments"].items()}
            yield self._result(message["trial"], _outcome(message), message["facts"], files)

    def _blame(self, worker: WorkerProcess, todo: tuple[int, ...], crash: str) -> Iterator[Result]:
        """The trial at turn is Failed and the others go on; at nobody's turn, or the reference's, all are.

        A cohort with a journal is given a second chance after SIGKILL, which may have come from outside.
        """
        turn = worker.turn()
        self._strikes[turn] += 1
        second_chance = self._probe.kind != "static" and "SIGKILL" in crash and self._strikes[turn] == 1
        if second_chance:
            return
        guilty = [turn] if turn in self.left and not self._needed(turn) else list(todo)
        name = "while starting" if turn == NOBODY else f"at the turn of {self._name(turn)}"
        yield from self._fail([index for index in guilty if index in self.left], f"{crash}, {name}", worker.log())

    def _needed(self, index: int) -> bool:
        return self._probe.kind == "timed" and self._name(index) == self._cohort.reference.name

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


def surroundings(probe: Probe, work: Work) -> dict[str, str]:
    """The environment of a worker: ours without what would change a measurement, and what the probe needs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "OMP_", "MKL_"))}
    memory = (probe.environment or {}) if probe.kind == "static" else KEEP_MEMORY
    package = str(Path(benchbench.__file__).parents[1])
    paths = [package, *inherited.get("PYTHONPATH", "").split(os.pathsep)]
    return inherited | {
        "OMP_NUM_THREADS": str(work.threads),
        "MKL_NUM_THREADS": str(work.threads),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        **memory,
    }


def _alone(probe: Probe) -> bool:
    return probe.kind == "static" and probe.environment is not None


def _outcome(message: dict[str, Any]) -> Measured | Failed:
    said = message["outcome"]
    return revive(Failed, said) if "error" in said else revive(Measured, said)
