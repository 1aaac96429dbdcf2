"""The loop: the same weights whether it is stopped and goes on, or is shared among several processes.

accelerate brings devices, mixed precision, gradient accumulation and DistributedDataParallel; the loop is our own, so
that a checkpoint is one file at one place in it. Everything random is a function of (seed, step): nothing of a
generator's state need be kept.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from benchbench.catalog.contracts import Course, Ground, Subject
from benchbench.catalog.training import course, distillation
from benchbench.catalog.training.checkpoint import Checkpoints, Progress, write
from benchbench.catalog.training.data import Drawn, Feed
from benchbench.catalog.training.distillation import Learner, Teacher
from benchbench.catalog.training.lora import inject, merge
from benchbench.catalog.training.meter import Meter
from benchbench.catalog.training.recipe import Lesson, Recipe
from benchbench.catalog.training.schedule import share
from benchbench.catalog.training.selection import Selection, select, set_modes, trainable_parameters, training_mode
from benchbench.catalog.training.stamp import stamp_of
from benchbench.catalog.training.together import accelerator_for, agreed, alone, mean, share_of
from benchbench.errors import CannotTrain, Stopped

if TYPE_CHECKING:
    from accelerate import Accelerator

SAVE_EVERY_S = 20.0
"""Seconds of training between two checkpoints at least; more where one takes long to write."""
_PATIENCE = 20


def run(subject: Subject, ground: Ground, recipe: Recipe, lesson: Lesson) -> Course:
    """Train a subject in place. Raises Stopped, BadData or CannotTrain, which leave it half trained."""
    anatomy = subject.anatomy
    selection = select(subject.model, anatomy, recipe)
    samples = (ground.labelled if lesson.data == "training" else ground.unlabelled)()
    feed = Feed(samples, subject.family, ground.input, recipe.augment, subject.seed)
    teacher = ground.teacher() if lesson.taught else None
    if teacher is not None:
        distillation.check(subject, teacher, lesson)
    stamp = stamp_of(subject, recipe, lesson, ground.input, samples.fingerprint, teacher)
    with alone(), training_mode(subject.model, selection):
        accelerator = accelerator_for(recipe)
        training = _Training(accelerator, subject, ground, recipe, feed, selection, stamp)
        training.begin(Teacher(teacher, accelerator.device) if teacher else None, lesson, anatomy)
        return training.run()


class _Training:
    def __init__(
        self,
        accelerator: Accelerator,
        subject: Subject,
        ground: Ground,
        recipe: Recipe,
        feed: Feed,
        selection: Selection,
        stamp: str,
    ) -> None:
        self._accelerator, self._subject, self._ground, self._recipe = accelerator, subject, ground, recipe
        self._feed, self._selection = feed, selection
        self._checkpoints = Checkpoints(ground.folder, stamp, self._note)
        self._progress = Progress()

    def begin(self, teacher: Teacher | None, lesson: Lesson, anatomy: Any) -> None:
        """The learner, its optimiser, and both as the newest checkpoint has them."""
        model, recipe = self._subject.model, self._recipe
        self._lesson, self._teacher, self._home = lesson, teacher, next(model.parameters()).device
        if self._accelerator.is_main_process:
            names = course.changing(self._selection)
            self._checkpoints.start.unlink(missing_ok=True)
            write(self._checkpoints.start, {name: model.get_parameter(name).detach() for name in names}, {})
        torch.manual_seed(self._subject.seed)
        if self._selection.adapted:
            inject(model, self._selection.adapted, recipe.rank)
        self._learner = Learner(self._subject, anatomy, lesson, teacher).to(self._accelerator.device)
        self._trainable = trainable_parameters(model, self._selection, recipe.rank)
        self._trainable += sum(each.numel() for each in self._learner.projections.parameters())
        self._optimiser = torch.optim.AdamW(_groups(self._learner, self._selection, recipe))
        self._resume()
        self._wrapped, self._stepper = self._accelerator.prepare(self._learner, self._optimiser)

    def run(self) -> Course:
        """To the last step, from wherever the checkpoint stands."""
        saved, took = time.perf_counter(), 0.0
        set_modes(self._learner)
        while self._progress.step < self._recipe.steps:
            if agreed(self._accelerator, self._ground.stopped()):
                self._save()
                done = f"{self._progress.step} of {self._recipe.steps} steps"
                raise Stopped(f"training stopped after {done}, which are kept", "run it again to go on")
            self._step()
            due = time.perf_counter() - saved >= max(SAVE_EVERY_S, _PATIENCE * took)
            if due or self._progress.step == self._recipe.steps:
                before = time.perf_counter()
                self._save()
                saved, took = time.perf_counter(), time.perf_counter() - before
        return self._finish()

    def _step(self) -> None:
        step, recipe = self._progress.step, self._recipe
        _sow(self._subject.seed, step, self._accelerator.process_index)
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * share(recipe, step)
        losses = []
        for part in range(recipe.accumulate):
            drawn = self._draw(step * recipe.accumulate + part)
            with self._accelerator.accumulate(self._wrapped):
                loss = self._loss(drawn)
                self._accelerator.backward(loss)
                losses.append(loss.detach())
                if part == recipe.accumulate - 1:
                    self._update(torch.stack(losses).mean())
        self._meter.look()

    def _update(self, loss: Tensor) -> None:
        """One optimiser step. Raises CannotTrain for a loss or gradient that is not finite, before a weight changes."""
        done, recipe = self._progress.step + 1, self._recipe
        value = mean(self._accelerator, loss)
        self._refuse_if_not_finite("loss", value, done)
        norm = self._accelerator.clip_grad_norm_(self._learner.parameters(), recipe.clip or float("inf"))
        if self._accelerator.scaler is None:
            self._refuse_if_not_finite("gradient", float(norm), done)
        self._stepper.step()
        self._stepper.zero_grad()
        self._progress.step = done
        self._progress.recent.append(value)
        course.extend(self._progress, recipe)
        self._ground.tell(done, recipe.steps, f"loss {value:.4g}")

    def _refuse_if_not_finite(self, what: str, value: float, step: int) -> None:
        if not np.isfinite(value):
            hint = "lower `rate`, lengthen `warm_up`, or set `clip`; if it is the first step, look at the data"
            raise CannotTrain(f"the {what} of step {step} of {self._recipe.steps} is {value}", hint)

    def _draw(self, batch: int) -> Drawn:
        """This process's part of a batch."""
        own = share_of(self._accelerator, self._recipe.batch)
        return self._feed.draw(batch * self._recipe.batch + self._accelerator.process_index * own, own)

    def _loss(self, drawn: Drawn) -> Tensor:
        from accelerate.utils import send_to_device

        device, family = self._accelerator.device, self._subject.family
        targets = family.targets(drawn.samples, self._learner.model) if self._lesson.truth else {}
        taught = None
        if self._teacher is not None:
            with self._accelerator.autocast():
                taught = self._teacher.answer(send_to_device(drawn.clean, device), self._learner.layers)
        loss: Tensor = self._wrapped(send_to_device(drawn.inputs, device), send_to_device(targets, device), taught)
        return loss

    def _resume(self) -> None:
        found = self._checkpoints.newest()
        if found is not None:
            self._progress, tensors = found
            course.restore(tensors, self._learner, self._optimiser)
            if self._accelerator.scaler is not None:
                self._accelerator.scaler.load_state_dict(self._progress.extra)
        self._meter = Meter(self._accelerator.device, (self._progress.seconds, self._progress.peak_mib))
        self._accelerator.wait_for_everyone()

    def _save(self) -> None:
        """By the first process alone."""
        if self._accelerator.is_main_process:
            self._progress.seconds, self._progress.peak_mib = self._meter.seconds, self._meter.peak_mib
            if self._accelerator.scaler is not None:
                self._progress.extra = self._accelerator.scaler.state_dict()
            self._checkpoints.save(self._progress, course.captured(self._learner, self._optimiser))

    def _finish(self) -> Course:
        seconds, peak = self._meter.seconds, self._meter.peak_mib
        model = self._subject.model
        if self._selection.adapted:
            merge(model)
        model.to(self._home)
        if self._teacher is not None:
            self._teacher.subject.model.to(self._home)
        self._accelerator.wait_for_everyone()
        told = Course(
            steps=self._progress.step,
            images=self._recipe.images,
            seconds=seconds,
            peak_memory_mib=peak,
            trainable_parameters=self._trainable,
            curve=tuple(self._progress.curve),
            updates=course.updates(model, self._selection, self._checkpoints.start),
        )
        self._accelerator.wait_for_everyone()
        if self._accelerator.is_main_process:
            self._checkpoints.start.unlink(missing_ok=True)
        return told

    def _note(self, text: str) -> None:
        self._ground.tell(0, self._recipe.steps, text)


def _groups(learner: Learner, selection: Selection, recipe: Recipe) -> list[dict[str, Any]]:
    """The encoder's parameters at `rate`; the others, adapters and projections at `rate` x `head_factor`."""
    slow = {f"model.{name}" for name in selection.encoder}
    named = [(name, each) for name, each in learner.named_parameters() if each.requires_grad]
    groups = [
        (recipe.rate, [each for name, each in named if name in slow]),
        (recipe.rate * recipe.head_factor, [each for name, each in named if name not in slow]),
    ]
    decay = recipe.weight_decay
    return [{"params": each, "lr": rate, "rate": rate, "weight_decay": decay} for rate, each in groups if each]


def _sow(seed: int, step: int, process: int) -> None:
    """Seed torch's generators, which dropout draws from, for one step of one process."""
    torch.manual_seed(int(np.random.SeedSequence([seed, step, process]).generate_state(1)[0]))
