"""Where a VisionTextDualEncoderModel of ViT and BERT keeps its layers and heads.

Both attentions view their projections as (-1, head_dim), so that removing rows of query, key and value and columns of
output is all there is to it.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from benchbench.catalog.anatomy import Anatomy, Layer, Stack
from benchbench.catalog.encoder_layers import encoder_layer, vision_layer
from benchbench.catalog.parts import part

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
    layers = tuple(vision_layer(module, f"image.{index}") for index, module in enumerate(holder))
    return Stack("image", holder, layers, lambda count: _tell(model, "vision_config", count))


def _text(model: nn.Module) -> Stack:
    holder = part(model, "text_model.encoder.layer", nn.ModuleList)
    layers = tuple(_text_layer(module, f"text.{index}") for index, module in enumerate(holder))
    return Stack("text", holder, layers, lambda count: _tell(model, "text_config", count))


def _tell(model: Any, tower: str, count: int) -> None:
    getattr(model.config, tower).num_hidden_layers = count


def _text_layer(module: nn.Module, name: str) -> Layer:
    owner = part(module, "attention.self", nn.Module)
    linears = [part(owner, path, nn.Linear) for path in ("query", "key", "value")]
    linears.append(part(module, "attention.output.dense", nn.Linear))
    first, second = (part(module, f"{path}.dense", nn.Linear) for path in ("intermediate", "output"))
    return encoder_layer(module, name, owner, linears, (first, second))
