"""Cut models written and opened again without the checkpoint they were cut from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchbench.catalog.contracts import Family, Subject, Weights
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.steps import STEPS
from benchbench.errors import BadCheckpoint
from benchbench.measure import reopened
from benchbench.measure.deployed import BASE

CASES = {
    "detr": (96, {"count": 4, "score": "l1"}),
    "depth-anything": (98, {"count": 1, "score": "l1"}),
    "dinov2": (98, {"count": 1, "score": "l1"}),
}


def cut(name: str, checkpoint: str = "stand-in") -> tuple[Subject, Weights]:
    family: Family = FAMILIES[name]
    weights = family.locate(checkpoint)
    assert isinstance(weights, Weights)
    subject = Subject(family.build(weights, seed=0), family)
    STEPS["prune-heads"].declared(subject, **CASES[name][1])
    return subject, weights


@pytest.mark.parametrize("name", CASES)
def test_it_computes_the_same_to_the_last_bit(name: str, tmp_path: Path) -> None:
    subject, weights = cut(name)
    reopened.write(subject, tmp_path, weights, {})
    again = reopened.read(tmp_path, FAMILIES[name], STEPS)
    inputs = FAMILIES[name].example(1, CASES[name][0], CASES[name][0], 1)
    with torch.inference_mode():
        wanted, found = subject.compute(**inputs), again.compute(**inputs)
    names = [each for each in ("logits", "pred_boxes", "predicted_depth") if hasattr(wanted, each)]
    assert names
    assert all(torch.equal(getattr(found, each), getattr(wanted, each)) for each in names)
    assert again.surgery == subject.surgery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    subject, weights = cut("detr")
    reopened.write(subject, tmp_path, weights, {})
    return tmp_path


def damaged(folder: Path, **changes: Any) -> None:
    base = json.loads((folder / BASE).read_text(encoding="utf-8"))
    (folder / BASE).write_text(json.dumps({**base, **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"tensors": {"a": [-1]}}, "'tensors' must name a shape for each"),
        ({"tensors": {"a": [10**7, 10**7]}}, "too many for this machine"),
        ({"tensors": {"a": [2]}}, "does not fit"),
        ({"config": {"model_type": "bert"}}, "is not the config of a DETR"),
        ({"config": None}, "does not fit the model that its surgery leaves|entry 0"),
    ],
)
def test_a_base_that_is_refused(folder: Path, changes: dict[str, Any], complaint: str) -> None:
    damaged(folder, **changes)
    with pytest.raises(BadCheckpoint, match=complaint):
        reopened.read(folder, FAMILIES["detr"], STEPS)


def test_what_is_damaged_or_missing_is_named(folder: Path) -> None:
    (folder / BASE).write_text("[]", encoding="utf-8")
    with pytest.raises(BadCheckpoint, match=r"base\.json: no object"):
        reopened.read(folder, FAMILIES["detr"], STEPS)
    (folder / BASE).unlink()
    with pytest.raises(BadCheckpoint, match=r"base\.json"):
        reopened.read(folder, FAMILIES["detr"], STEPS)


def test_random_weights_need_no_base(tmp_path: Path) -> None:
    family = FAMILIES["detr"]
    sizes: dict[str, Any] = {"d_model": 32, "heads": 4, "encoder_layers": 1, "decoder_layers": 1, "ffn": 16}
    sizes |= {"queries": 5, "stem": 8, "widths": [8, 16], "depths": [1, 1], "num_labels": 3}
    weights = Weights("random", "random, seed 0")
    subject = Subject(family.build(weights, seed=0, **sizes), family)
    STEPS["prune-heads"].declared(subject, count=2, score="l1")
    reopened.write(subject, tmp_path, weights, sizes)
    again = reopened.read(tmp_path, family, STEPS)
    inputs = family.example(1, 64, 64, 1)
    with torch.inference_mode():
        assert torch.equal(again.compute(**inputs).logits, subject.compute(**inputs).logits)
