"""Half precision as a condition: weights and inputs are cast, predictions are float32 and close, files are half.

bfloat16 on the processor, for real; the same code runs on a GPU.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.families.depth_anything import FAMILY
from benchbench.catalog.formulas.rows import Arrays
from benchbench.catalog.probes.flops import PROBE as FLOPS
from benchbench.catalog.probes.latency import PROBE as LATENCY
from benchbench.catalog.probes.size import PROBE as SIZE
from benchbench.measure.meters import Meters
from benchbench.measure.placing import finish, inputs_for, placed
from benchbench.types import Condition, Scale, Use
from tests import lively_depth, lively_detr, lively_vit

HALVES = ("bfloat16", "float16")
FAMILIES: dict[str, tuple[Callable[[], Subject], Callable[[], Inputs]]] = {
    "detr": (lively_detr.subject, lively_detr.inputs),
    "detr with backbone": (lambda: lively_detr.subject("resnet-18"), lively_detr.inputs),
    "depth": (lambda: replace(lively_depth.subject(), family=FAMILY), lively_depth.inputs),
    "vit": (lively_vit.subject, lively_vit.inputs),
}
CLOSE = 0.1
"""Of the largest value: bfloat16 keeps 8 bits, and layers add up what they round."""


def cast(name: str, dtype: str) -> Subject:
    subject = FAMILIES[name][0]()
    subject.model = copy.deepcopy(subject.model)
    finish(subject.model, Condition(dtype=dtype))
    return subject


def predicted(name: str, dtype: str) -> list[Arrays]:
    subject, inputs = cast(name, dtype), FAMILIES[name][1]()
    with torch.inference_mode():
        outputs = subject.compute(**placed(inputs, Condition(dtype=dtype)))
    count = len(next(iter(inputs.values())))
    return subject.family.predict(subject.model, outputs, [(40, 56)] * count)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", FAMILIES)
def test_predictions_are_float32_finite_and_close(name: str, dtype: str) -> None:
    whole, half = predicted(name, "float32"), predicted(name, dtype)
    floats = 0
    for one, other in zip(whole, half, strict=True):
        assert {key: each.dtype for key, each in one.items()} == {key: each.dtype for key, each in other.items()}
        for key, expected in one.items():
            if expected.dtype != np.float32:
                continue
            floats += 1
            found = other[key]
            assert np.isfinite(found).all()
            assert np.abs(found - expected).max() <= CLOSE * np.abs(expected).max()
            assert (found != expected).any(), "half precision must show, else nothing was cast"
    assert floats


@pytest.mark.parametrize("name", FAMILIES)
def test_every_weight_and_input_is_cast_and_integers_are_not(name: str) -> None:
    subject, inputs = cast(name, "bfloat16"), FAMILIES[name][1]()
    floating = [each for each in subject.model.state_dict().values() if each.is_floating_point()]
    assert {each.dtype for each in floating} == {torch.bfloat16}
    moved = placed(inputs, Condition(dtype="bfloat16"))
    for key, each in inputs.items():
        assert moved[key].dtype == (torch.bfloat16 if each.is_floating_point() else each.dtype)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", FAMILIES)
def test_counts_are_the_same_and_files_are_half(name: str, dtype: str) -> None:
    def told(dtype: str) -> dict[str, float]:
        subject, inputs = cast(name, dtype), placed(FAMILIES[name][1](), Condition(dtype=dtype))
        found = [*SIZE.measure(subject, inputs, Condition())[0], *FLOPS.measure(subject, inputs, Condition())[0]]
        return {each.metric: each.samples[0] for each in found}

    whole, half = told("float32"), told(dtype)
    file = half.pop("file_mib") / whole.pop("file_mib")
    nonzero = half.pop("params_nonzero") / whole.pop("params_nonzero")
    assert half == whole
    assert 0.5 <= file < 0.6, "beside the weights there are the names"
    assert 0.99 < nonzero <= 1.0, "a weight that is too small for float16 becomes zero"


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_timed_call_takes_half_inputs(name: str, dtype: str) -> None:
    subject = cast(name, dtype)
    size = tuple(FAMILIES[name][1]()["pixel_values"].shape[-2:])
    scale = Scale("s", "S", "f", "random", Use("none"), timing=(size[0], size[1]))
    condition = Condition(dtype=dtype, batch=2)
    inputs = inputs_for(subject.family, scale, condition, 0)
    assert inputs["pixel_values"].dtype == getattr(torch, dtype)
    call = LATENCY.prepare(subject, inputs, condition)
    assert Meters().time(call).wall_s > 0
