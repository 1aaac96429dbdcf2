"""What goes into a call and comes out of it: compared bit for bit, and watched for being written into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from benchbench.measure.tensor_bits import same

_PLAIN = (type(None), bool, int, str, torch.dtype, torch.device)


def tensors(value: object) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and mappings."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from tensors(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from tensors(each)


def versions(of: list[Tensor]) -> list[int] | None:
    """How often each was written in place; None where one does not keep count, as tensors of inference mode."""
    return None if any(each.is_inference() for each in of) else [each._version for each in of]


def returns_tensors(outputs: object) -> bool:
    """Whether outputs are safe to be handed out twice: a tensor, or tuples of tensors, which nobody can change."""
    if type(outputs) is tuple:
        return all(each is None or returns_tensors(each) for each in outputs)
    return isinstance(outputs, Tensor)


def equal(left: object, right: object) -> bool:
    """Whether inputs are the same bit for bit. Objects of unknown kinds never are, as they may change."""
    if type(left) is not type(right):
        return False
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return same(left, right)
    if isinstance(left, tuple | list) and isinstance(right, tuple | list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(equal(left[name], right[name]) for name in left)
    if isinstance(left, float) and isinstance(right, float):
        return left.hex() == right.hex()
    return isinstance(left, _PLAIN) and left == right
