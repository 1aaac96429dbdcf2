"""Recovery by fine-tuning: the task's own loss on labelled data."""

from __future__ import annotations

from benchbench.catalog.contracts import Course, Ground, Subject, Training
from benchbench.catalog.training.recipe import Augment, Lesson, Precision, Recipe, Schedule, Strategy

NAME, VERSION = "finetune", 1


def train(
    subject: Subject,
    ground: Ground,
    *,
    steps: int,
    batch: int = 16,
    accumulate: int = 1,
    train: Strategy = "full",
    last: int = 4,
    rank: int = 8,
    rate: float = 5e-6,
    head_factor: float = 10.0,
    schedule: Schedule = "poly",
    warm_up: int = 0,
    weight_decay: float = 0.01,
    clip: float = 1.0,
    precision: Precision = "float32",
    augment: Augment = "flip",
) -> Course:
    """Train the subject in place for `steps` steps of AdamW on `accumulate` x `batch` images each.

    `train` says what changes; `last` is the k of last-k, `rank` that of lora's adapters. The encoder learns at `rate`,
    everything else at `rate` x `head_factor`. `clip` bounds the gradient's norm (0: not at all). Raises CannotTrain,
    BadData, Stopped.
    """
    from benchbench.catalog.training.loop import run

    optimiser = (rate, head_factor, schedule, warm_up, weight_decay, clip, precision, augment)
    return run(subject, ground, Recipe(steps, batch, accumulate, train, last, rank, *optimiser), Lesson())


STEP = Training(name=NAME, version=VERSION, train=train)
