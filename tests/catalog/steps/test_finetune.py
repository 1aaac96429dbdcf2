"""What is trained changes and learns; what is frozen does not change by a bit."""

import sys
from dataclasses import asdict
from inspect import Parameter
from pathlib import Path
from typing import Any

import pytest
import torch

from benchbench.catalog.contracts import Course
from benchbench.catalog.shelf import settings_of
from benchbench.catalog.steps.finetune import STEP
from benchbench.catalog.training.recipe import Recipe
from benchbench.errors import BadData, CannotTrain
from tests.catalog.training.world import Heard, Rooms, differing, ground, missing, student, weights

FAST: dict[str, Any] = {"batch": 4, "rate": 1e-3, "head_factor": 2.0, "weight_decay": 0.0}


def test_the_settings_are_the_recipe_s_with_its_defaults() -> None:
    found = {name: each.default for name, each in settings_of(STEP.declared).items()}
    assert found.pop("steps") is Parameter.empty
    assert found | {"steps": 7} == asdict(Recipe(7))


def test_the_loss_falls(tmp_path: Path) -> None:
    course = STEP.train(student(), ground(tmp_path), steps=60, **FAST)
    losses = [loss for _, loss, _ in course.curve]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


@pytest.mark.parametrize(
    ("train", "moving", "still"),
    [
        ("full", ("backbone.", "neck.", "head."), ()),
        ("frozen-encoder", ("neck.", "head."), ("backbone.",)),
        ("head-only", ("head.",), ("backbone.", "neck.")),
        (
            "last-k",
            ("backbone.encoder.layer.2.", "backbone.encoder.layer.3.", "neck.", "head."),
            ("backbone.embeddings.", "backbone.encoder.layer.0.", "backbone.encoder.layer.1.", "backbone.layernorm."),
        ),
    ],
)
def test_only_what_the_strategy_says_changes(
    train: str, moving: tuple[str, ...], still: tuple[str, ...], tmp_path: Path
) -> None:
    subject = student()
    before = weights(subject)
    STEP.train(subject, ground(tmp_path), steps=3, train=train, last=2, **FAST)
    changed = differing(before, weights(subject))
    assert all(any(name.startswith(prefix) for name in changed) for prefix in moving)
    assert not [name for name in changed if name.startswith(still)]


def test_adapters_change_query_and_value_and_leave_names_and_shapes(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    subject = student()
    before = weights(subject)
    modules = [name for name, _ in subject.model.named_modules()]
    course = STEP.train(subject, ground(tmp_path), steps=4, train="lora", rank=2, **FAST)
    after = weights(subject)
    assert {name: tensor.shape for name, tensor in after.items()} == {name: each.shape for name, each in before.items()}
    assert [name for name, _ in subject.model.named_modules()] == modules
    inside = [name for name in differing(before, after) if name.startswith("backbone.")]
    layer = "backbone.encoder.layer.{}.attention.{}_proj.weight"
    assert sorted(inside) == sorted(layer.format(index, letter) for index in range(4) for letter in "qv")
    assert course.updates["encoder.0"] > 0
    outside = sum(tensor.numel() for name, tensor in before.items() if not name.startswith("backbone."))
    assert course.trainable_parameters == outside + 4 * 2 * 2 * (16 + 16)


def test_lora_without_peft_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(CannotTrain, match=r"benchbench\[lora\]"):
        STEP.train(student(), ground(tmp_path), steps=1, train="lora", **FAST)


def test_two_batches_of_four_are_one_of_eight(tmp_path: Path) -> None:
    parts, whole = student(), student()
    settings: dict[str, Any] = {"steps": 4, "rate": 1e-4, "augment": "flip"}
    STEP.train(parts, ground(tmp_path / "parts"), batch=4, accumulate=2, **settings)
    STEP.train(whole, ground(tmp_path / "whole"), batch=8, **settings)
    start = weights(student())
    for name, tensor in weights(whole).items():
        if not name.endswith("k_proj.bias"):  # its true gradient is 0, and AdamW makes steps of the rounding error
            torch.testing.assert_close(weights(parts)[name], tensor, rtol=0, atol=2e-6, msg=name)
    assert differing(start, weights(whole))


def test_the_course_tells_what_it_took(tmp_path: Path) -> None:
    told = Heard()
    subject = student()
    tell = ground(tmp_path, tell=told)
    course = STEP.train(
        subject, tell, steps=120, train="head-only", accumulate=2, schedule="constant", **FAST | {"batch": 2}
    )
    assert isinstance(course, Course)
    assert (course.steps, course.images) == (120, 480)
    assert course.seconds > 0
    assert 0 <= course.peak_memory_mib < 4096
    head = sum(tensor.numel() for name, tensor in weights(subject).items() if name.startswith("head."))
    assert course.trainable_parameters == head
    assert [step for step, _, _ in course.curve] == list(range(3, 121, 3))
    assert {rate for _, _, rate in course.curve} == {2e-3}
    assert list(course.updates) == ["encoder", "encoder.0", "encoder.1", "encoder.2", "encoder.3", "head"]
    assert [place for place, change in course.updates.items() if change] == ["head"]
    assert told.done == list(range(1, 121))


def test_updates_are_norms_of_the_change(tmp_path: Path) -> None:
    subject = student()
    before = weights(subject)
    course = STEP.train(subject, ground(tmp_path), steps=3, **FAST)
    after = weights(subject)
    names = [name for name in after if name.startswith("backbone.encoder.layer.1.")]
    moved = torch.cat([(after[name] - before[name]).double().flatten() for name in names]).norm()
    began = torch.cat([before[name].double().flatten() for name in names]).norm()
    assert course.updates["encoder.1"] == pytest.approx(float(moved / began), rel=1e-6)


def test_afterwards_the_model_is_as_a_model_is(tmp_path: Path) -> None:
    subject = student()
    subject.model.get_parameter("head.conv1.bias").requires_grad_(False)
    before = weights(subject)
    random = torch.get_rng_state()
    STEP.train(subject, ground(tmp_path), steps=2, **FAST)
    assert not subject.model.training
    assert [n for n, each in subject.model.named_parameters() if not each.requires_grad] == ["head.conv1.bias"]
    assert all(each.grad is None for each in subject.model.parameters())
    assert torch.equal(before["head.conv1.bias"], subject.model.get_parameter("head.conv1.bias"))
    assert torch.equal(random, torch.get_rng_state())


def test_bf16_trains_float32_weights_and_then_float32_is_free_again(tmp_path: Path) -> None:
    half, whole, again = student(), student(), student()
    STEP.train(whole, ground(tmp_path / "whole"), steps=3, **FAST)
    STEP.train(half, ground(tmp_path / "half"), steps=3, precision="bf16", **FAST)
    STEP.train(again, ground(tmp_path / "again"), steps=3, **FAST)
    assert {tensor.dtype for tensor in weights(half).values()} == {torch.float32}
    assert differing(weights(half), weights(whole))
    assert not differing(weights(again), weights(whole))


def test_another_seed_is_another_training(tmp_path: Path) -> None:
    one, other = student(), student()
    other.seed = 1
    STEP.train(one, ground(tmp_path), steps=2, **FAST)
    STEP.train(other, ground(tmp_path), steps=2, **FAST)
    assert differing(weights(one), weights(other))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "steps: 0"),
        ({"steps": 2, "batch": 0}, "batch: 0"),
        ({"steps": 2, "rate": 0.0}, "rate"),
        ({"steps": 2, "clip": -1.0}, "clip"),
        ({"steps": 2, "warm_up": 3}, "warm_up: 3 of 2"),
        ({"steps": 2, "train": "last-k", "last": 5}, "last: 5 layers, but 'encoder' has 4"),
        ({"steps": 2, "precision": "fp16"}, "precision: 'fp16' cannot be had on 'cpu'"),
        ({"steps": 2, "rate": 1e30}, r"(loss|gradient) of step 2 of 2 is (nan|inf)"),
    ],
)
def test_what_cannot_be_trained_is_refused(wrong: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(CannotTrain, match=words):
        STEP.train(student(), ground(tmp_path), **FAST | wrong)


def test_no_data_and_none_declared(tmp_path: Path) -> None:
    with pytest.raises(CannotTrain, match="not one sample"):
        STEP.train(student(), ground(tmp_path, labelled=lambda: Rooms(0)), steps=1)
    with pytest.raises(BadData, match="not declared"):
        STEP.train(student(), ground(tmp_path, labelled=missing), steps=1)
