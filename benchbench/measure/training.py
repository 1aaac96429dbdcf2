"""Recovery trainings in a worker process: build as far as the step, train, keep what was learnt."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import torch

from benchbench.catalog.contracts import Course, Ground, Subject, Training
from benchbench.errors import CannotTrain, Stopped
from benchbench.measure.assembly import sow
from benchbench.measure.build import Workshop
from benchbench.measure.cards import Card
from benchbench.measure.environment import cpu_model
from benchbench.measure.filling import changed
from benchbench.measure.grounds import Desk
from benchbench.measure.job import Job
from benchbench.measure.recoveries import LABELLED, UNLABELLED, Need, needs, resolved, untrained
from benchbench.measure.shelves import keywords
from benchbench.measure.voice import Voice, failed
from benchbench.types import Json, Trial


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
        self._workshop, self._voice, self._artifacts = workshop, voice, workshop.artifacts
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
                    self._train(need, replace(trial, variant=need.variant_prefix))
        except Stopped:
            raise
        except Exception as error:
            self._failed[need.key] = error
            raise
        finally:
            self._meter.over(need.key)

    def _train(self, need: Need, trial: Trial) -> None:
        """Train the last step of this trial and keep what it changed; its checkpoints go once that is on disk."""
        step, before = self._step(need), replace(need.variant_prefix, steps=need.variant_prefix.steps[: need.index])
        self._meter.begin(need, trial.seed)
        folder = self._artifacts.training(need.key)
        subject, _ = self._workshop.assembled(replace(trial, variant=before), trained=True)
        if len(subject.surgery) != need.index:
            raise CannotTrain(f"a step before '{need.use.name}' tells not what it did, so that it cannot be repeated")
        desk = Desk(self._workshop, trial, need.use)
        ground = Ground(
            labelled=lambda: desk.samples(LABELLED),
            unlabelled=lambda: desk.samples(UNLABELLED),
            teacher=desk.teacher,
            input=keywords(trial.scale.input),
            folder=folder,
            tell=self._meter.tell,
            stopped=self._voice.stopped.is_set,
        )
        desk.refuse_overlap()
        sow(trial.seed)
        course = step.train(subject, ground, **keywords(need.use.settings))
        self._keep(need, replace(trial, variant=before), subject, course, desk.surgery)
        shutil.rmtree(folder, ignore_errors=True)

    def _step(self, need: Need) -> Training:
        step = self._workshop.shelves.steps[need.use.name]
        assert isinstance(step, Training)
        return step

    def _keep(self, need: Need, before: Trial, subject: Subject, course: Course, taught: list[Json] | None) -> None:
        """Write down the tensors that differ from those of the checkpoint with the same cuts."""
        step, surgery = self._step(need), [dict(entry) for entry in subject.surgery[: need.index]]
        weights = self._workshop.weights(before, trained=True)
        start = None if weights.kind == "random" else self._workshop.cut_alike(before, surgery).model
        tensors = changed(need.use.name, subject.model, start)
        recipe, made = resolved(need.use, step), _made()
        entry: dict[str, Json] = {"step": need.use.name, "version": step.version, "settings": recipe}
        entry |= {"teacher": taught, "artifact": None, "key": need.key, "course": _plain(course)}
        entry |= {"seed": before.seed, "made": made}
        card = Card(
            key=need.key,
            step=need.use.name,
            recipe=recipe,
            parts=dict(need.parts),
            parent=weights.fingerprint,
            data=_data(need),
            surgery=[*surgery, entry],
            course=course,
            made=made,
        )
        self._artifacts.keep(need.key, tensors, card)


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


def _data(need: Need) -> dict[str, str]:
    steps = need.parts["steps"]
    assert isinstance(steps, list)
    found = steps[need.index]
    assert isinstance(found, dict)
    data = found["data"]
    assert isinstance(data, dict)
    return {name: str(fingerprint) for name, fingerprint in data.items()}


def _plain(course: Course) -> dict[str, Json]:
    plain: dict[str, Json] = asdict(course)
    return plain | {"curve": [list(point) for point in course.curve], "updates": dict(course.updates)}


def _made() -> dict[str, Json]:
    hardware = torch.cuda.get_device_name() if torch.cuda.is_available() else cpu_model()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"hardware": hardware, "torch": str(torch.__version__), "threads": torch.get_num_threads(), "at": at}
