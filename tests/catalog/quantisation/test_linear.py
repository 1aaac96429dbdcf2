"""Int8 rows against another implementation of the same formula, and the error bounds that theory gives."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from safetensors.torch import load, save
from torch import Tensor, nn

from benchbench.catalog.quantisation.linear import Int8Linear, TorchScheme, exact_products, quantised
from benchbench.errors import CannotRun

EPSILON = float(np.finfo(np.float32).eps)
FLOATS = st.floats(-1e4, 1e4, width=32).map(lambda value: 0.0 if abs(value) < 1e-20 else value)
ROWS = st.tuples(st.integers(1, 5), st.integers(1, 9)).flatmap(lambda shape: arrays(np.float32, shape, elements=FLOATS))
SCHEMES: list[TorchScheme] = ["dynamic", "weight-only"]


def independent(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Row by row in numpy, from the definition."""
    codes, scales = np.zeros(rows.shape, np.int8), np.ones((len(rows), 1), np.float32)
    for index, row in enumerate(rows):
        largest = np.float32(max(abs(float(value)) for value in row))
        if largest > 0:
            scales[index] = largest / np.float32(127)
            codes[index] = np.rint(row / scales[index]).astype(np.int8)
    return codes, scales


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_codes_and_scales_are_those_of_an_independent_computation(rows: NDArray[np.float32]) -> None:
    codes, scales = quantised(torch.from_numpy(rows))
    expected_codes, expected_scales = independent(rows)
    np.testing.assert_array_equal(codes.numpy(), expected_codes)
    np.testing.assert_array_equal(scales.numpy(), expected_scales)


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_no_number_moves_by_more_than_half_a_scale(rows: NDArray[np.float32]) -> None:
    codes, scales = (each.double().numpy() for each in quantised(torch.from_numpy(rows)))
    room = 1 + 128 * EPSILON
    assert (np.abs(codes * scales - rows) <= scales / 2 * room).all()
    assert np.abs(codes).max() <= 127
    assert (np.abs(codes).max(axis=1) == 127)[np.abs(rows).max(axis=1) > 0].all()


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_what_is_quantised_already_stays_as_it_is(rows: NDArray[np.float32]) -> None:
    codes, scales = quantised(torch.from_numpy(rows))
    again, _ = quantised(codes * scales)
    assert torch.equal(codes, again)


def layer(inputs: int = 24, outputs: int = 10, bias: bool = True) -> nn.Linear:
    torch.manual_seed(3)
    return nn.Linear(inputs, outputs, bias=bias)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_weight_only_outputs_differ_by_at_most_half_a_scale_times_the_inputs_norm(seed: int, bias: bool) -> None:
    """|y - y'| <= scale / 2 * |x|_1 for each output channel: every weight moves by half a scale at most."""
    generator = torch.Generator().manual_seed(seed)
    original = layer(bias=bias)
    int8, tokens = Int8Linear(original, "weight-only"), torch.randn(2, 7, 24, generator=generator)
    with torch.no_grad():
        apart = (int8(tokens) - original(tokens)).double().abs()
    norm = tokens.double().abs().sum(dim=-1, keepdim=True)
    bound = int8.scale.double().view(-1) / 2 * norm
    assert bool((apart <= bound + 64 * EPSILON * norm).all())
    assert float(apart.max()) > 0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_dynamic_outputs_are_the_products_of_the_restored_numbers(seed: int) -> None:
    """And so differ by |dw| |x| + |w| |dx| at most, with each number moved by half of its scale."""
    generator = torch.Generator().manual_seed(seed)
    original = layer()
    int8, tokens = Int8Linear(original, "dynamic"), torch.randn(5, 24, generator=generator)
    with torch.no_grad():
        found, exact = int8(tokens).double(), original(tokens).double()
    codes, scales = independent(tokens.numpy())
    restored = codes.astype(np.float64) * scales
    weight = int8.weight.double().numpy() * int8.scale.double().numpy()
    expected = restored @ weight.T + original.bias.detach().double().numpy()
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)
    moved = scales / 2 * np.abs(weight).sum(axis=1) + np.abs(tokens.numpy()).sum(axis=1, keepdims=True) * (
        int8.scale.double().view(-1).numpy() / 2
    )
    assert (np.abs(found.numpy() - exact.numpy()) <= moved + 1e-5).all()


def test_a_token_does_not_depend_on_the_others_of_its_batch() -> None:
    int8, tokens = Int8Linear(layer(), "dynamic"), torch.randn(3, 4, 24)
    tokens[1] *= 1000
    with torch.no_grad():
        assert torch.equal(int8(tokens)[0], int8(tokens[:1])[0])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_not_finite_is_not_hidden(scheme: TorchScheme) -> None:
    int8, tokens = Int8Linear(layer(), scheme), torch.randn(2, 24)
    tokens[1, 5] = torch.nan
    with torch.no_grad():
        found = int8(tokens)
    assert bool(found[0].isfinite().all())
    assert bool(found[1].isnan().all())


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("bias", [True, False])
def test_its_state_is_plain_tensors_that_load_again(scheme: TorchScheme, bias: bool) -> None:
    original = layer(bias=bias)
    int8, other = Int8Linear(original, scheme), Int8Linear(nn.Linear(24, 10, bias=bias), scheme)
    other.load_state_dict(load(save(int8.state_dict())))
    tokens = torch.randn(3, 24)
    with torch.no_grad():
        assert torch.equal(other(tokens), int8(tokens))
        assert torch.equal(copy.deepcopy(int8)(tokens), int8(tokens))
    held = {name: (each.dtype, tuple(each.shape)) for name, each in int8.state_dict().items()}
    expected: dict[str, Any] = {"weight": (torch.int8, (10, 24)), "scale": (torch.float32, (10, 1))}
    assert held == expected | ({"bias": (torch.float32, (10,))} if bias else {})


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shapes_alone_are_multiplied_as_the_float_layer_does(scheme: TorchScheme) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    counts = []
    for each in (layer(), Int8Linear(layer(), scheme)):
        with FlopCounterMode(display=False) as counter:
            copy.deepcopy(each).to("meta")(torch.empty(3, 24, device="meta"))
        counts.append(counter.get_total_flops())
    assert counts == [2 * 3 * 24 * 10] * 2


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_refused_and_change_nothing(scheme: TorchScheme, dtype: torch.dtype) -> None:
    int8 = Int8Linear(layer(), scheme)
    with pytest.raises(CannotRun, match=f"not {str(dtype).removeprefix('torch.')}"):
        int8.to(dtype)
    assert int8.scale.dtype is torch.float32
    assert int8.to(torch.float32).weight.dtype is torch.int8


def test_integers_are_not_multiplied_elsewhere_than_on_the_processor() -> None:
    """A device that this machine need not have: what moving would answer stands in for it."""

    class Elsewhere:
        dtype, device = torch.float32, torch.device("cuda:0")

    def move(_: Tensor) -> Any:
        return Elsewhere()

    with pytest.raises(CannotRun, match="not on 'cuda'"):
        Int8Linear(layer(), "dynamic")._apply(move)


def test_this_processors_sums_are_compared_with_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exact_products()
    monkeypatch.setattr(torch, "_int_mm", lambda one, other: (one.int() @ other.int()).clamp(max=32767))
    assert not exact_products()
