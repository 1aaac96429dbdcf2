"""What does not fit a classifier is named with its remedy, and the others of its suite go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench import flow
from benchbench.catalog.contracts import Weights
from benchbench.catalog.datasets.glyphs import locate
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.onnx_export import OPSET
from benchbench.catalog.weight_files import HINT
from benchbench.errors import BadData
from benchbench.measure import Result, Work, measure
from benchbench.measure.foreign_outputs import HINT as ANSWERS
from benchbench.types import (
    Budget,
    Cohort,
    Condition,
    Failed,
    Json,
    Measured,
    ProbeUse,
    Scale,
    Trial,
    Use,
    Variant,
)

SIZES: dict[str, Json] = {"hidden": 24, "layers": 2, "heads": 3, "mlp": 40, "patch": 8, "image": 32, "classes": 20}
GLYPHS = Use("glyphs", {"seed": 1, "count": 4})
SCALE = Scale("tiny", "Tiny", "vit", "random", GLYPHS, architecture=SIZES, input={"side": 32}, timing=(32, 32))
BASE = Variant("base", "Base")
ODD = "tests.measure.foreign_models:Spectral"
MUTE = "tests.measure.foreign_models:Answering"


def measured(probe: ProbeUse, folder: Path, *others: Variant, scale: Scale = SCALE) -> dict[str, Measured | Failed]:
    """The reference first and last, so that others go on behind what fails."""
    variants = (BASE, *others, Variant("last", "Last"))
    cohort = Cohort(scale, probe, BASE, tuple(Trial(each, scale, probe) for each in variants))
    work = Work(folder / "journal", "run-1", Budget(0, 3, 0.9), 1, 20, 300.0, folder / "artifacts", None)
    events = measure(cohort, replace(work, allow_code=(ODD, MUTE)))
    return {event.trial.variant.name: event.outcome for event in events if isinstance(event, Result)}


def told(found: dict[str, Measured | Failed]) -> dict[str, str]:
    """What failed, by name; the first and the last must not have."""
    assert isinstance(found["base"], Measured), found["base"]
    assert isinstance(found["last"], Measured), found["last"]
    return {name: outcome.error for name, outcome in found.items() if isinstance(outcome, Failed)}


def lacking(folder: Path, array: str) -> str:
    """The file of a model of these sizes, without one of its arrays."""
    model = FAMILIES["vit"].build(Weights("random", "random"), seed=0, **SIZES)
    whole = folder / "whole.npz"
    FAMILIES["vit"].write_original(model, whole)
    with np.load(whole, allow_pickle=False) as file:
        arrays: Any = {name: file[name] for name in file.files if name != array}
    np.savez(folder / "lacking.npz", **arrays)
    return str(folder / "lacking.npz")


@pytest.mark.integration
def test_classes_files_and_steps_that_do_not_fit_fail_alone(tmp_path: Path) -> None:
    array = "Transformer/encoderblock_1/LayerNorm_2/scale"
    path = lacking(tmp_path, array)
    found = measured(
        ProbeUse("top1", {}, Condition(batch=2, threads=1)),
        tmp_path,
        Variant("thousand", "Of a thousand classes", architecture={"classes": 1000}),
        Variant("lacking", "Without an array", checkpoints={"tiny": path}),
        Variant("static", "Static", (Use("quantise", {"scheme": "static", "backend": "torch"}),)),
        Variant("decoder", "No such stack", (Use("quantise", {"stacks": ["decoder"]}),)),
    )
    assert told(found) == {
        "thousand": "image 1: the dataset has 20 classes, the model tells 1,000 apart\n  hint: checkpoint and dataset "
        "number their classes differently: name a checkpoint with this dataset's classes",
        "lacking": f"{path} does not fit: 1 missing: {array}\n  hint: {HINT}",
        "static": "quantise: 'static' is not made with backend 'torch'\n  hint: backend: onnxruntime",
        "decoder": "quantise: no stack 'decoder'\n  hint: did you mean 'encoder'?",
    }


@pytest.mark.integration
def test_an_operator_that_cannot_be_exported_fails_alone(tmp_path: Path) -> None:
    condition = Condition(batch=2, threads=1, runtime="onnxruntime")
    found = measured(ProbeUse("top1", {}, condition), tmp_path, Variant("odd", "Odd", external=ODD))
    assert told(found) == {
        "odd": f"the operator aten::linalg_eigvalsh cannot be exported to ONNX (opset {OPSET})\n"
        "  hint: measure it in another runtime: `runtime: eager` or `runtime: compiled`"
    }


@pytest.mark.integration
@pytest.mark.parametrize("probe", ["peak-memory", "drift", "latency", "top1"])
def test_a_model_without_an_answer_fails_alone(probe: str, tmp_path: Path) -> None:
    """In every kind of probe, and said before a number is made of it."""
    use = ProbeUse(probe, {}, Condition(batch=2, threads=1))
    found = measured(use, tmp_path, Variant("mute", "Mute", external=MUTE))
    assert told(found) == {
        "mute": f"the external model '{MUTE}' gives None for 2 images, where one of the family 'vit' (classification) "
        f"gives logits (batch, classes)\n  hint: {ANSWERS}"
    }


@pytest.mark.integration
def test_images_alone_are_not_scored_with_lit(tmp_path: Path) -> None:
    sizes = {"image": 32, "hidden": 24, "layers": 1, "heads": 3, "mlp": 40, "text-hidden": 16, "text-layers": 1}
    sizes |= {"text-heads": 2, "text-mlp": 28, "vocabulary": 120, "positions": 20, "projection": 10}
    scale = replace(SCALE, family="lit", architecture=sizes)
    found = measured(ProbeUse("top1", {}, Condition(batch=2, threads=1)), tmp_path, scale=scale)
    for outcome in found.values():
        assert isinstance(outcome, Failed)
        assert outcome.error.startswith("LiT tells classes apart by texts about them")
        assert "benchbench score top1" in outcome.error


def test_other_classes_are_not_learnt_from() -> None:
    """Training and calibration take their targets so."""
    family, samples = FAMILIES["vit"], locate(seed=1, count=2).open()
    model = family.build(Weights("random", "random"), seed=0, **{**SIZES, "classes": 21_843})
    with pytest.raises(BadData, match="the dataset has 20 classes, the model tells 21,843 apart"):
        family.targets([samples[0], samples[1]], model)


SUITE = """
suite: folders
title: Two datasets
family: vit
reference: base
budget: {seconds: 1, min-rounds: 3, half-width: 0.5}
document: {title: A document}
scales:
  letters:
    title: letters
    checkpoint: random
    architecture: {hidden: 24, layers: 2, heads: 3, mlp: 40, patch: 8, image: 32, classes: 20}
    dataset: {glyphs: {seed: 1, count: 4}}
    input: {side: 32}
    timing: [32, 32]
  animals:
    title: animals
    checkpoint: random
    architecture: {hidden: 24, layers: 2, heads: 3, mlp: 40, patch: 8, image: 32}
    dataset: {imagenet: {split: val}}
    input: {side: 32}
    timing: [32, 32]
variants:
  base: {title: a tiny ViT}
probes:
  - size
  - top1: {condition: {batch: 2}}
claims: {}
"""


def test_a_folder_of_unknown_classes_fails_what_is_scored_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan already tells; sizes and the other dataset are measured all the same."""
    for name in ("n01440764", "tench", "cat"):
        (tmp_path / "val" / name).mkdir(parents=True)
        (tmp_path / "val" / name / "1.JPEG").write_bytes(b"\xff\xd8\xff")
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    (tmp_path / "folders.yaml").write_text(SUITE, encoding="utf-8")
    laid = flow.plan(flow.Request(str(tmp_path / "folders.yaml"), records=tmp_path / "records"))
    failed = {
        (entry.trial.probe.name, entry.trial.scale.name): entry.outcome.error
        for entry in laid.entries
        if isinstance(entry.outcome, Failed)
    }
    assert failed == {
        ("top1", "animals"): f"BadData: {tmp_path / 'val' / 'cat'} (2 such folders): 'cat' is no class of ILSVRC2012\n"
        "  hint: its classes are called n01440764 to n15075141"
    }
    assert {(each.probe.name, each.scale.name) for each in laid.cohorts} == {
        *(("size", "letters"), ("size", "animals"), ("top1", "letters")),
    }
