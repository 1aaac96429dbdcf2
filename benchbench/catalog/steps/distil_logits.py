"""Training of a classifier by distillation: the ground truth, and what a teacher's logits say of the classes."""

from __future__ import annotations

from benchbench.catalog.contracts import Course, Ground, Subject, Training
from benchbench.catalog.training.recipe import (
    Augment,
    Kind,
    LogitLesson,
    Precision,
    Recipe,
    Schedule,
    Source,
    Strategy,
)

NAME, VERSION = "distil-logits", 1


def train(
    subject: Subject,
    ground: Ground,
    *,
    teacher: str,
    steps: int,
    kind: Kind = "soft",
    weight: float = 0.5,
    temperature: float = 3.0,
    data: Source = "training",
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
    """Train as `finetune` does, on (1 - weight) x the task's loss + weight x what the teacher says.

    soft: T^2 x the divergence from the teacher's probabilities, both at `temperature` T. hard: cross entropy with the
    teacher's decisions. token: that of the distillation token's logits, while those of the class token alone learn the
    truth; the student has one by `architecture: {distilled: true}`. The temperature concerns soft alone. With weight 1
    no label is looked at, with weight 0 no teacher. Where a class is another one in a mirror, write augment: none.
    Raises CannotTrain (a teacher of other classes or another task, too), BadData, Stopped.
    """
    from benchbench.catalog.training.loop import run

    del teacher
    optimiser = (rate, head_factor, schedule, warm_up, weight_decay, clip, precision, augment)
    recipe = Recipe(steps, batch, accumulate, train, last, rank, *optimiser)
    lesson = LogitLesson(1.0 - weight, weight, 0.0, data, kind, temperature)
    return run(subject, ground, recipe, lesson)


STEP = Training(name=NAME, version=VERSION, train=train)
