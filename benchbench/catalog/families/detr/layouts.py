"""Key conversion: every layout in which DETR's weights are published, to the names of transformers' modules.

Original (facebookresearch/detr): `backbone.0.body.*` under torchvision's names, `transformer.*` with packed in_proj.
Hugging Face: `model.backbone.conv_encoder.model.*` under timm's names (those of torchvision) or transformers' own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchbench.catalog.renaming import renamed

if TYPE_CHECKING:
    from torch import Tensor

_BACKBONE = "model.backbone.model."
_PREFIXES = (
    (r"^backbone\.0\.body\.", _BACKBONE),
    (r"^model\.backbone\.conv_encoder\.model\.", _BACKBONE),
    (r"^transformer\.(encoder|decoder)\.", r"model.\1."),
    (r"^model\.decoder\.norm\.", "model.decoder.layernorm."),
    (r"^query_embed\.", "model.query_position_embeddings."),
    (r"^input_proj\.", "model.input_projection."),
    (r"^class_embed\.", "class_labels_classifier."),
    (r"^bbox_embed\.", "bbox_predictor."),
)
_LAYERS = (
    (r"\.multihead_attn\.", ".encoder_attn."),
    (r"\.(self_attn|encoder_attn)\.out_proj\.", r".\1.o_proj."),
    (r"\.layers\.(\d+)\.(?:linear|fc)([12])\.", r".layers.\1.mlp.fc\2."),
    (r"\.layers\.(\d+)\.norm1\.", r".layers.\1.self_attn_layer_norm."),
    (r"(\.encoder\.layers\.\d+)\.norm2\.", r"\1.final_layer_norm."),
    (r"(\.decoder\.layers\.\d+)\.norm2\.", r"\1.encoder_attn_layer_norm."),
    (r"(\.decoder\.layers\.\d+)\.norm3\.", r"\1.final_layer_norm."),
)
_RESNET = (
    (r"^conv1\.", "embedder.embedder.convolution."),
    (r"^bn1\.", "embedder.embedder.normalization."),
    (r"\.downsample\.0\.", ".shortcut.convolution."),
    (r"\.downsample\.1\.", ".shortcut.normalization."),
)
_UNIT = re.compile(r"^layer(\d+)\.(\d+)\.(?:(conv|bn)(\d+)\.)?")
_UNIT_NAMES = {"conv": "convolution", "bn": "normalization"}


def convert(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the model's names; packed query, key and value rows apart, in that order.

    Names of no known layout stay as they are, for the caller to complain about. Batch counters are dropped: frozen
    batch norms have none.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if name.endswith(".num_batches_tracked"):
            continue
        found |= _unpacked(_renamed(name), tensor)
    return found


def _renamed(name: str) -> str:
    name = renamed(name, _PREFIXES)
    if name.startswith(_BACKBONE):
        return _BACKBONE + _resnet(name.removeprefix(_BACKBONE))
    return renamed(name, _LAYERS) if name.startswith("model.") else name


def _resnet(name: str) -> str:
    """Torchvision's name of a ResNet tensor to transformers'; stages and convolutions are counted from 0 there."""
    return _UNIT.sub(_unit, renamed(name, _RESNET))


def _unit(match: re.Match[str]) -> str:
    stage, block, kind, index = match.groups()
    path = f"encoder.stages.{int(stage) - 1}.layers.{block}."
    return path + (f"layer.{int(index) - 1}.{_UNIT_NAMES[kind]}." if kind else "")


def _unpacked(name: str, tensor: Tensor) -> dict[str, Tensor]:
    owner, packed, kind = name.partition(".in_proj_")
    if not packed or not tensor.ndim or tensor.shape[0] % 3:
        return {name: tensor}
    return {f"{owner}.{letter}_proj.{kind}": piece for letter, piece in zip("qkv", tensor.chunk(3), strict=True)}
