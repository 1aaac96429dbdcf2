"""Recovery by distillation: another variant's answers, with the ground truth or in its place."""

from __future__ import annotations

from benchbench.catalog.contracts import Course, Ground, Subject, Training
from benchbench.catalog.training.recipe import Augment, Lesson, Precision, Recipe, Schedule, Source, Strategy

NAME, VERSION = "distil", 1


def train(
    subject: Subject,
    ground: Ground,
    *,
    teacher: str,
    steps: int,
    truth: float = 1.0,
    output: float = 1.0,
    feature: float = 0.0,
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
    """Train as `finetune` does, on truth x the task's loss + output x the family's imitation + feature x tokens.

    `teacher` names a variant of the suite. With truth 0 its outputs are pseudo-labels and no label is looked at; data
    that are `unlabelled` allow nothing else. A strongly augmented student hears what the teacher says of the image
    without colour changes and blur. Raises CannotTrain (a teacher of another task, too), BadData, Stopped.
    """
    from benchbench.catalog.training.loop import run

    del teacher
    optimiser = (rate, head_factor, schedule, warm_up, weight_decay, clip, precision, augment)
    recipe = Recipe(steps, batch, accumulate, train, last, rank, *optimiser)
    return run(subject, ground, recipe, Lesson(truth, output, feature, data))


STEP = Training(name=NAME, version=VERSION, train=train)
