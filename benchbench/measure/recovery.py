"""Recovery in a worker process: the trainings that a job's trials lack, one after another."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from benchbench.errors import Stopped
from benchbench.measure.build import Workshop
from benchbench.measure.job import Job
from benchbench.measure.ranks import share
from benchbench.measure.recoveries import Need, needs, untrained
from benchbench.measure.training import Trainer
from benchbench.measure.voice import Voice, failed
from benchbench.types import Trial


def recover_trials(job: Job, workshop: Workshop, voice: Voice) -> None:
    """Make the trainings that the job's trials lack; a trial of which one fails is Failed, and the next goes on."""
    recovery = Recovery(job, workshop, voice)
    for index in job.todo:
        if voice.stopped.is_set():
            return
        voice.turn(index)
        try:
            recovery.recover(job.cohort.trials[index])
        except Stopped:
            return
        except Exception as error:
            workshop.forget()
            voice.result(index, failed(error), {})
        else:
            voice.recovered(index)


class Recovery:
    """The trainings of one job. What fails once is not tried again for the next trial."""

    def __init__(self, job: Job, workshop: Workshop, voice: Voice) -> None:
        assert workshop.artifacts is not None
        self._job, self._workshop, self._voice, self._artifacts = job, workshop, voice, workshop.artifacts
        self._failed: dict[str, Exception] = {}
        self._meter = _Meter(voice, _lengths(job, workshop))
        for key in self._meter.lengths:
            if self._artifacts.find(key):
                self._meter.over(key)

    def recover(self, trial: Trial) -> None:
        """Every training that the trial still wants. Raises Stopped, and what a training raises."""
        shelves = self._workshop.shelves
        for need in untrained(trial, self._artifacts.find, self._workshop.origins, shelves.families, shelves.steps):
            self._attempt(need, trial)

    def _attempt(self, need: Need, trial: Trial) -> None:
        if need.key in self._failed:
            raise self._failed[need.key]
        try:
            with self._artifacts.alone(need.key):
                if self._artifacts.find(need.key) is None:
                    self._train(need, trial)
        except Stopped:
            raise
        except Exception as error:
            self._failed[need.key] = error
            raise
        finally:
            self._meter.over(need.key)

    def _train(self, need: Need, trial: Trial) -> None:
        """Train in this process, or in several; the checkpoints go once the artifact is on disk."""
        self._meter.begin(need, trial.seed)
        if self._job.work.processes > 1:
            share(self._job, need, self._meter.tell, self._voice.stopped.is_set)
        else:
            Trainer(self._workshop, self._artifacts).train(need, trial, self._meter.tell, self._voice.stopped.is_set)
        shutil.rmtree(self._artifacts.training(need.key), ignore_errors=True)


@dataclass
class _Meter:
    """Progress in optimiser steps over all trainings of a job; `lengths` are theirs, by key."""

    voice: Voice
    lengths: Mapping[str, int]

    def __post_init__(self) -> None:
        self._over: set[str] = set()
        self._title = ""

    def over(self, key: str) -> None:
        self._over |= {key}

    def begin(self, need: Need, seed: int) -> None:
        self._title = f"training {need.variant_prefix.name} seed {seed}: {need.use.name}"
        self.tell(0, need.steps_declared, "building")

    def tell(self, done: int, total: int, text: str) -> None:
        before = sum(length for key, length in self.lengths.items() if key in self._over)
        words = f"{self._title}, step {done} of {total}" + (f", {text}" if text else "")
        self.voice.progress(before + done, max(sum(self.lengths.values()), before + done), words)


def _lengths(job: Job, workshop: Workshop) -> dict[str, int]:
    """Steps of every training that this job began with, by key."""
    wanted = set(job.trainings or ())
    shelves = workshop.shelves
    known = {
        need.key: need.steps_declared
        for trial in job.cohort.trials
        for need in needs(trial, workshop.origins, shelves.families, shelves.steps)
    }
    return {key: length for key, length in known.items() if key in wanted}
