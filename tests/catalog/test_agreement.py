"""How far outputs lie apart, and that a runtime which computes something else never comes to be timed."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from benchbench.catalog.agreement import Agreeing, Call, allowed, deviation
from benchbench.catalog.contracts import Inputs
from benchbench.errors import CannotRun

VALUES = st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=8)


class Boxes(nn.Module):
    def forward(self, pixel_values: Tensor) -> Any:
        means = pixel_values.mean((2, 3))
        return SimpleNamespace(logits=means, pred_boxes=means.sigmoid(), hidden_states=(means,))


class Perturbed(Agreeing):
    """A runtime that is off by so much in one output."""

    def __init__(self, model: nn.Module, part: str, error: float) -> None:
        super().__init__("perturbed", model, 1e-4)
        self.part, self.error, self.made = part, error, 0

    def ready(self, inputs: Inputs) -> Call:
        def call(**given: Tensor) -> Any:
            found = self.model(**given)
            setattr(found, self.part, getattr(found, self.part) + self.error)
            return found

        self.made += 1
        self.compare(call, inputs)
        return call


def images(batch: int = 2) -> Inputs:
    return {"pixel_values": torch.randn(batch, 3, 4, 4, generator=torch.Generator().manual_seed(1))}


@given(values=VALUES, factor=st.floats(0.5, 2.0), error=st.floats(0, 1))
def test_deviation_is_relative_to_the_largest_value(values: list[float], factor: float, error: float) -> None:
    expected = torch.tensor(values, dtype=torch.float64)
    found = expected.clone()
    found[0] += error * expected.abs().max()
    assert deviation(found, expected) == pytest.approx(error if expected.any() else 0.0, abs=1e-9)
    assert deviation(factor * found, factor * expected) == pytest.approx(deviation(found, expected), abs=1e-9)


def test_other_shapes_and_what_is_no_number_are_infinitely_far() -> None:
    assert deviation(torch.zeros(2, 1), torch.zeros(2)) == math.inf
    assert deviation(torch.tensor([math.nan]), torch.tensor([math.nan])) == math.inf
    assert deviation(torch.tensor([math.inf]), torch.tensor([1.0])) == math.inf
    assert deviation(torch.tensor([0.25]), torch.tensor([0.0])) == 0.25
    assert deviation(torch.empty(0), torch.empty(0)) == 0.0


def test_half_precision_may_be_off_by_its_rounding() -> None:
    assert allowed(1e-4, torch.zeros(1)) == 1e-4
    assert allowed(1e-4, torch.zeros(1, dtype=torch.float16)) == pytest.approx(20 * 2**-10)
    assert allowed(0.5, torch.zeros(1, dtype=torch.bfloat16)) == 0.5


@pytest.mark.parametrize("part", ["logits", "pred_boxes"])
def test_a_runtime_that_computes_wrongly_is_refused(part: str) -> None:
    run = Perturbed(Boxes(), part, 0.01)
    with pytest.raises(CannotRun, match=rf"perturbed computes '{part}' differently: [\d.]+ of the largest") as caught:
        run(**images())
    assert "0.0001 allowed" in caught.value.what
    with pytest.raises(CannotRun):
        run(**images())
    assert run.made == 2
    assert run.words() == []


def test_an_outcome_that_is_no_number_is_refused() -> None:
    with pytest.raises(CannotRun, match="inf of the largest"):
        Perturbed(Boxes(), "logits", math.nan)(**images())


def test_each_shape_is_compared_once_and_the_largest_deviation_is_told() -> None:
    run = Perturbed(Boxes(), "pred_boxes", 2e-5)
    for batch in (2, 1, 2, 1, 2):
        found = run(**images(batch))
        assert torch.allclose(found.pred_boxes, Boxes()(**images(batch)).pred_boxes + 2e-5)
    assert run.made == 2
    told = run.facts["deviation"]
    assert isinstance(told, dict)
    assert told["logits"] == 0
    assert 2e-5 < float(str(told["pred_boxes"])) < 4e-5
    (words,) = run.words()
    assert "'pred_boxes'" in words
