"""Where a hybrid keeps its convolutions.

Their norms have groups, of which each must keep as many channels; what is left is then normalised as before. Kernels
are standardised anew over the inputs that are left.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from benchbench.catalog.anatomy import Block, ConvNorm, ConvStage
from benchbench.catalog.families.vit.resnet import StandardisedConv2d, Unit
from benchbench.catalog.parts import part


def root(model: nn.Module) -> ConvNorm | None:
    """The convolution before the max-pool; None for a model without a ResNet."""
    return _conv_norm(part(model, "resnet", nn.Module), "_root") if hasattr(model, "resnet") else None


def stages(model: nn.Module) -> Iterator[ConvStage]:
    """The stages behind the root, of which R+Ti/16 has none."""
    if hasattr(model, "resnet"):
        for index, stage in enumerate(part(model, "resnet.stages", nn.Sequential)):
            units = (unit for unit in stage.children() if isinstance(unit, Unit))
            yield ConvStage(f"stage{index + 1}", tuple(map(_block, units)))


def _block(unit: Unit) -> Block:
    projected = _conv_norm(unit, "_proj") if hasattr(unit, "conv_proj") else None
    return Block(tuple(_conv_norm(unit, str(number)) for number in (1, 2, 3)), projected)


def _conv_norm(module: nn.Module, name: str) -> ConvNorm:
    return ConvNorm(part(module, f"conv{name}", StandardisedConv2d), part(module, f"gn{name}", nn.GroupNorm))
