"""Int8 layers in a cut model of every family: its weights, its outputs, its file, its counts, its refusals."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchbench.catalog.contracts import Labelled, Subject, Weights
from benchbench.catalog.counting import count
from benchbench.catalog.model_outputs import output_of
from benchbench.catalog.probes.flops import PROBE as FLOPS
from benchbench.catalog.probes.size import PROBE as SIZE
from benchbench.catalog.probes.structure import PROBE as STRUCTURE
from benchbench.catalog.quantisation.linear import Int8Linear
from benchbench.catalog.steps import STEPS
from benchbench.catalog.steps.quantise import STEP
from benchbench.catalog.surgery.store import load, save
from benchbench.errors import BadCheckpoint, CannotCut, CannotRun
from benchbench.types import Condition
from tests import lively_vit
from tests.cut_models import CASES, Case

TORCH = ["dynamic", "weight-only"]
FAMILIES = ["detr", "depth-anything", "dinov2", "vit", "deit"]


def outputs(case: Case) -> dict[str, Tensor]:
    with torch.inference_mode():
        found = case.subject.compute(**case.inputs)
    return {name: output_of(found, name) for name in case.parts}


def numbers(subject: Subject, probe: Any, inputs: Any) -> dict[str, float]:
    measurements, _ = probe.measure(subject, inputs, Condition(batch=2))
    return {each.metric: each.samples[0] for each in measurements}


def linears(model: nn.Module) -> dict[str, nn.Linear]:
    return {name: each for name, each in model.named_modules() if isinstance(each, nn.Linear)}


def inside(case: Case) -> set[int]:
    stacks = case.subject.anatomy.stacks
    return {id(each) for stack in stacks for layer in stack.layers for each in layer.module.modules()}


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_in_the_layers_are_those_of_numpy_and_all_others_stay(family: str) -> None:
    case = CASES[family]()
    before, within = copy.deepcopy(case.subject.model.state_dict()), inside(case)
    chosen = {name for name, each in linears(case.subject.model).items() if id(each) in within}
    assert chosen
    STEP.apply(case.subject)
    found = case.subject.model.state_dict()
    for name in chosen:
        weight = before.pop(f"{name}.weight").numpy()
        scale = np.abs(weight).max(axis=1, keepdims=True) / np.float32(127)
        np.testing.assert_array_equal(found.pop(f"{name}.scale").numpy(), scale)
        np.testing.assert_array_equal(found.pop(f"{name}.weight").numpy(), np.rint(weight / scale).astype(np.int8))
    assert before.keys() == found.keys()
    assert all(torch.equal(before[name], found[name]) for name in before)
    assert set(case.subject.surgery[-1]["layers"]) == chosen  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", TORCH)
@pytest.mark.parametrize("family", FAMILIES)
def test_outputs_stay_close_and_are_the_same_each_time(family: str, scheme: str) -> None:
    """Cosine similarity by torchmetrics; 0.99 leaves room for tiny models whose heads amplify."""
    from torchmetrics.functional import pairwise_cosine_similarity

    case, other = CASES[family](), CASES[family]()
    original = outputs(case)
    for each in (case, other):
        STEP.apply(each.subject, scheme=scheme)
    found, again = outputs(case), outputs(other)
    for name, expected in original.items():
        similar = pairwise_cosine_similarity(found[name].reshape(1, -1), expected.reshape(1, -1))
        assert float(similar) > 0.99
        assert not torch.equal(found[name], expected)
        assert torch.equal(found[name], again[name])


@pytest.mark.parametrize("scheme", TORCH)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_file_is_smaller_and_the_counts_are_the_parents(family: str, scheme: str) -> None:
    case = CASES[family]()
    size, counted = numbers(case.subject, SIZE, case.inputs), count(case.subject, case.inputs)
    shapes, held = numbers(case.subject, STRUCTURE, case.inputs), _bytes(case.subject.model)
    within = inside(case)
    codes = sum(each.weight.numel() for each in linears(case.subject.model).values() if id(each) in within)
    scales = sum(each.out_features for each in linears(case.subject.model).values() if id(each) in within)
    STEP.apply(case.subject, scheme=scheme)
    after, recounted = numbers(case.subject, SIZE, case.inputs), count(case.subject, case.inputs)
    assert after["params"] == size["params"]
    assert after["params_nonzero"] <= size["params_nonzero"]
    assert held - _bytes(case.subject.model) == 3 * codes - 4 * scales
    assert math.isclose(size["file_mib"] - after["file_mib"], (3 * codes - 4 * scales) / 2**20, abs_tol=0.05)
    assert (counted.formula, counted.counter, counted.layers) == (
        recounted.formula,
        recounted.counter,
        recounted.layers,
    )
    assert numbers(case.subject, FLOPS, case.inputs)["macs"] == counted.formula
    assert numbers(case.subject, STRUCTURE, case.inputs) == shapes
    assert "multiply-adds are those of the float model" in str(case.subject.surgery[-1]["note"])


def _bytes(model: nn.Module) -> int:
    return sum(each.nbytes for each in [*model.parameters(), *model.buffers()])


@pytest.mark.parametrize("scheme", TORCH)
def test_a_saved_int8_model_comes_back_with_the_same_outputs(scheme: str, tmp_path: Path) -> None:
    subject = lively_vit.subject()
    steps: Mapping[str, Any] = {name: STEPS[name] for name in ("prune-heads", "quantise")}
    steps["prune-heads"].apply(subject, keep=0.5)
    STEP.apply(subject, scheme=scheme)
    weights = Weights("random", "random")
    save(subject, tmp_path, weights, lively_vit.SIZES)
    again = load(subject.family, tmp_path, steps)
    cases = [Case(each, lively_vit.inputs(), ("logits",)) for each in (subject, again)]
    one, other = map(outputs, cases)
    assert torch.equal(one["logits"], other["logits"])
    assert again.surgery == subject.surgery


def test_named_stacks_alone_are_quantised() -> None:
    case = CASES["detr"]()
    STEP.apply(case.subject, stacks=["decoder"])
    int8 = [name for name, each in linears(case.subject.model).items() if isinstance(each, Int8Linear)]
    assert int8
    assert all(".decoder." in name for name in int8)


def test_a_model_for_onnxruntime_stays_as_it_is() -> None:
    case = CASES["vit"]()
    before = copy.deepcopy(case.subject.model.state_dict())
    STEP.apply(case.subject, backend="onnxruntime")
    assert all(torch.equal(each, before[name]) for name, each in case.subject.model.state_dict().items())
    assert case.subject.surgery[-1]["backend"] == "onnxruntime"


def test_ranges_without_calibration_data_are_for_costs_only() -> None:
    bare, calibrated = lively_vit.subject(), lively_vit.subject(calibrated=True)
    for each in (bare, calibrated):
        STEP.apply(each, scheme="static", backend="onnxruntime")
    assert str(bare.surgery[-1]["note"]).startswith("cost only: ")
    assert not str(calibrated.surgery[-1]["note"]).startswith("cost only")
    assert STEP.chooses(scheme="static", backend="onnxruntime")
    assert not STEP.chooses(scheme="dynamic")


def test_each_kind_says_where_it_runs() -> None:
    assert STEP.runtimes() == ("eager",)
    assert STEP.runtimes(scheme="weight-only") == ("eager", "compiled")
    assert STEP.runtimes(backend="onnxruntime") == ("onnxruntime",)
    assert STEP.closes
    assert not STEP.reducing


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scheme": "static"}, "'static' is not made with backend 'torch'\n.*backend: onnxruntime"),
        ({"scheme": "weight-only", "backend": "onnxruntime"}, "is not made with backend 'onnxruntime'"),
        ({"stacks": ["encodre"]}, "no stack 'encodre'\n.*'encoder'"),
        ({"stacks": []}, "no linear layer to quantise"),
        ({"samples": 0}, "0 samples"),
    ],
)
def test_what_cannot_be_quantised_so_is_refused_and_left_alone(settings: dict[str, Any], words: str) -> None:
    subject = lively_vit.subject()
    before = copy.deepcopy(subject.model.state_dict())
    with pytest.raises(CannotCut, match=words):
        STEP.apply(subject, **settings)
    assert not subject.surgery
    assert subject.model.state_dict().keys() == before.keys()


def test_a_layer_that_computes_otherwise_is_named() -> None:
    class Rounded(nn.Linear):
        pass

    subject = lively_vit.subject()
    feed_forward = subject.anatomy.stacks[0].layers[1].feed_forward
    feed_forward.first.__class__ = Rounded
    with pytest.raises(CannotCut, match=r"1\.mlp\S* is a Rounded"):
        STEP.apply(subject)


def test_weights_that_are_not_finite_are_named() -> None:
    subject = lively_vit.subject()
    with torch.no_grad():
        subject.anatomy.stacks[0].layers[2].attentions[0].query.weight[0, 0] = math.inf
    with pytest.raises(CannotCut, match=r"weights of \S*2\S* are not all finite"):
        STEP.apply(subject)


def test_nothing_is_quantised_twice() -> None:
    subject = lively_vit.subject()
    STEP.apply(subject, backend="onnxruntime")
    with pytest.raises(CannotCut, match="quantised already"):
        STEP.apply(subject)


def test_products_that_saturate_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchbench.catalog.quantisation.linear.exact_products", lambda: False)
    with pytest.raises(CannotCut, match="saturates"):
        STEP.apply(lively_vit.subject())
    STEP.apply(lively_vit.subject(), scheme="weight-only")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 99}, "not of 'quantise' version"),
        ({"layers": {"vit.nowhere": ""}}, "disagree on the layers"),
        ({"settings": {"scheme": "int4"}}, "scheme|int4"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    subject = lively_vit.subject()
    STEP.apply(subject)
    with pytest.raises(BadCheckpoint, match=words):
        STEP.reapply(lively_vit.subject(), subject.surgery[-1] | change)


def test_half_precision_is_refused_for_the_whole_model() -> None:
    subject = lively_vit.subject()
    STEP.apply(subject)
    with pytest.raises(CannotRun, match="not float16"):
        subject.model.to("cpu", torch.float16)


def test_calibration_is_not_read_by_the_step_itself() -> None:
    def fail() -> list[Labelled]:
        raise AssertionError("ranges are found where the file is made")

    subject = lively_vit.subject()
    subject.calibrate = fail
    STEP.apply(subject, scheme="static", backend="onnxruntime")
    assert subject.surgery
