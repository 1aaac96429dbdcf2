"""Position embeddings for another size of image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchbench.errors import BadCheckpoint


def resampled(table: NDArray[np.float32], side: int, tokens: int = 1) -> NDArray[np.float32]:
    """(1, tokens + n * n, d) to (1, tokens + side * side, d): the grid resampled, the tokens before it kept.

    The original's rule for fine-tuning (`interpolate_posembed` in vit_jax/checkpoint.py): scipy.ndimage.zoom of order
    1, which puts the corners of both grids upon each other. Raises BadCheckpoint for a table that is no square grid.
    """
    from scipy.ndimage import zoom

    grid, width = table[0, tokens:], table.shape[2]
    old = math.isqrt(len(grid))
    if old * old != len(grid) or not old:
        raise BadCheckpoint(f"position embeddings of {len(grid)} patches are of no square image")
    if old == side:
        return table
    square = zoom(grid.reshape(old, old, width), (side / old, side / old, 1), order=1)
    return np.concatenate([table[:, :tokens], square.reshape(1, side * side, width)], axis=1, dtype=np.float32)
