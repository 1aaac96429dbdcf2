"""Where a model keeps its layers, heads and channels: what a family declares, and steps are written against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Attention:
    """One multi-head attention. `owner` is the module that computes with it.

    `heads` follows from the tensors (query rows / head_dim) wherever the owner keeps no count: DETR views its
    projections as (-1, head_dim), so that nothing but the four linear layers changes when heads go.
    """

    name: str
    owner: nn.Module
    query: nn.Linear
    key: nn.Linear
    value: nn.Linear
    output: nn.Linear
    head_dim: int
    heads: int


@dataclass(frozen=True)
class FeedForward:
    """Two linear layers with an activation between."""

    name: str
    first: nn.Linear
    second: nn.Linear


@dataclass(frozen=True)
class Layer:
    """One Transformer layer."""

    module: nn.Module
    attentions: tuple[Attention, ...]
    feed_forward: FeedForward


@dataclass(frozen=True)
class Stack:
    """A run of like layers (encoder, decoder) and the list that holds them.

    `counted(n)` tells the model's config that n layers are left; `taps` are the 0-based layers whose output is read by
    the head, always as many as it takes, and `retap(taps)` makes it read others (distinct, ascending); None where no
    layer is tapped.
    """

    name: str
    holder: nn.ModuleList
    layers: tuple[Layer, ...]
    counted: Callable[[int], None]
    taps: tuple[int, ...] = ()
    retap: Callable[[tuple[int, ...]], None] | None = None


@dataclass(frozen=True)
class ConvNorm:
    """A convolution and the normalisation behind it: weight, bias, running_mean, running_var of its output channels."""

    convolution: nn.Conv2d
    norm: nn.Module


@dataclass(frozen=True)
class Block:
    """A residual block: its convolutions in order, and the projection on its shortcut, if any."""

    convolutions: tuple[ConvNorm, ...]
    shortcut: ConvNorm | None


@dataclass(frozen=True)
class ConvStage:
    """A stage of a convolutional backbone. All its blocks share the output width; each has its own inner widths."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Stream:
    """The residual stream of the Transformer, `width` channels wide, and everything that touches it.

    `writers` produce it along their output channels, `readers` take it along their input channels, `norms` and `tables`
    (embeddings, one row each) are as wide as it is; so are `tensors`, parameters of no module of their own, each by its
    owner and name. `narrow(width)` sets what has no weights: config, position code.
    """

    width: int
    writers: tuple[nn.Module, ...]
    readers: tuple[nn.Module, ...]
    norms: tuple[nn.LayerNorm, ...]
    tables: tuple[nn.Embedding, ...]
    narrow: Callable[[int], None]
    tensors: tuple[tuple[nn.Module, str], ...] = ()


@dataclass(frozen=True)
class Feature:
    """A width inside a convolutional head that can be narrowed on its own: who writes these channels, who reads them.

    Convolutions may be transposed, whose weights have inputs first.
    """

    name: str
    width: int
    writers: tuple[nn.Module, ...]
    readers: tuple[nn.Module, ...]
    narrow: Callable[[int], None] = lambda _: None


@dataclass(frozen=True)
class Anatomy:
    """A model, opened. `features` are the widths of the head. `encoder` is the prefix of the parameters that "frozen
    encoder" freezes, `predictors` are those of the layers that predict, all that "head-only" trains. `stage_readers`
    are the convolutions that read the last stage's output. `projection` makes a tower's embedding; `products` tells, of
    raw outputs, the multiply-adds that are done in no convolution, linear layer or attention.

    `uncounted` are prefixes of parameters that the original paper's parameter count leaves out. `classifier` gives the
    class logits, `queries` holds a detector's object queries, one row each, `patches` makes tokens of an image.
    """

    stacks: tuple[Stack, ...]
    stem: ConvNorm | None = None
    stages: tuple[ConvStage, ...] = ()
    stage_readers: tuple[nn.Conv2d, ...] = ()
    stream: Stream | None = None
    uncounted: tuple[str, ...] = ()
    classifier: nn.Linear | None = None
    queries: nn.Embedding | None = None
    patches: nn.Conv2d | None = None
    features: tuple[Feature, ...] = ()
    encoder: tuple[str, ...] = ()
    predictors: tuple[str, ...] = ()
    projection: nn.Linear | None = None
    products: Callable[[Any], int] | None = None

    def stack(self, name: str) -> Stack:
        """The stack of this name. Raises KeyError naming those there are."""
        for stack in self.stacks:
            if stack.name == name:
                return stack
        raise KeyError(f"no stack '{name}'; there are: {', '.join(stack.name for stack in self.stacks)}")
