"""Where a VisionTextDualEncoderModel of ViT and BERT keeps its layers and heads.

Both attentions view their projections as (-1, head_dim), so that removing rows of query, key and value and columns of
output is all there is to it.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from benchbench.catalog.anatomy import Anatomy, Attention, FeedForward, Layer, Stack
from benchbench.catalog.parts import part
from benchbench.errors import BenchbenchError

ENCODER = ("vision_model.",)
"""What LiT locks while the text tower learns."""


def anatomy(model: nn.Module) -> Anatomy:
    """Open a dual encoder: stacks `image` and `text`. Raises BenchbenchError where a part is not in its place."""
    return Anatomy(
        stacks=(_image(model), _text(model)),
        projection=part(model, "visual_projection", nn.Linear),
        encoder=ENCODER,
        predictors=("visual_projection.", "text_projection.", "logit_scale"),
        products=_similarities,
    )


def _similarities(outputs: Any) -> int:
    """Each text with each image, along the width of the projection."""
    texts, images = outputs.text_embeds, outputs.image_embeds
    return int(texts.shape[0] * images.shape[0] * images.shape[1])


def _image(model: nn.Module) -> Stack:
    holder = part(model, "vision_model.layers", nn.ModuleList)
    layers = tuple(_image_layer(module, f"image.{index}") for index, module in enumerate(holder))
    return Stack("image", holder, layers, lambda count: _tell(model, "vision_config", count))


def _text(model: nn.Module) -> Stack:
    holder = part(model, "text_model.encoder.layer", nn.ModuleList)
    layers = tuple(_text_layer(module, f"text.{index}") for index, module in enumerate(holder))
    return Stack("text", holder, layers, lambda count: _tell(model, "text_config", count))


def _tell(model: Any, tower: str, count: int) -> None:
    getattr(model.config, tower).num_hidden_layers = count


def _image_layer(module: nn.Module, name: str) -> Layer:
    owner = part(module, "attention", nn.Module)
    linears = [part(owner, f"{letter}_proj", nn.Linear) for letter in "qkvo"]
    first, second = (part(module, f"mlp.{path}", nn.Linear) for path in ("fc1", "fc2"))
    return _layer(module, name, owner, linears, FeedForward(f"{name}.mlp", first, second))


def _text_layer(module: nn.Module, name: str) -> Layer:
    owner = part(module, "attention.self", nn.Module)
    linears = [part(owner, path, nn.Linear) for path in ("query", "key", "value")]
    linears.append(part(module, "attention.output.dense", nn.Linear))
    first, second = (part(module, f"{path}.dense", nn.Linear) for path in ("intermediate", "output"))
    return _layer(module, name, owner, linears, FeedForward(f"{name}.mlp", first, second))


def _layer(module: nn.Module, name: str, owner: nn.Module, linears: list[nn.Linear], mlp: FeedForward) -> Layer:
    query, key, value, output = linears
    head_dim = getattr(owner, "head_dim", getattr(owner, "attention_head_size", None))
    if not isinstance(head_dim, int):
        raise BenchbenchError(f"{name}.attention has no head_dim", "tested with transformers 5.23")
    heads = query.out_features // head_dim
    attention = Attention(f"{name}.attention", owner, query, key, value, output, head_dim, heads)
    return Layer(module, (attention,), mlp)
