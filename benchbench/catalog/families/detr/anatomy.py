"""Where transformers' DETR keeps its layers, heads and channels.

DETR's attentions store no head count: they view the projected width as (-1, head_dim), so that removing rows of
query, key and value and columns of output is all there is to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from benchbench.catalog.anatomy import (
    Anatomy,
    Attention,
    Block,
    ConvNorm,
    ConvStage,
    FeedForward,
    Layer,
    Stack,
    Stream,
)
from benchbench.catalog.parts import part
from benchbench.errors import BenchbenchError, CannotCut

FROZEN = ("model.backbone.model.embedder.", "model.backbone.model.encoder.stages.0.")
"""Stem and first stage: the original trains neither, and its paper counts parameters with gradients alone."""
ENCODER = ("model.backbone.",)
"""What is pre-trained on its own: the original trains it at a tenth of the Transformer's rate."""
PREDICTORS = ("class_labels_classifier.", "bbox_predictor.")

_ATTENTIONS = {"encoder": ("self_attn",), "decoder": ("self_attn", "encoder_attn")}


def anatomy(model: nn.Module) -> Anatomy:
    """Open a DetrForObjectDetection with a ResNet backbone. Raises BenchbenchError where a part is not in its place."""
    stacks = (_stack(model, "encoder"), _stack(model, "decoder"))
    projection = part(model, "model.input_projection", nn.Conv2d)
    resnet = part(model, "model.backbone.model", nn.Module)
    return Anatomy(
        stacks=stacks,
        stem=_conv_norm(resnet, "embedder.embedder"),
        stages=tuple(_stages(resnet)),
        stage_readers=(projection,),
        stream=_stream(model, stacks, projection),
        uncounted=FROZEN,
        classifier=part(model, "class_labels_classifier", nn.Linear),
        queries=part(model, "model.query_position_embeddings", nn.Embedding),
        encoder=ENCODER,
        predictors=PREDICTORS,
    )


def _stack(model: nn.Module, name: str) -> Stack:
    holder = part(model, f"model.{name}.layers", nn.ModuleList)
    layers = tuple(_layer(module, name, f"{name}.{index}") for index, module in enumerate(holder))

    def counted(count: int) -> None:
        setattr(model.config, f"{name}_layers", count)

    return Stack(name=name, holder=holder, layers=layers, counted=counted)


def _layer(module: nn.Module, stack: str, name: str) -> Layer:
    attentions = tuple(_attention(module, path, f"{name}.{path}") for path in _ATTENTIONS[stack])
    first, second = (part(module, f"mlp.{path}", nn.Linear) for path in ("fc1", "fc2"))
    return Layer(module=module, attentions=attentions, feed_forward=FeedForward(f"{name}.mlp", first, second))


def _attention(layer: nn.Module, path: str, name: str) -> Attention:
    owner = part(layer, path, nn.Module)
    query, key, value, output = (part(owner, f"{letter}_proj", nn.Linear) for letter in "qkvo")
    head_dim = getattr(owner, "head_dim", None)
    if not isinstance(head_dim, int):
        raise BenchbenchError(f"{name} has no head_dim", "this version of transformers is not supported; use 5.23")
    return Attention(name, owner, query, key, value, output, head_dim, heads=query.out_features // head_dim)


def _stages(resnet: nn.Module) -> Iterable[ConvStage]:
    for index, stage in enumerate(part(resnet, "encoder.stages", nn.ModuleList)):
        blocks = tuple(_block(block) for block in part(stage, "layers", nn.Sequential))
        yield ConvStage(name=f"stage{index + 1}", blocks=blocks)


def _block(block: nn.Module) -> Block:
    residual = part(block, "layer", nn.Sequential)
    shortcut = part(block, "shortcut", nn.Module)
    return Block(
        convolutions=tuple(_conv_norm(residual, str(index)) for index in range(len(residual))),
        shortcut=None if isinstance(shortcut, nn.Identity) else _conv_norm(block, "shortcut"),
    )


def _conv_norm(module: nn.Module, path: str) -> ConvNorm:
    return ConvNorm(
        convolution=part(module, f"{path}.convolution", nn.Conv2d),
        norm=part(module, f"{path}.normalization", nn.Module),
    )


def _stream(model: nn.Module, stacks: Iterable[Stack], projection: nn.Conv2d) -> Stream:
    layers = [layer for stack in stacks for layer in stack.layers]
    attentions = [attention for layer in layers for attention in layer.attentions]
    writers: list[nn.Module] = [projection, *(attention.output for attention in attentions)]
    writers += [layer.feed_forward.second for layer in layers]
    readers: list[nn.Module] = [linear for each in attentions for linear in (each.query, each.key, each.value)]
    readers += [layer.feed_forward.first for layer in layers]
    readers.append(part(model, "class_labels_classifier", nn.Linear))
    boxes = list(part(model, "bbox_predictor.layers", nn.ModuleList))
    return Stream(
        width=projection.out_channels,
        # The box head's hidden layers are as wide as the stream by construction, and follow it.
        writers=(*writers, *boxes[:-1]),
        readers=(*readers, *boxes),
        norms=tuple(module for module in model.modules() if isinstance(module, nn.LayerNorm)),
        tables=(part(model, "model.query_position_embeddings", nn.Embedding),),
        narrow=lambda width: _narrow(model, width),
    )


def _narrow(model: nn.Module, width: int) -> None:
    """Tell what has no weights. The sine code gives half its channels to each axis, in pairs of sine and cosine."""
    code = part(model, "model.position_embedding", nn.Module)
    if not hasattr(code, "num_position_features"):
        raise CannotCut("d_model cannot be cut: positions are learned, not sines")
    if width % 4 or width <= 0:
        raise CannotCut(f"d_model {width} does not fit the sine position code", "use a multiple of 4")
    setattr(code, "num_position_features", width // 2)  # noqa: B010 - nn.Module types plain attributes as tensors
    setattr(model.config, "d_model", width)  # noqa: B010
    for module in model.modules():
        if hasattr(module, "hidden_size"):
            setattr(module, "hidden_size", width)  # noqa: B010
