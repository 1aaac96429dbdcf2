"""Which parameters a strategy trains, and the model set up for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.catalog.training.recipe import Recipe
from benchbench.errors import CannotTrain

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.anatomy import Anatomy, Stack

ENCODER = "encoder"
HEAD = "head"


@dataclass(frozen=True)
class Selection:
    """Names of what is trained: parameters of the encoder and of the rest, and linear layers that get adapters.

    `places` says of every parameter where it stands: "encoder.3" in a layer of a stack, "encoder" elsewhere in what
    the anatomy calls the encoder, else "head".
    """

    encoder: tuple[str, ...]
    head: tuple[str, ...]
    adapted: tuple[str, ...]
    places: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.encoder, *self.head)


def select(model: nn.Module, anatomy: Anatomy, recipe: Recipe) -> Selection:
    """What a recipe's strategy trains; never what the family itself keeps from training.

    full: everything. frozen-encoder: everything outside the anatomy's encoder. head-only: the layers that predict.
    last-k: the last k layers of the stack "encoder", and everything outside of it and of the anatomy's encoder. lora:
    that with no layer, and adapters on query and value of every layer. Raises CannotTrain where that is nothing.
    """
    where = places(model, anatomy)
    free = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    trained = [name for name in free if _trains(name, where[name], anatomy, recipe)]
    adapted = _adapted(model, anatomy) if recipe.train == "lora" else ()
    if not trained and not adapted:
        raise CannotTrain(f"train: '{recipe.train}' leaves nothing to train in this model")
    inside = tuple(name for name in trained if name.startswith(anatomy.encoder))
    return Selection(inside, tuple(name for name in trained if name not in set(inside)), adapted, where)


def places(model: nn.Module, anatomy: Anatomy) -> dict[str, str]:
    """Where every parameter stands; see Selection."""
    layers = {
        id(parameter): f"{stack.name}.{index}"
        for stack in anatomy.stacks
        for index, layer in enumerate(stack.layers)
        for parameter in layer.module.parameters()
    }
    outside = {name: ENCODER if name.startswith(anatomy.encoder) else HEAD for name, _ in model.named_parameters()}
    return {name: layers.get(id(each), outside[name]) for name, each in model.named_parameters()}


def _trains(name: str, place: str, anatomy: Anatomy, recipe: Recipe) -> bool:
    if recipe.train == "full":
        return True
    if recipe.train == "head-only":
        return name.startswith(_known(anatomy.predictors, recipe))
    stack, _, layer = place.partition(".")
    if recipe.train in ("last-k", "lora") and stack == ENCODER and layer:
        return int(layer) >= _first(_stack(anatomy), recipe)
    return not name.startswith(_known(anatomy.encoder, recipe))


def _known(prefixes: tuple[str, ...], recipe: Recipe) -> tuple[str, ...]:
    if not prefixes:
        raise CannotTrain(f"train: '{recipe.train}': the family does not say which parameters that are")
    return prefixes


def _first(stack: Stack, recipe: Recipe) -> int:
    """The first layer that trains."""
    there = len(stack.layers)
    if recipe.train == "lora":
        return there
    if recipe.last > there:
        raise CannotTrain(f"last: {recipe.last} layers, but '{stack.name}' has {there}", "write a smaller one, or full")
    return there - recipe.last


def _stack(anatomy: Anatomy) -> Stack:
    try:
        return anatomy.stack(ENCODER)
    except KeyError as error:
        raise CannotTrain(f"this model's layers cannot be told apart: {error.args[0]}") from error


def _adapted(model: nn.Module, anatomy: Anatomy) -> tuple[str, ...]:
    wanted = {
        id(linear)
        for layer in _stack(anatomy).layers
        for attention in layer.attentions
        for linear in (attention.query, attention.value)
    }
    return tuple(name for name, module in model.named_modules() if id(module) in wanted)


def trainable_parameters(model: nn.Module, selection: Selection, rank: int) -> int:
    """How many numbers receive gradients: those selected, and rank x (inputs + outputs) for each adapter."""
    own = sum(model.get_parameter(name).numel() for name in selection.names)
    shapes = [model.get_parameter(f"{name}.weight").shape for name in selection.adapted]
    return own + sum(rank * (shape[0] + shape[1]) for shape in shapes)


@contextmanager
def training_mode(model: nn.Module, selection: Selection) -> Iterator[None]:
    """Gradients for what is selected alone, train mode for what holds any of it; afterwards eval mode, flags as before.

    A part without anything to train stays in eval mode: its dropout is off and its batch statistics do not move.
    """
    names = set(selection.names)
    before = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in names)
    try:
        yield
    finally:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(before.get(name, False))
            parameter.grad = None
        model.eval()


def set_modes(model: nn.Module) -> None:
    """Train mode for parts with parameters that train, eval mode for those that have none that do."""
    model.train()
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()
