"""Inputs and outputs of calls."""

import copy
from collections import OrderedDict

import torch
from hypothesis import given
from hypothesis import strategies as st

from benchbench.measure.call_values import equal, returns_tensors, tensors, versions

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES | st.lists(st.floats(width=32), max_size=3).map(torch.tensor),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_a_copy_is_equal_and_nothing_else_around_it(value: object) -> None:
    assert equal(value, copy.deepcopy(value))
    assert not equal([value], (value,))
    assert not equal([value], [value, value])
    assert not equal({"a": value}, {"b": value})


def test_numbers_by_kind_and_bits() -> None:
    assert not equal(1, True)
    assert not equal(0.0, -0.0)
    assert equal(float("nan"), float("nan"))
    assert equal(torch.Size([2]), torch.Size([2]))
    assert equal((torch.float32, torch.device("cpu")), (torch.float32, torch.device("cpu")))


def test_objects_of_unknown_kinds_are_never_equal() -> None:
    cache = object()
    assert not equal(cache, cache)


def test_tensors_are_found_and_their_versions_read() -> None:
    one, other = torch.zeros(2), torch.zeros(3)
    found = list(tensors(({"a": [one]}, (other, None), 3)))
    assert [id(each) for each in found] == [id(one), id(other)]
    before = versions(found)
    other[1:].add_(1)
    assert before == [0, 0]
    assert versions(found) == [0, 1]
    with torch.inference_mode():
        assert versions([torch.zeros(1)]) is None


def test_only_tensors_and_tuples_of_them_are_handed_out_twice() -> None:
    tensor = torch.zeros(1)
    assert returns_tensors(tensor)
    assert returns_tensors((tensor, None, (tensor,)))
    for changeable in ([tensor], {"a": tensor}, OrderedDict(a=tensor), None):
        assert not returns_tensors(changeable)
