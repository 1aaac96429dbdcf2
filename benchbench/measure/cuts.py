"""The check that a reducing step really made the model smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbench.errors import CannotCut

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.anatomy import Anatomy, ConvStage, Stack

PARAMETERS = "parameters"


def parameters(model: nn.Module) -> int:
    """The exact number of parameters, each tensor counted once."""
    return sum(parameter.numel() for parameter in model.parameters())


def counts(model: nn.Module, anatomy: Anatomy) -> dict[str, int]:
    """Parameters, and the layers, heads, units and channels that the anatomy tells, those of its head too, by name."""
    found = {PARAMETERS: parameters(model)}
    for stack in anatomy.stacks:
        found |= _stack(stack)
    for stage in anatomy.stages:
        found |= _stage(stage)
    if anatomy.stem:
        found["stem channels"] = anatomy.stem.convolution.out_channels
    found |= {f"{feature.name} channels": feature.width for feature in anatomy.features}
    if anatomy.stream:
        found["stream width"] = anatomy.stream.width
    return found


def confirm(step: str, before: dict[str, int], after: dict[str, int]) -> None:
    """Raises CannotCut unless parameters and at least one structural count fell, and nothing grew."""
    grown = [name for name, count in after.items() if count > before.get(name, 0)]
    fallen = [name for name, count in before.items() if after.get(name, 0) < count]
    if grown:
        raise CannotCut(f"step '{step}' should make the model smaller, but {_change(grown, before, after)}")
    if PARAMETERS not in fallen or len(fallen) < 2:
        told = _change(fallen, before, after) or "no count changed"
        raise CannotCut(
            f"step '{step}' removed nothing that can be counted: {told}",
            "a cut that leaves the shapes as they were is no cut; change its settings or leave it out",
        )


def _stack(stack: Stack) -> dict[str, int]:
    heads = sum(attention.heads for layer in stack.layers for attention in layer.attentions)
    units = sum(layer.feed_forward.first.out_features for layer in stack.layers)
    return {f"{stack.name} layers": len(stack.holder), f"{stack.name} heads": heads, f"{stack.name} units": units}


def _stage(stage: ConvStage) -> dict[str, int]:
    rows = [pair.convolution.out_channels for block in stage.blocks for pair in block.convolutions]
    return {f"{stage.name} channels": sum(rows)}


def _change(names: list[str], before: dict[str, int], after: dict[str, int]) -> str:
    return ", ".join(f"{name}: {before.get(name, 0)} to {after.get(name, 0)}" for name in names)
