"""What is kept of a training as it goes: tensors for its checkpoints, the curve, how far the weights moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.training.checkpoint import Progress
from benchbench.catalog.training.recipe import Recipe
from benchbench.catalog.training.schedule import share
from benchbench.catalog.training.selection import Selection

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

POINTS = 50
_LEARNER, _OPTIMISER = "learner/", "optimiser/"


def extend(progress: Progress, recipe: Recipe) -> None:
    """Add a point to the curve when one is due: some fifty over the training, and one at its end."""
    step = progress.step
    if step % ceil(recipe.steps / POINTS) == 0 or step == recipe.steps:
        loss = sum(progress.recent) / len(progress.recent)
        progress.curve.append((step, loss, recipe.rate * recipe.head_factor * share(recipe, step - 1)))
        progress.recent.clear()


def captured(learner: nn.Module, optimiser: Optimizer) -> dict[str, Tensor]:
    """All that training changes: parameters that train, buffers, and the optimiser's state of each parameter."""
    state = {_LEARNER + name: each.contiguous() for name, each in _changing(learner).items()}
    for index, moments in optimiser.state_dict()["state"].items():
        state |= {f"{_OPTIMISER}{index}/{name}": each.contiguous() for name, each in moments.items()}
    return state


def restore(tensors: Mapping[str, Tensor], learner: nn.Module, optimiser: Optimizer) -> None:
    """Put back what `captured` took."""
    own = _changing(learner)
    moments: dict[int, dict[str, Tensor]] = defaultdict(dict)
    for key, tensor in tensors.items():
        if key.startswith(_LEARNER):
            own[key.removeprefix(_LEARNER)].copy_(tensor)
        else:
            index, _, name = key.removeprefix(_OPTIMISER).partition("/")
            moments[int(index)][name] = tensor
    whole: dict[str, Any] = {**optimiser.state_dict(), "state": dict(moments)}
    optimiser.load_state_dict(whole)


def _changing(learner: nn.Module) -> dict[str, Tensor]:
    trained = {name: each.detach() for name, each in learner.named_parameters() if each.requires_grad}
    return trained | dict(learner.named_buffers())


def changing(selection: Selection) -> list[str]:
    """Names of the parameters that are others afterwards."""
    return [*selection.names, *(f"{name}.weight" for name in selection.adapted)]


def updates(model: nn.Module, selection: Selection, start: Path) -> dict[str, float]:
    """|change| / |start| (Euclidean norms over all parameters of a place) by place, in the model's order.

    The weights at the start are read one by one from a file, so that they do not count as memory of the training.
    """
    from safetensors import safe_open

    moved: dict[str, float] = {}
    began: dict[str, float] = {}
    with safe_open(start, framework="pt") as file:
        changed = set(file.keys())
        for name, place in selection.places.items():
            now = model.get_parameter(name).detach().cpu().double()
            before = file.get_tensor(name).double() if name in changed else now
            moved[place] = moved.get(place, 0.0) + float((now - before).square().sum())
            began[place] = began.get(place, 0.0) + float(before.square().sum())
    return {place: (moved[place] / began[place]) ** 0.5 for place in moved if began[place]}
