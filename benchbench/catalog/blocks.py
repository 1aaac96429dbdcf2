"""The blocks of a model, by name: what a profile over layers tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Subject

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.anatomy import Anatomy, ConvStage

REST = "everything else"


def blocks(subject: Subject) -> dict[str, nn.Module]:
    """The stages of the backbone, where there is one, and each layer of each stack; none lies within another.

    A stage is the outermost module that holds its convolutions and no other; where there is none, its work belongs to
    everything else.
    """
    anatomy = subject.anatomy
    stages = {f"backbone.{stage.name}": module for stage, module in _stages(subject.model, anatomy)}
    layers = {
        f"{stack.name}.{index}": layer.module for stack in anatomy.stacks for index, layer in enumerate(stack.layers)
    }
    return stages | layers


def parameters(modules: dict[str, nn.Module], model: nn.Module) -> list[int]:
    """Parameters of each module, and last those outside of all; one that is shared counts where it is met first."""
    seen: set[int] = set()

    def new(module: nn.Module) -> int:
        found = {id(each): each.numel() for each in module.parameters() if id(each) not in seen}
        seen.update(found)
        return sum(found.values())

    return [*map(new, modules.values()), new(model)]


def _stages(model: nn.Module, anatomy: Anatomy) -> Iterator[tuple[ConvStage, nn.Module]]:
    """Each stage with its module; lists are no candidates, as nobody calls them."""
    from torch import nn

    for stage in anatomy.stages:
        own = _convolutions(stage)
        for module in model.modules():
            inside = {id(each) for each in module.modules() if isinstance(each, nn.Conv2d)}
            if inside == own and type(module).forward is not nn.Module.forward:
                yield stage, module
                break


def _convolutions(stage: ConvStage) -> set[int]:
    return {
        id(each.convolution)
        for block in stage.blocks
        for each in (*block.convolutions, block.shortcut)
        if each is not None
    }
