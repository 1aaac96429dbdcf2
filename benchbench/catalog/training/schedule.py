"""The share of the learning rate at a step: a pure function of the step, so that resuming needs no state."""

from __future__ import annotations

import math

from benchbench.catalog.training.recipe import Recipe

POWER = 0.9
"""The exponent of DeepLab's polynomial, which Depth Anything V2 takes over."""


def share(recipe: Recipe, step: int) -> float:
    """The factor of the learning rate at a 0-based step: (0, 1]; linear over `warm_up` steps, then by the schedule."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / (recipe.steps - recipe.warm_up)
    if recipe.schedule == "poly":
        return math.pow(1 - done, POWER)
    if recipe.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    return 1.0
