"""One step of a variant's training as a call: forward and backward for each batch that is accumulated, then AdamW.

The loss is the mean of the outputs' absolute values: what a loss proper costs is small beside the passes, and the same
for all variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.training.lora import inject, merge
from benchbench.catalog.training.recipe import Recipe, recipe_of, trainings
from benchbench.catalog.training.selection import Selection, select, set_modes, training_mode

_RATE = 1e-6


def strategy_of(subject: Subject) -> Recipe:
    """The recipe of the subject's last training; one that trains everything where there is none."""
    trained = trainings(subject.surgery)
    return recipe_of(trained[-1]) if trained else Recipe(steps=1)


def inputs_of(subject: Subject, inputs: Inputs) -> Inputs:
    """Random inputs of the same size, as many at once as the last training's batch; the same where there is none."""
    if not trainings(subject.surgery):
        return inputs
    height, width = inputs["pixel_values"].shape[-2:]
    made = subject.family.example(strategy_of(subject).batch, height, width, subject.seed)
    return {name: each.to(inputs[name].device, inputs[name].dtype) for name, each in made.items()}


def step_of(subject: Subject, inputs: Inputs) -> Callable[[], object]:
    """The call on a copy of the model, so that the subject stays as it is; works under inference mode, too.

    Raises CannotTrain for a strategy that this model cannot follow.
    """
    recipe = strategy_of(subject)
    selection = select(subject.model, subject.anatomy, recipe)
    with torch.inference_mode(False):
        return _step(deepcopy(subject.model), selection, recipe, inputs, _RATE)


@contextmanager
def borrowed_step(subject: Subject, inputs: Inputs) -> Iterator[Callable[[], object]]:
    """The call on the model itself, which is not held twice then. At rate 0 its weights stay as they are, to the bit;
    all else is put back afterwards."""
    recipe, model = strategy_of(subject), subject.model
    selection = select(model, subject.anatomy, recipe)
    buffers = {name: each.clone() for name, each in model.named_buffers()}
    with torch.inference_mode(False), training_mode(model, selection):
        try:
            yield _step(model, selection, recipe, inputs, 0.0)
        finally:
            merge(model)
            for name, buffer in model.named_buffers():
                buffer.copy_(buffers[name])


def _step(model: nn.Module, selection: Selection, recipe: Recipe, inputs: Inputs, rate: float) -> Callable[[], object]:
    trained = set(selection.names)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in trained)
    with torch.random.fork_rng(devices=[]):
        if selection.adapted:
            inject(model, selection.adapted, recipe.rank)
    set_modes(model)
    own = {name: each.clone() for name, each in inputs.items()}
    moving = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(moving, lr=rate, weight_decay=recipe.weight_decay)

    def call() -> None:
        with torch.inference_mode(False), torch.enable_grad():
            for _ in range(recipe.accumulate):
                found = [each.abs().mean() for each in tensors(model(**own)) if each.requires_grad]
                torch.autograd.backward(torch.stack(found).sum() / recipe.accumulate)
            optimiser.step()
            optimiser.zero_grad()

    return call


def tensors(outputs: Any) -> Iterator[Tensor]:
    """Every tensor in a model's outputs."""
    if isinstance(outputs, Tensor):
        yield outputs
    elif isinstance(outputs, Mapping):
        for each in outputs.values():
            yield from tensors(each)
    elif isinstance(outputs, tuple | list):
        for each in outputs:
            yield from tensors(each)
