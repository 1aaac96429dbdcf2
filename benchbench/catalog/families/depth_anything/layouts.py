"""Key conversion: the layouts in which Depth Anything is published, to the names of transformers' modules.

Original (DepthAnything/Depth-Anything-V2): `pretrained.*` as DINOv2 has it, `depth_head.*` as DPT has it, whose fusion
counts from the finest branch; transformers counts from the coarsest, in the order of the computation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchbench.catalog.depth.encoder_layout import RULES, converted
from benchbench.catalog.renaming import Rules, renamed

if TYPE_CHECKING:
    from torch import Tensor

BACKBONE = "backbone."
_PREFIXES: Rules = ((r"^module\.", ""), (r"^pretrained\.", BACKBONE))
_HEAD: Rules = (
    (r"^depth_head\.projects\.(\d+)\.", r"neck.reassemble_stage.layers.\1.projection."),
    (r"^depth_head\.resize_layers\.(\d+)\.", r"neck.reassemble_stage.layers.\1.resize."),
    (r"^depth_head\.scratch\.output_conv1\.", "head.conv1."),
    (r"^depth_head\.scratch\.output_conv2\.0\.", "head.conv2."),
    (r"^depth_head\.scratch\.output_conv2\.2\.", "head.conv3."),
    (r"\.resConfUnit([12])\.conv([12])\.", r".residual_layer\1.convolution\2."),
    (r"\.out_conv\.", ".projection."),
)
_BRANCH = re.compile(r"^depth_head\.scratch\.layer([1-4])_rn\.")
_LEVEL = re.compile(r"^depth_head\.scratch\.refinenet([1-4])\.")


def convert(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the model's names; names of no known layout stay, for the caller to complain about."""
    return converted(state, _renamed, BACKBONE)


def _renamed(name: str) -> str:
    name = renamed(name, _PREFIXES)
    if name.startswith(BACKBONE):
        return BACKBONE + renamed(name.removeprefix(BACKBONE), RULES)
    name = _BRANCH.sub(lambda match: f"neck.convs.{int(match[1]) - 1}.", name)
    name = _LEVEL.sub(lambda match: f"neck.fusion_stage.layers.{4 - int(match[1])}.", name)
    return renamed(name, _HEAD)
