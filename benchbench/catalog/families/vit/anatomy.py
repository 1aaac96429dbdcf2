"""Where transformers' ViT and DeiT, and the hybrids, keep their layers, heads and channels.

Their attention views its projections as (-1, head_dim), so that removing rows of query, key and value and columns of
output is all there is to it. Tokens and position embeddings are parameters, as wide as the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from benchbench.catalog.anatomy import Anatomy, Stack, Stream
from benchbench.catalog.encoder_layers import vision_layer
from benchbench.catalog.families.vit.hybrid_anatomy import root, stages
from benchbench.catalog.parts import part

_HEADS = ("classifier", "cls_classifier", "distillation_classifier")
_TABLES = ("cls_token", "distillation_token", "position_embeddings")


def anatomy(model: nn.Module) -> Anatomy:
    """Open a model with a `vit` or a `deit`. Raises BenchbenchError where a part is not in its place."""
    core = "deit" if hasattr(model, "deit") else "vit"
    heads = [name for name in _HEADS if hasattr(model, name)]
    resnet = ("resnet.",) if hasattr(model, "resnet") else ()
    stack = _stack(model, core)
    projection = part(model, f"{core}.embeddings.patch_embeddings.projection", nn.Conv2d)
    return Anatomy(
        stacks=(stack,),
        stem=root(model),
        stages=tuple(stages(model)),
        stage_readers=(projection,),
        stream=_stream(model, core, stack, projection, [first for name in heads for first in _linear(model, name)[:1]]),
        classifier=_linear(model, heads[0])[-1],
        patches=projection,
        encoder=(*resnet, f"{core}."),
        predictors=tuple(f"{name}." for name in heads),
    )


def _stack(model: Any, core: str) -> Stack:
    holder = part(model, f"{core}.layers", nn.ModuleList)
    layers = tuple(vision_layer(module, f"encoder.{index}") for index, module in enumerate(holder))

    def counted(count: int) -> None:
        model.config.num_hidden_layers = count

    return Stack("encoder", holder, layers, counted)


def _linear(model: nn.Module, name: str) -> list[nn.Linear]:
    """The linear layers of a head: one, or two with the original's representation layer before it."""
    return [module for module in part(model, name, nn.Module).modules() if isinstance(module, nn.Linear)]


def _stream(model: Any, core: str, stack: Stack, projection: nn.Conv2d, heads: Sequence[nn.Linear]) -> Stream:
    attentions = [attention for layer in stack.layers for attention in layer.attentions]
    feed_forwards = [layer.feed_forward for layer in stack.layers]
    embeddings = part(model, f"{core}.embeddings", nn.Module)
    transformer = part(model, core, nn.Module)

    def narrow(width: int) -> None:
        model.config.hidden_size = width
        getattr(model, core).config.hidden_size = width

    return Stream(
        width=projection.out_channels,
        writers=(projection, *(each.output for each in attentions), *(each.second for each in feed_forwards)),
        readers=(
            *(linear for each in attentions for linear in (each.query, each.key, each.value)),
            *(each.first for each in feed_forwards),
            *heads,
        ),
        norms=tuple(module for module in transformer.modules() if isinstance(module, nn.LayerNorm)),
        tables=(),
        narrow=narrow,
        tensors=tuple((embeddings, name) for name in _TABLES if hasattr(embeddings, name)),
    )
