"""Accumulated gradients: the same weights as one large batch, one step for several passes, and less memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from benchbench.catalog.contracts import Subject
from benchbench.catalog.probes.train_memory import PROBE
from benchbench.catalog.steps import distil_logits, finetune
from benchbench.catalog.training.data import index_at
from benchbench.catalog.training.single_step import inputs_of, step_of
from benchbench.types import Condition
from tests.catalog.training import world
from tests.catalog.training.classes import Patterns, Sorting, classifier
from tests.catalog.training.world import Heard, differing, weights

SETTINGS: dict[str, Any] = {"steps": 6, "rate": 1e-3, "head_factor": 1.0, "augment": "none", "weight_decay": 0.0}


def trained(folder: Path, batch: int, accumulate: int, **changed: Any) -> tuple[dict[str, torch.Tensor], Any, Heard]:
    told, pupil = Heard(), classifier(kind=torch.float64)
    own = world.ground(folder, labelled=Patterns, tell=told)
    course = finetune.STEP.train(pupil, own, batch=batch, accumulate=accumulate, **SETTINGS | changed)
    return weights(pupil), course, told


@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_the_four_ways_to_64_images_give_the_same_weights(clip: float, tmp_path: Path) -> None:
    """In double precision, so that what is left is rounding; clipping and the mean loss see the sum of all parts."""
    whole, course, told = trained(tmp_path / "64", 64, 1, clip=clip)
    assert differing(whole, weights(classifier(kind=torch.float64)))
    for batch, parts in ((32, 2), (16, 4), (8, 8)):
        own, other, heard = trained(tmp_path / f"{batch}", batch, parts, clip=clip)
        for name, tensor in whole.items():
            torch.testing.assert_close(own[name], tensor, rtol=0, atol=1e-9, msg=name)
        assert (other.steps, other.images) == (course.steps, course.images) == (6, 384)
        assert [loss for _, loss, _ in other.curve] == pytest.approx([loss for _, loss, _ in course.curve], rel=1e-9)
        assert heard.done == told.done == list(range(1, 7))


def test_a_smaller_batch_is_another_training_at_whatever_rate(tmp_path: Path) -> None:
    """Splitting is free; a quarter of the images in a step is not, nor does a lower rate make up for it to the bit."""
    whole, _, _ = trained(tmp_path / "64", 64, 1)
    for folder, changed in (("same", {}), ("lower", {"rate": 2.5e-4}), ("longer", {"rate": 2.5e-4, "steps": 24})):
        own, _, _ = trained(tmp_path / folder, 4, 4, **changed)
        assert max(float((own[name] - tensor).abs().max()) for name, tensor in whole.items()) > 1e-4


@pytest.mark.parametrize("kind", ["soft", "hard"])
def test_a_teacher_s_answers_accumulate_likewise(kind: str, tmp_path: Path) -> None:
    found = []
    for batch, parts in ((16, 1), (4, 4)):
        pupil, teacher = classifier(kind=torch.float64), partial(classifier, seed=5, kind=torch.float64)
        own = world.ground(tmp_path / f"{batch}", labelled=Patterns, teacher=teacher)
        settings = {"teacher": "t", "kind": kind, "batch": batch, "accumulate": parts}
        distil_logits.STEP.train(pupil, own, **SETTINGS | settings)
        found.append(weights(pupil))
    for name, tensor in found[0].items():
        torch.testing.assert_close(found[1][name], tensor, rtol=0, atol=1e-9, msg=name)


def test_the_loss_that_is_told_is_the_mean_over_all_parts(tmp_path: Path) -> None:
    samples, subject = Patterns(), classifier(kind=torch.float64)
    chosen = [samples[index_at(0, len(samples), position)] for position in range(12)]
    family = Sorting(torch.float64)
    with torch.no_grad():
        images = torch.stack([family.prepare(sample.image) for sample in chosen])
        truth = torch.tensor([int(sample.target["label"]) for sample in chosen])
        loss = cross_entropy(subject.model(pixel_values=images).logits, truth)
    _, course, _ = trained(tmp_path, 3, 4, steps=1)
    assert course.curve[0][1] == pytest.approx(float(loss), rel=1e-9)


def accumulating(parts: int, batch: int) -> Subject:
    subject = classifier()
    settings = {"steps": 1, "accumulate": parts, "batch": batch}
    subject.surgery.append({"step": "finetune", "settings": settings, "course": None})  # type: ignore[dict-item]
    return subject


def test_a_measured_step_passes_as_often_as_it_accumulates() -> None:
    subject, passes = accumulating(3, 4), list[int]()
    subject.model.register_forward_pre_hook(lambda *_: passes.append(1))
    step_of(subject, subject.family.example(2, 16, 16, 0))()
    assert len(passes) == 3


def test_the_recipe_s_images_are_as_many_and_as_large() -> None:
    given = classifier().family.example(2, 16, 16, 0)
    assert inputs_of(accumulating(4, 6), given)["pixel_values"].shape == (6, 3, 16, 16)
    assert inputs_of(classifier(), given) is given


SCRIPT = """
import json, sys
import torch
from torch import nn
from benchbench.catalog.contracts import Subject
from benchbench.catalog.probes.train_memory import PROBE
from benchbench.types import Condition
from tests.catalog.training.classes import Sorting

class Broad(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 64, 1), nn.Sigmoid(), nn.Conv2d(64, 1, 1))

    def forward(self, pixel_values):
        return (self.layers(pixel_values),)

torch.set_num_threads(1)
batch, parts = map(int, sys.argv[1:])
subject = Subject(Broad(), Sorting())
settings = {"steps": 1, "batch": batch, "accumulate": parts}
subject.surgery.append({"step": "finetune", "settings": settings, "course": None})
given = Sorting().example(1, 64, 64, 0)
measurements, notes = PROBE.measure(subject, given, Condition(), images="recipe")
print(json.dumps([measurements[0].samples[0], notes]))
"""


def peak(batch: int, parts: int) -> tuple[float, list[str]]:
    assert PROBE.environment
    environment = {**os.environ, **PROBE.environment, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT, str(batch), str(parts)]
    found = json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    return float(found[0]), list(found[1])


@pytest.mark.slow
def test_split_in_four_a_step_holds_a_quarter_of_the_activations() -> None:
    """An activation of one image is 1 MiB: 48 of 64 are never there at once, in each of the two that a pass keeps."""
    (whole, _), (parts, notes), (quarter, _) = peak(64, 1), peak(16, 4), peak(16, 1)
    assert whole - parts > 80
    assert parts == pytest.approx(quarter, abs=6)
    assert "images: 4 × 16" in notes


def test_without_being_asked_it_takes_the_condition_s_images() -> None:
    subject = accumulating(2, 50)
    _, notes = PROBE.measure(subject, subject.family.example(3, 16, 16, 0), Condition())
    assert "images: 2 × 3" in notes
