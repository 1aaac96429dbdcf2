"""A classifier learns the teacher's answers in the way that is declared, and nothing else."""

from inspect import Parameter
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from benchbench.catalog.contracts import Sample, Subject
from benchbench.catalog.shelf import settings_of
from benchbench.catalog.steps import STEPS, finetune
from benchbench.catalog.steps.distil_logits import STEP
from benchbench.errors import CannotTrain, Stopped
from tests.catalog.training import world
from tests.catalog.training.classes import CLASSES, Patterns, answers, classifier, labels
from tests.catalog.training.world import differing, missing, weights

FAST: dict[str, Any] = {"teacher": "t", "batch": 8, "rate": 3e-3, "head_factor": 1.0, "augment": "none"}
BUDGET: dict[str, Any] = FAST | {"steps": 60}


def ground(folder: Path, **given: Any) -> Any:
    return world.ground(folder, **{"labelled": Patterns, **given})


class Unlabelled(Patterns):
    """Patterns whose labels explode when they are used."""

    def __getitem__(self, index: int) -> Sample:
        found = super().__getitem__(index)
        return Sample(found.id, found.image, {})


def trained_teacher(folder: Path, classes: int = CLASSES) -> Subject:
    """One that errs: it tells classes 0 and 1 the wrong way round."""

    class Swapped(Patterns):
        def __getitem__(self, index: int) -> Sample:
            found = super().__getitem__(index)
            label = found.target["label"]
            return Sample(found.id, found.image, {"label": 1 - label if label < 2 else label})

    teacher = classifier(seed=7, width=24, classes=classes)
    settings = {name: value for name, value in FAST.items() if name != "teacher"}
    finetune.STEP.train(teacher, ground(folder, labelled=Swapped), steps=80, **settings)
    return teacher


def agreement(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one.argmax(-1) == other).double().mean())


def test_it_is_on_the_shelf_with_the_settings_of_finetune_and_its_own() -> None:
    assert STEPS["distil-logits"].declared is STEP.train
    own, shared = settings_of(STEP.declared), settings_of(finetune.STEP.declared)
    assert {name: own[name] for name in shared} == shared
    added = {name: each.default for name, each in own.items() if name not in shared}
    assert added == {
        "teacher": Parameter.empty,
        "kind": "soft",
        "weight": 0.5,
        "temperature": 3.0,
        "data": "training",
    }


@pytest.mark.parametrize("kind", ["soft", "hard"])
def test_from_the_teacher_alone_it_decides_as_the_teacher_does(kind: str, tmp_path: Path) -> None:
    teacher, pupil = trained_teacher(tmp_path / "t"), classifier()
    decided, before = answers(teacher).logits.argmax(-1), weights(teacher)
    assert agreement(answers(teacher).logits, labels()) < 0.8
    own = ground(tmp_path / "s", labelled=missing, unlabelled=Unlabelled, teacher=lambda: teacher)
    STEP.train(pupil, own, kind=kind, weight=1.0, data="unlabelled", **BUDGET)
    assert agreement(answers(pupil).logits, decided) > 0.9
    assert not differing(before, weights(teacher))


def test_the_distillation_token_learns_the_teacher_and_the_class_token_the_truth(tmp_path: Path) -> None:
    teacher, pupil = trained_teacher(tmp_path / "t"), classifier(distilled=True)
    decided = answers(teacher).logits.argmax(-1)
    STEP.train(pupil, ground(tmp_path / "s", teacher=lambda: teacher), kind="token", **BUDGET)
    told = answers(pupil)
    assert agreement(told.cls_logits, labels()) > 0.9
    assert agreement(told.distillation_logits, decided) > 0.9
    assert agreement(told.distillation_logits, labels()) < 0.8
    torch.testing.assert_close(told.logits, (told.cls_logits + told.distillation_logits) / 2)


@pytest.mark.parametrize("kind", ["soft", "hard", "token"])
def test_the_first_loss_is_the_weighted_sum_that_is_declared(kind: str, tmp_path: Path) -> None:
    pupil, teacher = classifier(distilled=True), classifier(seed=4)
    seen: list[torch.Tensor] = []
    teacher.model.register_forward_pre_hook(lambda *given: seen.append(given[-1]["pixel_values"]), with_kwargs=True)
    own = ground(tmp_path, teacher=lambda: teacher, labelled=lambda: Patterns(8))
    with torch.no_grad():
        start = pupil.model.state_dict()
        start = {name: tensor.clone() for name, tensor in start.items()}
    course = STEP.train(pupil, own, kind=kind, weight=0.3, temperature=2.0, **FAST | {"steps": 1})
    pupil.model.load_state_dict(start)
    with torch.no_grad():
        told, taught = pupil.model(pixel_values=seen[0]), teacher.model(pixel_values=seen[0]).logits
    by_image = {pattern_image(index): int(Patterns(8)[index].target["label"]) for index in range(8)}
    truth = torch.tensor([by_image[image.numpy().tobytes()] for image in seen[0]])
    examined, listening = (told.cls_logits, told.distillation_logits) if kind == "token" else (told.logits, told.logits)
    wanted = (taught / 2).softmax(-1)
    divergence = (wanted * (wanted.log() - (listening / 2).log_softmax(-1))).sum(-1).mean() * 4
    said = divergence if kind == "soft" else cross_entropy(listening, taught.argmax(-1))
    loss = 0.7 * cross_entropy(examined, truth) + 0.3 * said
    assert course.curve[0][1] == pytest.approx(float(loss), rel=1e-5)


def pattern_image(index: int) -> bytes:
    from tests.catalog.training.classes import Sorting

    return bytes(Sorting().prepare(Patterns(8)[index].image).numpy().tobytes())


def test_without_weight_it_is_finetuning_and_asks_no_teacher(tmp_path: Path) -> None:
    pupil, tuned = classifier(), classifier()
    STEP.train(pupil, ground(tmp_path / "a"), weight=0.0, **FAST | {"steps": 3})
    settings = {name: value for name, value in FAST.items() if name != "teacher"}
    finetune.STEP.train(tuned, ground(tmp_path / "b"), steps=3, **settings)
    assert not differing(weights(pupil), weights(tuned))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"weight": 1.5}, r"weight: 1\.5 is no share"),
        ({"weight": float("nan")}, "weight: nan"),
        ({"temperature": 0.0}, r"temperature: 0\.0"),
        ({"data": "unlabelled"}, r"no ground truth.*weight: 1"),
        ({"kind": "token"}, r"distillation token.*distilled: true"),
    ],
)
def test_what_cannot_be_taught_is_refused(wrong: dict[str, Any], words: str, tmp_path: Path) -> None:
    own = ground(tmp_path, teacher=lambda: classifier(seed=1), unlabelled=Patterns)
    with pytest.raises(CannotTrain, match=f"(?s){words}"):
        STEP.train(classifier(), own, **FAST | {"steps": 1} | wrong)


@pytest.mark.parametrize("kind", ["soft", "hard", "token"])
def test_a_teacher_of_other_classes_is_refused_before_a_weight_changes(kind: str, tmp_path: Path) -> None:
    pupil = classifier(distilled=True)
    before = weights(pupil)
    own = ground(tmp_path, teacher=lambda: classifier(seed=1, classes=1000))
    with pytest.raises(CannotTrain, match=r"teacher tells 1,000 classes apart, the student 5"):
        STEP.train(pupil, own, kind=kind, **FAST | {"steps": 1})
    assert not differing(before, weights(pupil))


def test_a_model_of_another_task_has_no_classes(tmp_path: Path) -> None:
    own = world.ground(tmp_path, teacher=world.student)
    with pytest.raises(CannotTrain, match=r"teach classification, but tiny predicts depth"):
        STEP.train(world.student(), own, **FAST | {"steps": 1})


def test_stopped_on_the_way_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole, parts = classifier(distilled=True), classifier(distilled=True)
    settings: dict[str, Any] = {"kind": "token", **FAST, "steps": 6}
    STEP.train(whole, ground(tmp_path / "whole", teacher=lambda: classifier(seed=1)), **settings)
    told = world.Heard()
    stopping = ground(
        tmp_path / "parts", teacher=lambda: classifier(seed=1), tell=told, stopped=lambda: told.done[-1:] == [3]
    )
    with pytest.raises(Stopped):
        STEP.train(parts, stopping, **settings)
    again = classifier(distilled=True)
    STEP.train(again, ground(tmp_path / "parts", teacher=lambda: classifier(seed=1), tell=told), **settings)
    assert told.done == [1, 2, 3, 4, 5, 6]
    assert not differing(weights(whole), weights(again))


def test_another_kind_or_temperature_is_another_training(tmp_path: Path) -> None:
    teacher = classifier(seed=1)
    found = []
    for kind, temperature in (("soft", 1.0), ("soft", 4.0), ("hard", 1.0)):
        pupil = classifier()
        own = ground(tmp_path, teacher=lambda: teacher)
        STEP.train(pupil, own, kind=kind, temperature=temperature, **FAST | {"steps": 2})
        found.append(weights(pupil))
    assert differing(found[0], found[1])
    assert differing(found[0], found[2])
