"""Bits of tensors: NaN, signed zeros, layouts."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from benchbench.measure.tensor_bits import same, sample

ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float16, np.float64, np.int64, np.uint8, np.bool_]),
    hnp.array_shapes(max_dims=3, max_side=5),
)


@given(ARRAYS, ARRAYS)
def test_the_same_if_and_only_if_kind_shape_and_bytes_are(left: NDArray[Any], right: NDArray[Any]) -> None:
    one, other = torch.from_numpy(left), torch.from_numpy(right)
    expected = left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
    assert same(one, other) is expected
    assert same(one, one.clone())
    if expected:
        assert sample(one) == sample(other)


def test_what_compares_equal_may_differ_and_the_other_way_round() -> None:
    zero, nan = torch.tensor([0.0, 1.0]), torch.tensor([float("nan")])
    assert not same(zero, torch.tensor([-0.0, 1.0]))
    assert same(nan, nan.clone())
    assert not same(torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.float16))


def test_layouts_count() -> None:
    images = torch.randn(2, 3, 4, 5)
    last = images.contiguous(memory_format=torch.channels_last)
    assert torch.equal(images, last)
    assert not same(images, last)
    assert same(last, last.clone(memory_format=torch.preserve_format))
    assert same(images[:, 1:], images.clone()[:, 1:])
    assert same(torch.ones(1).expand(4), torch.ones(1).expand(4))


@pytest.mark.parametrize("strange", [torch.ones(2, dtype=torch.complex64), torch.eye(2).to_sparse()])
def test_what_cannot_be_compared_is_the_same_as_itself_only(strange: torch.Tensor) -> None:
    assert same(strange, strange)
    assert not same(strange, strange.clone())
