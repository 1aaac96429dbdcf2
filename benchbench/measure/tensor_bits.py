"""Tensors told apart by their bits: NaN is equal to itself here, and 0.0 is not -0.0."""

from __future__ import annotations

import torch
from torch import Tensor

_WIDTHS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
SAMPLES = 16


def like(left: Tensor, right: Tensor) -> bool:
    """Whether two tensors are laid out alike: kind, element type, sizes, strides and device."""
    return (
        type(left) is type(right)
        and left.layout is right.layout is torch.strided
        and left.dtype is right.dtype
        and left.shape == right.shape
        and left.stride() == right.stride()
        and left.device == right.device
    )


def same(left: Tensor, right: Tensor) -> bool:
    """Whether two tensors are laid out alike and equal bit for bit. What cannot be compared is never the same."""
    if left is right:
        return True
    if not like(left, right) or left.is_quantized or left.dtype.is_complex:
        return False
    integers = _WIDTHS.get(left.element_size())
    return integers is not None and torch.equal(left.view(integers), right.view(integers))


def sample(tensor: Tensor) -> tuple[object, ...]:
    """A few evenly spaced elements, by their bits: equal for tensors that are the same, cheap, and seldom else."""
    integers = _WIDTHS.get(tensor.element_size())
    count = tensor.numel()
    if integers is None or not count or tensor.is_quantized or tensor.dtype.is_complex:
        return ()
    places = torch.arange(0, count, max(1, count // SAMPLES), device=tensor.device)
    flat = tensor.detach().reshape(-1) if tensor.is_contiguous() else tensor.detach().flatten()
    return tuple(flat[places].view(integers).tolist())
