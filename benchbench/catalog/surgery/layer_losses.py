"""Which layers to keep, told by the family's loss on calibration data."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from benchbench.catalog.anatomy import Stack
from benchbench.catalog.contracts import Subject
from benchbench.catalog.surgery.choice import spread
from benchbench.catalog.surgery.importance import Batches, loss_of
from benchbench.catalog.surgery.slicing import shallow
from benchbench.errors import CannotCut

Choice = tuple[int, ...]
Taps = Callable[[Choice], tuple[int, ...]]


@dataclass(frozen=True)
class Found:
    """What a search ended with: the layers, their loss, `tried` candidates, and what each removed layer alone costs."""

    kept: Choice
    loss: float
    tried: int
    rises: list[float]


@dataclass
class Trials:
    """The mean loss over the calibration images of a model with some of its layers; each choice is tried once.

    All choices of a call run on one batch before the next is decoded. `taps` tells what the head then reads.
    """

    subject: Subject
    stack: Stack
    taps: Taps
    batches: Batches
    losses: dict[Choice, float] = field(default_factory=dict)

    def measure(self, choices: Sequence[Choice]) -> None:
        """Raises CannotCut for a loss that is not finite."""
        new = [choice for choice in dict.fromkeys(choices) if choice not in self.losses]
        models = [partial(shallow, self.stack, choice, self.taps(choice)) for choice in new]
        found = _means(self.subject, self.batches, models)
        self.losses |= dict(zip(new, found, strict=True))

    def best(self, choices: Sequence[Choice]) -> Choice:
        """Of equal losses the choice of lower layers."""
        self.measure(choices)
        return min(choices, key=lambda choice: (self.losses[choice], choice))


def skip_rises(subject: Subject, stack: Stack, batches: Batches) -> list[float]:
    """How much the mean loss rises when each layer alone passes its input on, taps staying where they are."""
    layers = [layer.module for layer in stack.layers]
    whole, *skipped = _means(subject, batches, [nullcontext, *(partial(_passing, each) for each in layers)])
    return [loss - whole for loss in skipped]


def search(trials: Trials, count: int, limit: int) -> Found:
    """The `count` layers of least loss that a greedy search finds.

    Backward elimination: of all choices with one layer less the one of least loss, until `count` are left. It and the
    first, the last and evenly spread layers compete; the winner is refined by swaps of a kept for a removed layer, kept
    layers visited in an order drawn from the subject's seed, until none helps. No more swaps are tried when `limit`
    candidates were. Never worse on these data than the three simple choices.
    """
    available = len(trials.stack.layers)
    everything = tuple(range(available))
    trials.measure([everything])
    greedy = _eliminated(trials, everything, count)
    simple = [everything[:count], everything[available - count :], tuple(spread(available, count))]
    kept = _swapped(trials, trials.best([greedy, *simple]), limit)
    whole = trials.losses[everything]
    rises = [trials.losses[choice] - whole for choice in _without_one(everything)] if count < available else []
    return Found(kept, trials.losses[kept], len(trials.losses), rises)


def _eliminated(trials: Trials, choice: Choice, count: int) -> Choice:
    while len(choice) > count:
        choice = trials.best(_without_one(choice))
    return choice


def _without_one(choice: Choice) -> list[Choice]:
    return [choice[:place] + choice[place + 1 :] for place in range(len(choice))]


def _swapped(trials: Trials, best: Choice, limit: int) -> Choice:
    generator = random.Random(trials.subject.seed)
    queue: list[int] = generator.sample(best, len(best))
    while queue:
        layer = queue.pop()
        swaps = _swaps(best, layer, len(trials.stack.layers)) if layer in best else []
        if len(trials.losses) + sum(swap not in trials.losses for swap in swaps) > limit:
            return best
        winner = trials.best([best, *swaps])
        if trials.losses[winner] < trials.losses[best]:
            best, queue = winner, generator.sample(winner, len(winner))
    return best


def _swaps(choice: Choice, layer: int, available: int) -> list[Choice]:
    rest = set(choice) - {layer}
    return [tuple(sorted({*rest, other})) for other in range(available) if other not in choice]


def _means(subject: Subject, batches: Batches, models: Sequence[Callable[[], Any]]) -> list[float]:
    """The mean loss over all images of the model as each of these contexts makes it."""
    totals, images = [0.0] * len(models), 0
    with torch.no_grad():
        for batch in batches if models else ():
            size = len(next(iter(batch.inputs.values())))
            images += size
            for index, model in enumerate(models):
                with model():
                    totals[index] += size * float(loss_of(subject, batch))
    if not all(map(math.isfinite, totals)):
        raise CannotCut(
            "the calibration loss is not finite", "the weights or the calibration data hold NaN or infinity"
        )
    return [total / images for total in totals]


@contextmanager
def _passing(module: nn.Module) -> Iterator[None]:
    """A layer that hands on its input, uncomputed; hooks on it see that."""

    def forward(*inputs: Any, **named: Any) -> Any:
        return inputs[0] if inputs else _hidden(named)

    setattr(module, "forward", forward)  # noqa: B010 - a method may not be assigned to
    try:
        yield
    finally:
        delattr(module, "forward")


def _hidden(named: Mapping[str, Any]) -> Any:
    return named["hidden_states"]
