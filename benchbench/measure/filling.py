"""Tensors that a training changed: told apart from the model it began with, and put back in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchbench.errors import BadCheckpoint, CannotTrain

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.measure.artifacts import Artifact


def changed(step: str, model: nn.Module, start: nn.Module | None) -> dict[str, Tensor]:
    """The tensors of a trained model that differ from those of `start`, all of them where there is none to begin with.

    Raises CannotTrain for a training that changed a name, a shape or a type, or ended in numbers that are none.
    """
    after, before = model.state_dict(), {} if start is None else start.state_dict()
    if start is not None and _layout(after) != _layout(before):
        names = sorted(name for name, _ in set(_layout(after).items()) ^ set(_layout(before).items()))
        raise CannotTrain(f"'{step}' changed what it may only fill: {', '.join(names[:5])}")
    found = {name: each for name, each in after.items() if name not in before or not _same(each, before[name])}
    broken = [name for name, each in found.items() if each.is_floating_point() and not bool(each.isfinite().all())]
    if broken:
        raise CannotTrain(f"'{step}' diverged: {broken[0]} is not finite", "a lower learning rate may help")
    return found


def fill(model: nn.Module, artifact: Artifact) -> None:
    """Put an artifact's tensors into a model of the same shapes. Raises BadCheckpoint for any that does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found = load_file(artifact.weights)
    except (OSError, SafetensorError) as error:
        raise unfit(artifact, str(error)) from error
    state = model.state_dict()
    for name, tensor in found.items():
        if name not in state:
            raise unfit(artifact, f"the model has no '{name}'")
        wanted = state[name]
        if tensor.shape != wanted.shape or tensor.is_floating_point() != wanted.is_floating_point():
            raise unfit(artifact, f"'{name}' is {_told(tensor)}, not {_told(wanted)}")
    with torch.no_grad():
        for name, tensor in found.items():
            state[name].copy_(tensor)


def unfit(artifact: Artifact, why: str) -> BadCheckpoint:
    """An artifact that is whole and yet not of this model."""
    card = artifact.weights.parents[1] / "cards" / f"{artifact.card.key}.json"
    return BadCheckpoint(f"{card}: {why}", "remove the card and train again with --recover")


def _layout(state: dict[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (tensor.shape, tensor.dtype) for name, tensor in state.items()}


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.detach().cpu(), other.detach().cpu())


def _told(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"
