"""Physical removal: the rows and columns that stay are copied into smaller tensors, parameters and buffers alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from benchbench.catalog.anatomy import Attention, Stack
from benchbench.catalog.surgery.groups import Group

_OUTPUTS = ("out_features", "out_channels")
_INPUTS = ("in_features", "in_channels")
_ALONG = ("weight", "bias", "running_mean", "running_var")


def cut(group: Group, kept: Sequence[int]) -> None:
    """Keep these indices of the group, in this order. Keeping all of them touches nothing."""
    if list(kept) == list(range(group.count)):
        return
    channels = torch.tensor([index * group.each + offset for index in kept for offset in range(group.each)])
    for module in group.writers:
        _take(module, "weight", rows_of(module), channels)
        _take(module, "bias", 0, channels)
        _state(module, _OUTPUTS, len(channels))
    for module in group.readers:
        _take(module, "weight", 1 - rows_of(module), channels)
        _state(module, _INPUTS, len(channels))
    for module in group.norms:
        for name in _ALONG:
            _take(module, name, -1, channels)
        _state(module, ("num_features", "num_channels", "embedding_dim"), len(channels))
        _state(module, ("normalized_shape",), (len(channels),))
    for module, name in group.tensors:
        _take(module, name, -1, channels)


def tell(attention: Attention, heads: int, head_dim: int) -> None:
    """Set what the owner of an attention computes with, under the names that transformers' attentions use."""
    _state(attention.owner, ("head_dim", "attention_head_size"), head_dim)
    _state(attention.owner, ("num_heads", "num_attention_heads"), heads)
    _state(attention.owner, ("all_head_size",), heads * head_dim)
    if head_dim != attention.head_dim:
        _state(attention.owner, ("scaling", "scale"), head_dim**-0.5)


def keep_layers(stack: Stack, kept: Sequence[int], taps: tuple[int, ...]) -> None:
    """Leave these of the stack's layers in the model, in this order, and make its head read these of them."""
    del stack.holder[:]
    stack.holder.extend(stack.layers[index].module for index in kept)
    stack.counted(len(kept))
    if stack.retap is not None:
        stack.retap(taps)


@contextmanager
def shallow(stack: Stack, kept: Sequence[int], taps: tuple[int, ...]) -> Iterator[None]:
    """The model with these layers alone for a while: no weight is copied, and everything is as before afterwards."""
    keep_layers(stack, kept, taps)
    try:
        yield
    finally:
        keep_layers(stack, range(len(stack.layers)), stack.taps)


def rows_of(module: nn.Module) -> int:
    """The dimension of a weight along which a module's outputs lie: a transposed convolution holds its inputs first."""
    return 1 if isinstance(module, nn.ConvTranspose2d) else 0


def _take(module: nn.Module, name: str, dimension: int, channels: torch.Tensor) -> None:
    tensor = getattr(module, name, None)
    if not isinstance(tensor, torch.Tensor):
        return
    smaller = tensor.detach().index_select(dimension, channels.to(tensor.device))
    if isinstance(tensor, nn.Parameter):
        smaller = nn.Parameter(smaller, requires_grad=tensor.requires_grad)
    setattr(module, name, smaller)


def _state(module: nn.Module, names: Iterable[str], value: object) -> None:
    for name in names:
        if hasattr(module, name):
            setattr(module, name, value)
