"""Which channels can only go together: a head's rows and columns, a hidden unit, a residual path, the stream.

A group is an index along several tensors at once. Removing an index from all of them leaves a model that runs; the
groups of one anatomy never share a tensor's dimension, so that they are cut in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.anatomy import Anatomy, Attention, Block, ConvNorm, ConvStage, Feature, FeedForward, Stream


@dataclass(frozen=True)
class Group:
    """`count` indices that are kept or removed, each standing for `each` consecutive channels.

    `writers` hold them along their outputs, `readers` along their inputs, `norms` (normalisations and embeddings) and
    `tensors` (parameters, by owner and name) along their last dimension. The same number of indices must be kept in
    each of `parts` equal runs.
    """

    name: str
    count: int
    writers: tuple[nn.Module, ...]
    readers: tuple[nn.Module, ...] = ()
    norms: tuple[nn.Module, ...] = ()
    each: int = 1
    parts: int = 1
    tensors: tuple[tuple[nn.Module, str], ...] = ()


def heads(attention: Attention) -> Group:
    """The heads of one attention: rows of query, key and value, columns of the output."""
    writers = (attention.query, attention.key, attention.value)
    return Group(attention.name, attention.heads, writers, (attention.output,), each=attention.head_dim)


def hidden(feed_forward: FeedForward) -> Group:
    """The hidden units between the two linear layers."""
    first, second = feed_forward.first, feed_forward.second
    return Group(feed_forward.name, first.out_features, (first,), (second,))


def inner(stage: ConvStage) -> Iterator[Group]:
    """The widths inside each residual block, between its convolutions; each is independent of every other."""
    for number, block in enumerate(stage.blocks):
        for place, (one, other) in enumerate(pairwise(block.convolutions)):
            name = f"{stage.name}.{number}.inner{place + 1}"
            convolution = one.convolution
            readers, norms = (other.convolution,), (one.norm,)
            yield Group(name, convolution.out_channels, (convolution,), readers, norms, parts=_parts(norms))


def outputs(anatomy: Anatomy) -> Iterator[tuple[tuple[str, ...], Group]]:
    """The width of each residual path of the backbone, with the names of the stages (and stem) along it.

    A stage whose first block projects its shortcut starts a path of its own; one that adds its input unprojected (the
    first stage of ResNet-18 and -34) goes on along the path before it.
    """
    names: list[str] = []
    producers: list[ConvNorm] = []
    readers: list[nn.Module] = []
    if anatomy.stem is not None:
        names, producers = ["stem"], [anatomy.stem]
    for stage in anatomy.stages:
        first = stage.blocks[0]
        readers += _entrances(first)
        if first.shortcut is not None:
            if producers:
                yield tuple(names), _path(names, producers, readers)
            names, producers, readers = [], [], []
        names.append(stage.name)
        producers += [made for block in stage.blocks for made in _exits(block)]
        readers += [module for block in stage.blocks[1:] for module in _entrances(block)]
    if producers:
        yield tuple(names), _path(names, producers, [*readers, *anatomy.stage_readers])


def stream(of: Stream) -> Group:
    """The residual stream of the Transformer."""
    return Group("stream", of.width, of.writers, of.readers, (*of.norms, *of.tables), tensors=of.tensors)


def channels(feature: Feature) -> Group:
    """A width inside a convolutional head."""
    return Group(feature.name, feature.width, feature.writers, feature.readers)


def dimensions(attention: Attention) -> tuple[Group, Group]:
    """The dimensions inside the heads, equally many in each: those queries meet keys in, and those of the values."""
    width = attention.heads * attention.head_dim
    matched = (attention.query, attention.key)
    return (
        Group(f"{attention.name}.query-key", width, matched, parts=attention.heads),
        Group(f"{attention.name}.value", width, (attention.value,), (attention.output,), parts=attention.heads),
    )


def _entrances(block: Block) -> list[nn.Module]:
    shortcut = [block.shortcut.convolution] if block.shortcut else []
    return [block.convolutions[0].convolution, *shortcut]


def _exits(block: Block) -> list[ConvNorm]:
    return [block.convolutions[-1], *([block.shortcut] if block.shortcut else [])]


def _path(names: list[str], producers: list[ConvNorm], readers: list[nn.Module]) -> Group:
    convolutions = tuple(made.convolution for made in producers)
    norms = tuple(made.norm for made in producers)
    count = convolutions[0].out_channels
    return Group("+".join(names), count, convolutions, tuple(readers), norms, parts=_parts(norms))


def _parts(norms: tuple[nn.Module, ...]) -> int:
    """A GroupNorm's groups keep equally many channels each, so that none changes its group; others have no groups."""
    return max(int(getattr(norm, "num_groups", 1)) for norm in norms)
