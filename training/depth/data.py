"""Rooms for training, drawn when they are needed, and those held out."""

import numpy as np
import torch
from torch import Tensor

from benchbench.catalog.formulas.rooms_drawing import draw


def batch(seed: int, step: int, size: int) -> tuple[Tensor, Tensor]:
    """The rooms of one step: (n, h, w, 3) uint8 and (n, h, w) depth in metres; no room is seen twice but mirrored.

    Half of them are mirrored and their colour channels shuffled, by a generator of the same seed and step.
    """
    images, depths = rooms(seed, step * size, size)
    rng = np.random.default_rng([seed, 0, step])
    if rng.random() < 0.5:
        images, depths = images.flip(2), depths.flip(2)
    return images[..., torch.from_numpy(rng.permutation(3))], depths


def rooms(seed: int, first: int, count: int) -> tuple[Tensor, Tensor]:
    """Rooms `first` to `first + count` of a seed."""
    drawn = [draw(seed, first + index) for index in range(count)]
    images = torch.from_numpy(np.stack([room.image for room in drawn]))
    return images, torch.from_numpy(np.stack([room.depth for room in drawn]))
