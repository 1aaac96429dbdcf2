"""One depth map on disk to metres. What is no measurement is 0: holes, sky, masked, not finite, or not positive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.image_files import decode_grey16
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData

Floats = NDArray[np.float32]
PIXELS = 2**26
"""No depth map has more pixels than this; a file that claims so is refused before memory is asked for."""


def depth_png(path: Path, per_metre: float, nothing: int | None = None) -> Floats:
    """(H, W) metres of a 16-bit PNG of `per_metre` steps a metre; 0 and the value `nothing` are no measurement.

    Raises BadData naming the file: truncated, of another bit depth, beyond Pillow's limit of pixels.
    """
    steps = decode_grey16(path)
    metres = steps.astype(np.float32) / np.float32(per_metre)
    return metres if nothing is None else np.where(steps == nothing, np.float32(0), metres)


def depth_npy(path: Path, mask: Path) -> Floats:
    """(H, W) metres of a .npy of (H, W) or (H, W, 1) floats; where the mask's .npy is 0 there is no measurement.

    Raises BadData naming the file: pickled objects, another shape or kind of number, cut short, absurdly large.
    """
    depth, seen = array(path, "f"), array(mask, "fbiu")
    if depth.shape != seen.shape:
        raise BadData(f"{path} holds {depth.shape} values, its mask {mask} {seen.shape}", "bring the original files")
    return np.where(seen != 0, depth, 0).astype(np.float32)


def array(path: Path, kinds: str) -> NDArray[Any]:
    """The (H, W) numbers of a .npy file, mapped rather than read. `kinds` are NumPy's letters of what may be in it."""
    try:
        values: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # the header is parsed as Python is, and fails in as many ways
        raise BadData(f"{path} cannot be read as a .npy file of numbers: {error}", "bring the original file") from error
    if values.dtype.kind not in kinds:
        raise BadData(f"{path} holds {values.dtype} values, which are no depth or mask", "bring the original file")
    flat = values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values
    if flat.ndim != 2 or flat.size > PIXELS:
        raise BadData(f"{path} has the shape {values.shape}, which is no depth map's", "bring the original file")
    return flat


def target(depth: NDArray[Any]) -> Arrays:
    """What a probe scores against: `depth` (H, W) float32 metres, 0 where not `valid` (H, W) bool.

    A map without any valid pixel is passed on; the probe counts such images.
    """
    with np.errstate(over="ignore"):
        metres = depth.astype(np.float32)
    valid = np.isfinite(metres) & (metres > 0)
    return {"depth": np.where(valid, metres, np.float32(0)), "valid": valid}
