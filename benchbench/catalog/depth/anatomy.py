"""Where transformers' Dinov2Backbone keeps its layers, heads and taps, and DepthAnything's DPT head its widths.

The attention views its projections as (-1, head_dim), so that removing rows of query, key and value and columns of
output is all there is to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from torch import nn

from benchbench.catalog.anatomy import Anatomy, Feature, Layer, Stack
from benchbench.catalog.encoder_layers import vision_layer
from benchbench.catalog.parts import part
from benchbench.errors import BenchbenchError

ENCODER = ("backbone.",)
HEAD = ("head.",)


def anatomy(model: nn.Module) -> Anatomy:
    """Open a model with a Dinov2Backbone in `backbone`; `features` where `neck` and `head` are a DPT head.

    Raises BenchbenchError where a part is not in its place, and for the SwiGLU of the giant encoder.
    """
    backbone = part(model, "backbone", nn.Module)
    dpt = hasattr(model, "neck") and hasattr(model, "head")
    features = (*_reassembled(model), *_fused(model), *_last(model)) if dpt else ()
    return Anatomy(stacks=(_stack(backbone),), features=features, encoder=ENCODER, predictors=HEAD)


def _stack(backbone: Any) -> Stack:
    holder = part(backbone, "encoder.layer", nn.ModuleList)
    layers = tuple(_layer(module, f"encoder.{index}") for index, module in enumerate(holder))

    def counted(count: int) -> None:
        # The forward pass names hidden states by the backbone's list, a config written to disk by its own.
        names = ["stem", *(f"stage{index + 1}" for index in range(count))]
        backbone.config.num_hidden_layers = count
        backbone.config.stage_names = backbone.stage_names = names
        backbone.num_features = [backbone.config.hidden_size] * len(names)

    def retap(taps: tuple[int, ...]) -> None:
        backbone.config.out_indices = [tap + 1 for tap in taps]

    return Stack("encoder", holder, layers, counted, _taps(backbone), retap)


def _taps(backbone: Any) -> tuple[int, ...]:
    """Stage 0 is the embedding, stage n the output of layer n - 1; negative indices count from the end."""
    taps = tuple(index % len(backbone.stage_names) - 1 for index in backbone.config.out_indices)
    if min(taps) < 0:
        raise BenchbenchError("the head reads the embeddings", "only heads that read layers are supported")
    return taps


def _layer(module: nn.Module, name: str) -> Layer:
    if hasattr(module.mlp, "gate_proj"):
        raise BenchbenchError(
            f"{name}.mlp is a SwiGLU, as ViT-G has it", "gated feed-forwards are not supported; use ViT-S, -B or -L"
        )
    return vision_layer(module, name)


def _reassembled(model: Any) -> Iterator[Feature]:
    """Each branch before fusion: the projection's width and, where a convolution resizes, the width behind it."""
    readers: list[nn.Module] = list(part(model, "neck.convs", nn.ModuleList))
    for index, branch in enumerate(part(model, "neck.reassemble_stage.layers", nn.ModuleList)):

        def narrow(width: int, at: int = index) -> None:
            sizes = list(model.config.neck_hidden_sizes)
            sizes[at] = width
            model.config.neck_hidden_sizes = sizes

        name, projection, reader = f"reassemble.{index}", part(branch, "projection", nn.Conv2d), readers[index]
        width = projection.out_channels
        resize = part(branch, "resize", nn.Module)
        if isinstance(resize, nn.Identity):
            yield Feature(name, width, (projection,), (reader,), narrow)
        else:
            yield Feature(name, width, (projection,), (resize,), narrow)
            yield Feature(f"{name}.resized", width, (resize,), (reader,), narrow)


def _fused(model: Any) -> Iterator[Feature]:
    """The residual path of each level of the fusion, deepest first, from the projection before it to its own.

    A path carries the same channels from the neck's convolution through both residual units, whose inner widths are
    independent of it. The config holds one number for them all, so that they are narrowed alike or it goes stale.
    """

    def narrow(width: int) -> None:
        model.config.fusion_hidden_size = width

    levels = list(part(model, "neck.fusion_stage.layers", nn.ModuleList))
    necks = reversed(list(part(model, "neck.convs", nn.ModuleList)))
    projections = [part(level, "projection", nn.Conv2d) for level in levels]
    before: tuple[nn.Module, ...] = ()
    for index, (level, neck, projection) in enumerate(zip(levels, necks, projections, strict=True)):
        units = [part(level, f"residual_layer{number}", nn.Module) for number in (1, 2)]
        inner = [[part(unit, f"convolution{number}", nn.Conv2d) for number in (1, 2)] for unit in units]
        writers = (*before, neck, *(second for _, second in inner))
        readers = (projection, *(first for first, _ in inner))
        yield Feature(f"fusion.{index}", projection.in_channels, writers, readers, narrow)
        for number, (first, second) in enumerate(inner):
            yield Feature(f"fusion.{index}.residual{number + 1}", first.out_channels, (first,), (second,), narrow)
        before = (projection,)
    first = part(model, "head.conv1", nn.Conv2d)
    yield Feature("fusion.output", first.in_channels, before, (first,), narrow)


def _last(model: Any) -> Iterator[Feature]:
    """The two widths inside the head. Of the first the config knows only that it is half of the fusion's."""

    def narrow(width: int) -> None:
        model.config.head_hidden_size = width

    convolutions = [part(model, f"head.conv{number}", nn.Conv2d) for number in (1, 2, 3)]
    for number, (writer, reader) in enumerate(pairwise(convolutions)):
        name = f"head.{number + 1}"
        if number:
            yield Feature(name, writer.out_channels, (writer,), (reader,), narrow)
        else:
            yield Feature(name, writer.out_channels, (writer,), (reader,))
