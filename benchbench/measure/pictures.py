"""A few samples as pictures: image, target and prediction, small enough to lie beside every record."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.measure.reading import Batch

PICTURES = "pictures"
SIDE = 240
"""Pixels of a picture's longer side; what is smaller keeps its size."""
QUALITY = 90
"""Of the image as JPEG: every record has it, and raw it would be most of the file."""
HALF = 6e4
"""Maps below this are kept in half precision: 5e-4 of a value, finer than any colour."""


def pictured(batch: Batch, predictions: Sequence[Arrays]) -> dict[str, NDArray[Any]]:
    """Pictures of the batch's samples whose images were kept, under `pictures.<id>.`: see `picture`."""
    found: dict[str, NDArray[Any]] = {}
    for id, image, target, prediction in zip(batch.ids, batch.images, batch.targets, predictions, strict=False):
        parts = picture(image, target, prediction)
        found |= {f"{PICTURES}.{id}.{name}": array for name, array in parts.items()}
    return found


def picture(image: NDArray[np.uint8], target: Arrays, prediction: Arrays) -> dict[str, NDArray[Any]]:
    """`size` (2,) height and width of the original, `image` (n,) the bytes of a JPEG, `target.<name>` and
    `prediction.<name>`.

    Maps as large as the image are sampled down with it, at the pixels nearest to the centres, so that every value is
    one that was predicted or measured. What counts boxes or points stays, in pixels of the original.
    """
    size = (image.shape[0], image.shape[1])
    parts: dict[str, NDArray[Any]] = {"size": np.array(size, np.int64), "image": shrunk(image)}
    for kind, arrays in (("target", target), ("prediction", prediction)):
        parts |= {f"{kind}.{name}": _small(np.asarray(array), size) for name, array in arrays.items()}
    return parts


def shrunk(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An (H, W, 3) image with at most SIDE pixels on its longer side, each the mean of those it stands for, as JPEG."""
    from PIL import Image

    height, width = _shape(image.shape[0], image.shape[1])
    buffer = io.BytesIO()
    small = Image.fromarray(image).resize((width, height), Image.Resampling.BOX)
    small.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def gathered(chunks: Sequence[Arrays]) -> dict[str, NDArray[Any]]:
    """The pictures in all chunks, without their prefix."""
    start = f"{PICTURES}."
    return {
        name.removeprefix(start): array for chunk in chunks for name, array in chunk.items() if name.startswith(start)
    }


def write(pictures: Arrays, path: Path) -> None:
    """Write pictures as a compressed npz without pickles."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **dict(pictures))


def _small(array: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    if array.ndim < 2 or array.shape[:2] != size:
        return array
    height, width = _shape(*size)
    down, across = (_centres(whole, part) for whole, part in zip(size, (height, width), strict=True))
    return _lighter(array[down][:, across])


def _lighter(array: NDArray[Any]) -> NDArray[Any]:
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array[:0]
    is_light = finite.size and float(np.abs(finite).max()) < HALF
    return array.astype(np.float16) if is_light else array


def _centres(whole: int, part: int) -> NDArray[np.int64]:
    return ((np.arange(part) + 0.5) * whole / part).astype(np.int64)


def _shape(height: int, width: int) -> tuple[int, int]:
    factor = min(1.0, SIDE / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))
