"""The schedules against PyTorch's own."""

import math
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from benchbench.catalog.training.recipe import Recipe
from benchbench.catalog.training.schedule import share


def torchs(steps: int, make: Any) -> list[float]:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimiser)
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        optimiser.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        ("cosine", lambda optimiser: lr_scheduler.CosineAnnealingLR(optimiser, 40)),
        ("poly", lambda optimiser: lr_scheduler.PolynomialLR(optimiser, 40, power=0.9)),
        ("constant", lambda optimiser: lr_scheduler.ConstantLR(optimiser, factor=1.0)),
    ],
)
def test_each_is_pytorch_s(schedule: Any, make: Any) -> None:
    recipe = Recipe(40, schedule=schedule)
    assert [share(recipe, step) for step in range(40)] == pytest.approx(torchs(40, make))


def test_a_warm_up_rises_to_1_and_the_rest_falls_from_there() -> None:
    recipe = Recipe(14, schedule="cosine", warm_up=4)
    found = [share(recipe, step) for step in range(14)]
    assert found[:4] == [0.25, 0.5, 0.75, 1.0]
    assert found[4:] == pytest.approx([0.5 * (1 + math.cos(math.pi * step / 10)) for step in range(10)])


def original(step: int, *, steps: int, warm_up: int) -> float:
    """The share of google-research/vision_transformer (c6de1e53), vit_jax/utils.py, lines 79-92, whose first is 0."""
    progress = min(max((step - warm_up) / float(steps - warm_up), 0.0), 1.0)
    return 0.5 * (1.0 + math.cos(math.pi * progress)) * min(1.0, step / warm_up)


def test_a_cosine_after_a_warm_up_is_the_original_vision_transformers() -> None:
    recipe = Recipe(200, schedule="cosine", warm_up=20)
    own = [share(recipe, step) for step in range(200)]
    assert own[20:] == pytest.approx([original(step, steps=200, warm_up=20) for step in range(20, 200)])
    assert own[:19] == pytest.approx([original(step + 1, steps=200, warm_up=20) for step in range(19)])


@pytest.mark.parametrize(("schedule", "last"), [("constant", 1.0), ("cosine", 0.006), ("poly", 0.063)])
def test_every_schedule_warms_up_alike_and_twice_the_steps_are_half_as_steep(schedule: Any, last: float) -> None:
    once, twice = (Recipe(steps, schedule=schedule, warm_up=10) for steps in (30, 50))
    assert [share(each, 4) for each in (once, twice)] == [0.5, 0.5]
    assert share(once, 29) == pytest.approx(last, abs=0.01)
    assert [share(twice, 10 + 2 * step) for step in range(20)] == pytest.approx(
        [share(once, 10 + step) for step in range(20)]
    )


def test_warming_up_to_the_end_divides_by_nothing() -> None:
    assert [share(Recipe(2, warm_up=2), step) for step in range(2)] == [0.5, 1.0]
