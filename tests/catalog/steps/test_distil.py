"""A student becomes like its teacher, by the ways that are declared and by no other."""

from dataclasses import replace
from inspect import Parameter
from pathlib import Path
from typing import Any

import pytest
import torch

from benchbench.catalog.contracts import Sample, Subject
from benchbench.catalog.shelf import settings_of
from benchbench.catalog.steps import finetune
from benchbench.catalog.steps.distil import STEP
from benchbench.errors import CannotTrain
from tests.catalog.training.world import Heard, Rooms, Tiny, differing, ground, missing, student, weights

FAST: dict[str, Any] = {"teacher": "t", "batch": 4, "rate": 1e-3, "head_factor": 2.0}


class Unlabelled(Rooms):
    """Rooms whose labels explode when they are used."""

    def __getitem__(self, index: int) -> Sample:
        return replace(super().__getitem__(index), target={})


def distance(one: Subject, other: Subject) -> float:
    """Mean squared difference of outputs on rooms that no training saw."""
    images = [Tiny().prepare(Rooms(8, seed=9)[index].image) for index in range(8)]
    with torch.no_grad():
        outputs = [each.model(pixel_values=torch.stack(images)).predicted_depth for each in (one, other)]
    return float((outputs[0] - outputs[1]).square().mean())


def test_the_settings_are_those_of_finetune_and_its_own() -> None:
    own, shared = settings_of(STEP.declared), settings_of(finetune.STEP.declared)
    assert {name: own[name] for name in shared} == shared
    added = {name: each.default for name, each in own.items() if name not in shared}
    assert added == {"teacher": Parameter.empty, "truth": 1.0, "output": 1.0, "feature": 0.0, "data": "training"}


@pytest.mark.parametrize("augment", ["none", "strong"])
def test_from_pseudo_labels_alone_it_comes_near_its_teacher(augment: str, tmp_path: Path) -> None:
    teacher, pupil = student(6, seed=3), student()
    taught, flags = weights(teacher), [each.requires_grad for each in teacher.model.parameters()]
    before = distance(pupil, teacher)
    own = ground(tmp_path, labelled=missing, unlabelled=Unlabelled, teacher=lambda: teacher)
    STEP.train(pupil, own, steps=60, truth=0.0, data="unlabelled", augment=augment, **FAST)
    assert distance(pupil, teacher) < 0.2 * before
    assert not differing(taught, weights(teacher))
    assert [each.requires_grad for each in teacher.model.parameters()] == flags


def test_labels_are_used_where_truth_weighs(tmp_path: Path) -> None:
    with_labels, without, plain = student(), student(), student()
    own = [ground(tmp_path / name, teacher=lambda: student(seed=3)) for name in "abc"]
    STEP.train(with_labels, own[0], steps=2, **FAST)
    STEP.train(without, own[1], steps=2, truth=0.0, **FAST)
    STEP.train(plain, own[2], steps=2, output=0.0, **FAST)
    tuned = student()
    finetune.STEP.train(tuned, ground(tmp_path / "d"), steps=2, batch=4, rate=1e-3, head_factor=2.0)
    assert differing(weights(with_labels), weights(without))
    assert not differing(weights(plain), weights(tuned))


@pytest.mark.parametrize("width", [16, 24])
def test_tokens_come_near_the_teacher_s_and_nothing_stays_of_it(width: int, tmp_path: Path) -> None:
    teacher, pupil = student(6, width, seed=3), student()
    names = list(weights(pupil))
    own = ground(tmp_path, teacher=lambda: teacher)
    course = STEP.train(pupil, own, steps=40, truth=0.0, output=0.0, feature=1.0, **FAST)
    losses = [loss for _, loss, _ in course.curve]
    assert 0 < losses[-1] < 0.7 * losses[0] < 1.4
    assert list(weights(pupil)) == names
    projections = 4 * (16 * 24 + 24) if width == 24 else 0
    assert course.trainable_parameters == sum(each.numel() for each in pupil.model.parameters()) + projections
    modules = (*pupil.model.modules(), *teacher.model.modules())
    hooks = [hook for module in modules for hook in module._forward_hooks.values()]  # transformers has some of its own
    assert not [hook for hook in hooks if hook.__module__.startswith("benchbench")]


def test_the_teacher_hears_the_image_without_colour_changes(tmp_path: Path) -> None:
    seen: dict[str, list[torch.Tensor]] = {"teacher": [], "student": []}
    teacher, pupil = student(seed=3), student()
    for name, subject in (("teacher", teacher), ("student", pupil)):
        subject.model.register_forward_pre_hook(
            lambda *given, name=name: seen[name].append(given[-1]["pixel_values"].clone()), with_kwargs=True
        )
    STEP.train(pupil, ground(tmp_path, teacher=lambda: teacher), steps=3, augment="strong", **FAST)
    rooms = [Tiny().prepare(Rooms()[index].image) for index in range(len(Rooms()))]
    known = [image for room in rooms for image in (room, room.flip(2))]
    for heard, other in zip(torch.cat(seen["teacher"]), torch.cat(seen["student"]), strict=True):
        assert any(torch.equal(heard, room) for room in known)
        assert not any(torch.equal(other, room) for room in known)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"data": "unlabelled"}, "no ground truth"),
        ({"truth": 0.0, "output": 0.0}, "nothing to learn from"),
        ({"output": -1.0}, "output: -1"),
        ({"feature": float("nan")}, "feature: nan"),
    ],
)
def test_lessons_that_teach_nothing_are_refused(wrong: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(CannotTrain, match=words):
        STEP.train(student(), ground(tmp_path, teacher=student), steps=1, **FAST | wrong)


def test_a_teacher_of_another_task_is_refused(tmp_path: Path) -> None:
    detector = student()
    detector.family = type("Detector", (Tiny,), {"task": "detection", "name": "detr"})()
    with pytest.raises(CannotTrain, match=r"teacher predicts detection \(detr\), the student depth"):
        STEP.train(student(), ground(tmp_path, teacher=lambda: detector), steps=1, **FAST)


def test_a_teacher_of_other_patches_has_no_tokens_for_it(tmp_path: Path) -> None:
    other = student(patch=7)
    with pytest.raises(CannotTrain, match="same patches"):
        STEP.train(student(), ground(tmp_path, teacher=lambda: other), steps=1, output=0.0, feature=1.0, **FAST)


def test_another_teacher_is_another_training(tmp_path: Path) -> None:
    told = Heard()
    own = ground(tmp_path, teacher=lambda: student(seed=3))
    STEP.train(student(), own, steps=1, **FAST)
    other = ground(tmp_path, teacher=lambda: student(seed=4), tell=told)
    STEP.train(student(), other, steps=1, **FAST)
    assert "of another training" in told[0]
    assert told[1].startswith("loss")
