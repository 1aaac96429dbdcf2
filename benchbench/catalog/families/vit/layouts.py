"""Key conversion: every layout in which PyTorch files of ViT and DeiT are published, to the names of transformers.

Hugging Face's files keep the names of its first version (`encoder.layer.N.attention.attention.query`); DeiT's original
(facebookresearch/deit) and timm's have `blocks.N.attn.qkv` packed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from benchbench.catalog.families.vit.architecture import SIZES
from benchbench.catalog.renaming import renamed

if TYPE_CHECKING:
    from torch import Tensor

_FIRST = (
    (r"^(vit|deit)\.encoder\.layer\.", r"\1.layers."),
    (r"\.attention\.attention\.(q|k|v)(?:uery|ey|alue)\.", r".attention.\1_proj."),
    (r"\.attention\.output\.dense\.", ".attention.o_proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"^((?:vit|deit)\.layers\.\d+)\.output\.dense\.", r"\1.mlp.fc2."),
)
_PACKED = (
    (r"^(cls_token)$", r"{core}.embeddings.\1"),
    (r"^dist_token$", "{core}.embeddings.distillation_token"),
    (r"^pos_embed$", "{core}.embeddings.position_embeddings"),
    (r"^patch_embed\.proj\.", "{core}.embeddings.patch_embeddings.projection."),
    (r"^norm\.", "{core}.layernorm."),
    (r"^blocks\.(\d+)\.norm1\.", r"{core}.layers.\1.layernorm_before."),
    (r"^blocks\.(\d+)\.norm2\.", r"{core}.layers.\1.layernorm_after."),
    (r"^blocks\.(\d+)\.attn\.proj\.", r"{core}.layers.\1.attention.o_proj."),
    (r"^blocks\.(\d+)\.(attn\.qkv|mlp\.fc[12])\.", r"{core}.layers.\1.\2."),
    (r"^head\.", "{head}."),
    (r"^head_dist\.", "distillation_classifier."),
)
_LAYER = re.compile(r"\.layers\.(\d+)\.")


def convert(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the model's names; packed query, key and value rows apart, in that order.

    Names of no known layout stay as they are, for the caller to complain about; a second tensor of a name is marked.
    """
    distilled = "dist_token" in state
    names = {"core": "deit" if distilled else "vit", "head": "cls_classifier" if distilled else "classifier"}
    packed = [(pattern, after.format(**names)) for pattern, after in _PACKED]
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        for after, piece in _unpacked(renamed(name, (*_FIRST, *packed)), tensor).items():
            found[f"{after} (a second time)" if after in found else after] = piece
    return found


def _unpacked(name: str, tensor: Tensor) -> dict[str, Tensor]:
    owner, packed, kind = name.partition(".attn.qkv.")
    if not packed or not tensor.ndim or tensor.shape[0] % 3:
        return {name: tensor}
    pieces = zip("qkv", tensor.chunk(3), strict=True)
    return {f"{owner}.attention.{letter}_proj.{kind}": piece for letter, piece in pieces}


def sizes_in(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """What the shapes of a converted state tell of the sizes; heads, which none tells, as in the size they are of.

    64 dimensions are a head in every size of the originals.
    """
    core = "deit" if any(name.startswith("deit.") for name in state) else "vit"
    kernel = state.get(f"{core}.embeddings.patch_embeddings.projection.weight")
    table = state.get(f"{core}.embeddings.position_embeddings")
    first = state.get(f"{core}.layers.0.mlp.fc1.bias")
    head = state.get("cls_classifier.bias" if core == "deit" else "classifier.bias")
    layers = [int(match[1]) for name in state if (match := _LAYER.search(name))]
    found: dict[str, Any] = {"distilled": core == "deit"}
    if kernel is not None and kernel.ndim == 4:
        found |= {"hidden": kernel.shape[0], "patch": kernel.shape[-1], "heads": max(1, kernel.shape[0] // 64)}
        if table is not None and table.ndim == 3:
            found["image"] = kernel.shape[-1] * math.isqrt(table.shape[1] - (2 if core == "deit" else 1))
    found |= {"layers": max(layers) + 1} if layers else {}
    found |= {"mlp": first.shape[0]} if first is not None else {}
    return found | ({"classes": head.shape[0]} if head is not None else {})


def likeness(found: Mapping[str, Any]) -> str:
    """The size that these sizes are of; "" for one of its own."""
    own = ("hidden", "layers", "patch")
    return next((name for name, each in SIZES.items() if all(each[key] == found.get(key) for key in own)), "")
