"""Outlines of the generated shapes as inequalities in their own coordinates."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float32]
Mask = NDArray[np.bool_]


def disk(u: Grid, v: Grid) -> Mask:
    return u * u + v * v < 1


def square(u: Grid, v: Grid) -> Mask:
    return np.maximum(np.abs(u), np.abs(v)) < 0.85


def triangle(u: Grid, v: Grid) -> Mask:
    return (v < 0.8) & (v > 2 * np.abs(u) - 1)


def star(u: Grid, v: Grid) -> Mask:
    """Five points: the radius falls linearly from the tip to the notch half a fifth of a turn away."""
    fifth = 2 * np.pi / 5
    from_tip = np.abs((np.arctan2(v, u) + np.pi / 2 + fifth / 2) % fifth - fifth / 2)
    return np.hypot(u, v) < 1 - 0.55 * from_tip / (fifth / 2)


def ring(u: Grid, v: Grid) -> Mask:
    squared = u * u + v * v
    return (squared < 1) & (squared > 0.25)


def cross(u: Grid, v: Grid) -> Mask:
    across, along = np.minimum(np.abs(u), np.abs(v)), np.maximum(np.abs(u), np.abs(v))
    return (across < 0.34) & (along < 0.95)


SILHOUETTES: dict[str, Callable[[Grid, Grid], Mask]] = {
    "disk": disk,
    "square": square,
    "triangle": triangle,
    "star": star,
    "ring": ring,
    "cross": cross,
}
