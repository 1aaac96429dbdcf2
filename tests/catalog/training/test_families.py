"""The families' own losses in the loop: each kind of model learns from labels and from a teacher."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench.catalog.contracts import Family, Sample, Samples, Subject, Weights
from benchbench.catalog.families.depth_anything import FAMILY as DEPTH_ANYTHING
from benchbench.catalog.families.detr import FAMILY as DETR
from benchbench.catalog.families.dinov2 import FAMILY as DINOV2
from benchbench.catalog.families.vit import FAMILY as VIT
from benchbench.catalog.formulas import glyphs_drawing
from benchbench.catalog.formulas.shapes_drawing import draw
from benchbench.catalog.steps.distil import STEP
from tests.catalog.probes.conftest import SMALL
from tests.catalog.training.world import Rooms, differing, ground, weights

FAST: dict[str, Any] = {"teacher": "t", "steps": 16, "batch": 4, "rate": 1e-3, "head_factor": 1.0, "augment": "strong"}
TINY: dict[str, Any] = {"width": 24, "layers": 4, "heads": 2, "image": 42}
NECK: dict[str, Any] = {"taps": [0, 1, 2, 3], "neck": [4, 6, 8, 8], "fusion": 8, "head_hidden": 8}
SMALL_VIT: dict[str, Any] = {"hidden": 24, "layers": 2, "heads": 2, "mlp": 48, "patch": 8, "image": 32, "classes": 20}
CASES: dict[str, tuple[Family, dict[str, Any], dict[str, Any]]] = {
    "relative": (DEPTH_ANYTHING, TINY | NECK, {"shorter": 42}),
    "metric": (DEPTH_ANYTHING, TINY | NECK | {"head": "metric", "max_depth": 20.0}, {"shorter": 42}),
    "dpt": (DINOV2, TINY | NECK, {"shorter": 42}),
    "linear": (DINOV2, TINY | {"head": "linear"}, {"shorter": 42}),
    "detr": (DETR, SMALL, {"shorter": 64, "longer": 96}),
    "vit": (VIT, SMALL_VIT, {"side": 32}),
    "deit": (VIT, SMALL_VIT | {"distilled": True}, {"side": 32}),
}


class Shapes:
    """Eight pictures with boxes, of which some hold nothing."""

    fingerprint = "eight shapes"

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Sample:
        return shape(index)


class Letters(Shapes):
    """Eight pictures with the letter that each shows."""

    fingerprint = "eight letters"

    def __getitem__(self, index: int) -> Sample:
        glyph = glyphs_drawing.draw(4, index)
        return Sample(index, glyph.image, {"label": np.asarray(glyph.label, np.int64)})


@cache
def shape(index: int) -> Sample:
    picture = draw(4, index)
    keep = slice(0, 0 if index == 3 else None)
    boxes, categories = picture.boxes[keep], picture.categories[keep] % 5 + 1
    return Sample(index, picture.image, {"boxes": boxes, "categories": categories})


@pytest.mark.parametrize("case", CASES)
def test_it_learns_from_labels_and_a_teacher_and_resumes(case: str, tmp_path: Path) -> None:
    family, settings, given = CASES[case]
    data: Callable[[], Samples] = {"detr": Shapes, "vit": Letters}.get(family.name, Rooms)

    def subject(seed: int) -> Subject:
        return Subject(family.build(Weights("random", "random"), seed=seed, **settings), family, seed)

    def own(folder: str) -> Any:
        return ground(tmp_path / folder, labelled=data, teacher=lambda: subject(1), given=given)

    student = subject(0)
    before = weights(student)
    course = STEP.train(student, own("a"), feature=1.0, **FAST)
    losses = [loss for _, loss, _ in course.curve]
    assert sum(losses[-4:]) < 0.95 * sum(losses[:4])
    assert differing(before, weights(student))
    frozen = subject(0)
    STEP.train(frozen, own("b"), truth=0.0, **FAST | {"steps": 2, "train": "frozen-encoder", "precision": "bf16"})
    changed = differing(before, weights(frozen))
    assert changed
    assert not [name for name in changed if name.startswith(frozen.anatomy.encoder)]
