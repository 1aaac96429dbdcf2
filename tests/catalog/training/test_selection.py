"""What each strategy selects in a detector, whose family freezes parts of its own and whose encoder is a ResNet."""

from typing import Any

import pytest
import torch
from torch import nn

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Subject
from benchbench.catalog.training.distillation import Learner
from benchbench.catalog.training.loop import _groups
from benchbench.catalog.training.recipe import Lesson, Recipe
from benchbench.catalog.training.selection import places, select, set_modes, trainable_parameters, training_mode
from benchbench.errors import CannotTrain
from tests.catalog.training.world import student
from tests.lively_detr import subject as detector

BACKBONE = "model.backbone."


@pytest.fixture(scope="module")
def detr() -> Subject:
    return detector()


def names(subject: Subject, **settings: Any) -> set[str]:
    return set(select(subject.model, subject.anatomy, Recipe(1, **settings)).names)


def test_full_is_all_that_the_family_lets_train(detr: Subject) -> None:
    free = {name for name, each in detr.model.named_parameters() if each.requires_grad}
    assert names(detr) == free
    assert len(free) < len(list(detr.model.parameters()))


def test_the_encoder_of_a_detector_is_its_backbone(detr: Subject) -> None:
    found = select(detr.model, detr.anatomy, Recipe(1))
    assert found.encoder
    assert all(name.startswith(BACKBONE) for name in found.encoder)
    assert not any(name.startswith(BACKBONE) for name in found.head)
    assert names(detr, train="frozen-encoder") == set(found.head)


def test_head_only_is_what_predicts(detr: Subject) -> None:
    prefixes = {name.split(".")[0] for name in names(detr, train="head-only")}
    assert prefixes == {"class_labels_classifier", "bbox_predictor"}


def test_the_last_layers_of_a_detector_s_encoder(detr: Subject) -> None:
    found = names(detr, train="last-k", last=2)
    layers = {name.split(".")[3] for name in found if name.startswith("model.encoder.layers.")}
    assert layers == {"4", "5"}
    assert any(name.startswith("model.decoder.layers.0.") for name in found)
    assert not any(name.startswith(BACKBONE) for name in found)


def test_adapters_on_every_layer_of_the_encoder(detr: Subject) -> None:
    found = select(detr.model, detr.anatomy, Recipe(1, train="lora"))
    assert len(found.adapted) == 12
    assert {name.rsplit(".", 1)[1] for name in found.adapted} == {"q_proj", "v_proj"}
    assert not any(name.startswith("model.encoder.layers.") for name in found.names)


def test_every_parameter_has_its_place(detr: Subject) -> None:
    found = places(detr.model, detr.anatomy)
    assert list(found) == [name for name, _ in detr.model.named_parameters()]
    stacks = {f"{stack}.{index}" for stack in ("encoder", "decoder") for index in range(6)}
    assert set(found.values()) == {"encoder", "head"} | stacks
    assert found["class_labels_classifier.weight"] == "head"


@pytest.mark.parametrize(
    ("train", "anatomy"),
    [
        ("frozen-encoder", Anatomy(stacks=())),
        ("head-only", Anatomy(stacks=())),
        ("head-only", Anatomy(stacks=(), predictors=("nothing.",))),
    ],
)
def test_what_the_anatomy_does_not_tell_cannot_be_selected(train: Any, anatomy: Anatomy) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    with pytest.raises(CannotTrain):
        select(model, anatomy, Recipe(1, train=train))


def test_statistics_and_dropout_of_frozen_parts_stand_still() -> None:
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5)),
        nn.Sequential(nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2), nn.Dropout(0.5)),
    ).eval()
    selection = select(model, Anatomy(stacks=(), encoder=("0.",)), Recipe(1, train="frozen-encoder"))
    assert trainable_parameters(model, selection, 8) == 4 * 2 + 2 + 2 * 2
    with training_mode(model, selection):
        set_modes(model)
        before = [each.clone() for each in model.buffers()]
        model(torch.randn(2, 3, 5, 5))
        moved = [not torch.equal(one, other) for one, other in zip(before, model.buffers(), strict=True)]
    assert moved == [False] * 3 + [True] * 3
    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize("factor", [10.0, 1.0])
def test_encoder_and_head_have_rates_of_their_own(factor: float) -> None:
    subject = student()
    recipe = Recipe(1, rate=2e-5, head_factor=factor, weight_decay=0.3)
    selection = select(subject.model, subject.anatomy, recipe)
    slow, fast = _groups(Learner(subject, subject.anatomy, Lesson(), None), selection, recipe)
    assert (slow["lr"], fast["lr"]) == (2e-5, pytest.approx(2e-5 * factor))
    assert {slow["weight_decay"], fast["weight_decay"]} == {0.3}
    assert len(slow["params"]) == len(selection.encoder)
    assert len(fast["params"]) == len(selection.head)
