"""Key conversion of the encoder: every layout in which DINOv2's weights are published, to transformers' present names.

Original (facebookresearch/dinov2, and `pretrained.` in Depth Anything V2): `blocks.N.attn.qkv` packed, `ls1.gamma`.
Hugging Face, as its files have it: `encoder.layer.N.attention.attention.query`, `attention.output.dense`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.catalog.depth.architecture import ENCODERS, known
from benchbench.catalog.renaming import Rules, renamed
from benchbench.errors import BadCheckpoint

if TYPE_CHECKING:
    from torch import Tensor

RULES: Rules = (
    (r"^dinov2\.", ""),
    (r"^(cls_token|mask_token)$", r"embeddings.\1"),
    (r"^pos_embed$", "embeddings.position_embeddings"),
    (r"^patch_embed\.proj\.", "embeddings.patch_embeddings.projection."),
    (r"^norm\.", "layernorm."),
    (r"^blocks\.(\d+)\.", r"encoder.layer.\1."),
    (r"^(encoder\.layer\.\d+)\.attn\.proj\.", r"\1.attention.o_proj."),
    (r"^(encoder\.layer\.\d+)\.ls([12])\.gamma$", r"\1.layer_scale\2.lambda1"),
    (r"\.attention\.attention\.(q|k|v)(?:uery|ey|alue)\.", r".attention.\1_proj."),
    (r"\.attention\.output\.dense\.", ".attention.o_proj."),
)
_PACKED = re.compile(r"^(encoder\.layer\.\d+)\.attn\.qkv\.(weight|bias)$")
_LAYER = re.compile(r"^encoder\.layer\.(\d+)\.")


def convert(state: Mapping[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """An encoder's tensors under the names of transformers' Dinov2Model behind `prefix`, packed q, k and v apart.

    Names of no known layout stay as they are, for the caller to complain about.
    """
    return converted(state, lambda name: prefix + renamed(name, RULES), prefix)


def converted(state: Mapping[str, Tensor], rename: Callable[[str], str], prefix: str) -> dict[str, Tensor]:
    """The same tensors renamed. A name that is there already is marked, so that no tensor gets lost."""
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        for after, piece in _unpacked(rename(name), tensor, prefix).items():
            found[f"{after} (a second time)" if after in found else after] = piece
    return found


def _unpacked(name: str, tensor: Tensor, prefix: str) -> dict[str, Tensor]:
    match = _PACKED.match(name.removeprefix(prefix))
    if not match or not tensor.ndim or tensor.shape[0] % 3:
        return {name: tensor}
    path = f"{prefix}{match[1]}.attention."
    return {f"{path}{letter}_proj.{match[2]}": piece for letter, piece in zip("qkv", tensor.chunk(3), strict=True)}


def likeness(state: Mapping[str, Tensor], prefix: str = "") -> str:
    """What a converted state dict's encoder is by its shapes, in words: "vitb (768 wide, 12 layers)"; "" for none."""
    width, count = _shape(state, prefix)
    return f"{known(width, count) or 'an encoder of its own'} ({width} wide, {count} layers)" if count else ""


def check_heads(state: Mapping[str, Tensor], heads: int, path: Path, prefix: str = "") -> None:
    """Raises BadCheckpoint for one of DINOv2's encoders with another number of heads: no tensor's shape tells it."""
    name = known(*_shape(state, prefix))
    if name and ENCODERS[name]["heads"] != heads:
        there = ENCODERS[name]["heads"]
        raise BadCheckpoint(f"{path} looks like {name}, which has {there} heads, not {heads}", "correct `architecture`")


def _shape(state: Mapping[str, Tensor], prefix: str) -> tuple[int, int]:
    token = state.get(f"{prefix}embeddings.cls_token")
    layers = [int(match[1]) for name in state if (match := _LAYER.match(name.removeprefix(prefix)))]
    return (0, 0) if token is None or not token.ndim else (token.shape[-1], max(layers, default=-1) + 1)
