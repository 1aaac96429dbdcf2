"""Toys that train: a few steps of gradient descent, which can be killed, stopped, and fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchbench.catalog.contracts import Course, Ground, Samples, Subject, Training
from benchbench.errors import CannotTrain, Stopped

RANK = os.environ.get("RANK", "0")


def teach(
    subject: Subject,
    ground: Ground,
    *,
    steps: int,
    batch: int = 2,
    train: str = "full",
    rate: float = 1e-4,
    trace: str = "",
    die: int = 0,
    fail: str = "",
) -> Course:
    """Descend on the family's loss; a line in `trace` for each step.

    Dies (SIGKILL) after every second step of its first `die` attempts; `fail`: raise, nan, grow, unlabelled.
    """
    del train
    samples = ground.unlabelled() if fail == "unlabelled" else ground.labelled()
    if fail == f"rank {RANK}":
        raise CannotTrain("this rank will not learn")
    if fail == "raise":
        raise CannotTrain("the toy will not learn", "be kind to it")
    return descend(subject, ground, samples, Lesson(steps, batch, rate, trace, die, fail))


def imitate(
    subject: Subject,
    ground: Ground,
    *,
    teacher: str,
    steps: int,
    batch: int = 2,
    train: str = "full",
    data: str = "training",
    trace: str = "",
) -> Course:
    """Descend on what the teacher says of the images."""
    del teacher, train
    samples = ground.unlabelled() if data == "unlabelled" else ground.labelled()
    return descend(subject, ground, samples, Lesson(steps, batch, 1e-4, trace), ground.teacher())


def gather() -> None:
    """Ranks begin together, as those of real trainings do: a late one would find the artifact of the first."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not torch.distributed.is_initialized():
        torch.distributed.init_process_group("gloo")
        torch.distributed.barrier()


class Lesson:
    def __init__(self, steps: int, batch: int, rate: float, trace: str, die: int = 0, fail: str = "") -> None:
        self.steps, self.batch, self.rate, self.trace, self.die, self.fail = steps, batch, rate, trace, die, fail


def descend(
    subject: Subject, ground: Ground, samples: Samples, lesson: Lesson, teacher: Subject | None = None
) -> Course:
    """Noise is drawn at every step, so that a training that forgot its generator would end elsewhere."""
    gather()
    path, losses = ground.folder / "state.npz", []
    begun = restored(subject, path)
    with torch.enable_grad():
        for step in range(begun, lesson.steps):
            if ground.stopped():
                raise Stopped("the toy was asked to stop")
            losses.append(stepped(subject, samples, lesson, step, teacher))
            if RANK == "0":
                save(subject, path, step + 1)
            record(lesson.trace, f"{subject.seed} {step}{RANK.replace('0', '')}")
            ground.tell(step + 1, lesson.steps, f"loss {losses[-1]:.3f}")
            deaths = int((ground.folder / "deaths").read_text()) if (ground.folder / "deaths").exists() else 0
            if deaths < lesson.die and step % 2:
                (ground.folder / "deaths").write_text(str(deaths + 1))
                os.kill(os.getpid(), signal.SIGKILL)
    if lesson.fail == "nan":
        torch.nn.init.constant_(next(subject.model.parameters()), float("nan"))
    if lesson.fail == "grow":
        subject.model.register_buffer("extra", torch.zeros(1))
    count = sum(parameter.numel() for parameter in subject.model.parameters())
    curve = tuple((index, loss, lesson.rate) for index, loss in enumerate(losses))
    return Course(lesson.steps, lesson.steps * lesson.batch, 0.5, 10.0, count, curve, {"first": 0.25})


def stepped(subject: Subject, samples: Samples, lesson: Lesson, step: int, teacher: Subject | None) -> float:
    torch.manual_seed(1000 * subject.seed + step)
    drawn = [samples[(step * lesson.batch + each) % len(samples)] for each in range(lesson.batch)]
    inputs = subject.family.collate([subject.family.prepare(sample.image) for sample in drawn])
    inputs["pixel_values"] = inputs["pixel_values"] + torch.randn(inputs["pixel_values"].shape)
    outputs = subject.model(**inputs)
    if teacher is None:
        loss = subject.family.loss(subject.model, outputs, subject.family.targets(drawn, subject.model))
    else:
        loss = subject.family.imitation(outputs, teacher.model(**inputs))
    subject.model.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for parameter in subject.model.parameters():
            if parameter.grad is not None:
                parameter.sub_(lesson.rate * parameter.grad.sign())
    return loss.item()


def save(subject: Subject, path: Path, step: int) -> None:
    state: Mapping[str, Any] = {name: tensor.numpy() for name, tensor in subject.model.state_dict().items()}
    part = path.with_suffix(".part.npz")
    np.savez(part, **{f"model.{name}": array for name, array in state.items()}, step=step)
    part.replace(path)


def restored(subject: Subject, path: Path) -> int:
    """The step at which to go on."""
    if not path.exists():
        return 0
    with np.load(path) as found:
        state = {name: torch.from_numpy(found[f"model.{name}"]) for name in subject.model.state_dict()}
        subject.model.load_state_dict(state)
        return int(found["step"])


def record(trace: str, line: str) -> None:
    if trace:
        with Path(trace).open("a") as file:
            file.write(f"{line}\n")


TRAININGS = {"teach": Training("teach", 1, teach), "imitate": Training("imitate", 1, imitate)}
