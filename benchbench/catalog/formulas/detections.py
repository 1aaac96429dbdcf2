"""Detections and ground truth as columns, refused before anything is computed from them.

No evaluator of COCO checks its input: one whose boxes are all NaN earns a higher AP than a healthy one. So a fault here
is an error with its place and never a number. A box without width or height is refused as well, even if a model
made it: it can match nothing, and dropping it quietly would flatter the model. Ground truth may hold such boxes, for
published annotations do (COCO train2017), and every evaluator counts them as objects that nobody finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays, Rows
from benchbench.errors import BadData

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Where = Callable[[int], str]
"""Names the place of a row, given its index."""

DETECTED = ("boxes", "scores", "categories")
ANNOTATED = ("boxes", "categories", "areas", "crowd", "ids")


@dataclass(frozen=True)
class Detections:
    """What a model found. images, scores, categories: (D,); boxes: (D, 4) x, y, width, height in pixels."""

    images: Integers
    boxes: Floats
    scores: Floats
    categories: Integers


@dataclass(frozen=True)
class Truth:
    """What is there. images, categories, areas, crowd, ids: (G,); boxes: (G, 4) x, y, width, height in pixels.

    `areas` are those of the outline in square pixels; they decide small, medium and large.
    """

    images: Integers
    boxes: Floats
    categories: Integers
    areas: Floats
    crowd: Flags
    ids: Integers


@dataclass(frozen=True)
class Scenes:
    """Images (n,) by id, what is in them and what was found in them."""

    images: Integers
    truth: Truth
    detections: Detections


class Checked(dict[str, NDArray[Any]]):
    """One image's ground truth that was found sound where it was read, and is scored against by many models.

    A copy with other columns is a plain dict again. Rows are checked once more before any number is made of them.
    """


def detections_from(arrays: Arrays, images: Integers) -> Detections:
    """Columns `boxes`, `scores`, `categories` whose rows belong to `images`. Raises BadData for odd columns."""
    _present(arrays, DETECTED)
    rows = len(images)
    return Detections(
        images,
        _floats(arrays, "boxes", (rows, 4)),
        _floats(arrays, "scores", (rows,)),
        _integers(arrays, "categories", rows),
    )


def truth_from(arrays: Arrays, images: Integers) -> Truth:
    """Columns `boxes`, `categories`, `areas`, `crowd`, `ids` whose rows belong to `images`. Raises BadData likewise."""
    _present(arrays, ANNOTATED)
    rows = len(images)
    return Truth(
        images,
        _floats(arrays, "boxes", (rows, 4)),
        _integers(arrays, "categories", rows),
        _floats(arrays, "areas", (rows,)),
        _integers(arrays, "crowd", rows) != 0,
        _integers(arrays, "ids", rows),
    )


def scenes(rows: Rows) -> Scenes:
    """The scenes that scored rows hold, checked. Raises BadData with every fault, its place and its share."""
    found = {name: rows.columns[name] for name in DETECTED}
    there = {name: rows.columns[f"truth_{name}"] for name in ANNOTATED}
    detections = detections_from(found, rows.ids[rows.owners("boxes")])
    truth = truth_from(there, rows.ids[rows.owners("truth_boxes")])
    refuse(detection_faults(detections, row_of(detections.images)), "detections")
    refuse(truth_faults(truth, row_of(truth.images)), "ground truth")
    return Scenes(rows.ids, truth, detections)


def detection_faults(detections: Detections, where: Where) -> list[str]:
    """What makes detections unfit to be scored, one sentence for each kind of fault."""
    boxes, scores = detections.boxes, detections.scores
    if _every(np.isfinite(boxes)) and _every(np.isfinite(scores)) and _every(boxes[:, 2:] > 0):
        return []  # told first, and quickly: it is so for every image and variant
    return [
        *share(~np.all(np.isfinite(detections.boxes), axis=1), "boxes that are not finite", where),
        *share(~np.isfinite(detections.scores), "scores that are not finite", where),
        *share(np.min(detections.boxes[:, 2:], axis=1) <= 0, "boxes without width or height", where),
    ]


def truth_faults(truth: Truth, where: Where) -> list[str]:
    """What makes ground truth unfit. An id of 0 would never count as matched, silently; so would a repeated one."""
    if _sound(truth):
        return []
    order = np.argsort(truth.ids, kind="stable")
    repeated = np.zeros(len(order), np.bool_)
    repeated[order[1:]] = truth.ids[order[1:]] == truth.ids[order[:-1]]
    return [
        *share(~np.all(np.isfinite(truth.boxes), axis=1), "boxes that are not finite", where),
        *share(np.min(truth.boxes[:, 2:], axis=1) < 0, "boxes of negative width or height", where),
        *share(~(np.isfinite(truth.areas) & (truth.areas >= 0)), "areas that are negative or not finite", where),
        *share(truth.ids <= 0, "annotation ids that are not positive", where),
        *share(repeated, "annotation ids that are repeated", where),
    ]


def _sound(truth: Truth) -> bool:
    """Whether there is no fault in it, without saying which."""
    boxes, areas, ids = truth.boxes, truth.areas, truth.ids
    finite = _every(np.isfinite(boxes)) and _every(np.isfinite(areas))
    positive = finite and _every(boxes[:, 2:] >= 0) and _every(areas >= 0) and _every(ids > 0)
    return positive and len(set(ids.tolist())) == len(ids)


def _every(flags: Flags) -> bool:
    return int(np.count_nonzero(flags)) == flags.size


def share(bad: NDArray[np.bool_], what: str, where: Where) -> list[str]:
    """How many rows are bad, and where the first is; nothing where none is."""
    count = int(np.count_nonzero(bad))
    if not count:
        return []
    return [f"{what}: {count} of {len(bad)} ({100 * count / len(bad):.3g} %), first at {where(int(np.argmax(bad)))}"]


def row_of(images: Integers) -> Where:
    """Names a row by its image and its place among the image's rows, from 0."""
    return lambda index: f"image {images[index]}, row {np.count_nonzero(images[:index] == images[index])}"


def refuse(faults: Iterable[str], what: str, hint: str = "") -> None:
    """Raises BadData that tells all faults at once, if there are any."""
    lines = list(faults)
    if lines:
        raise BadData("\n".join(f"{what}: {line}" for line in lines), hint)


def _present(arrays: Arrays, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in arrays]
    if missing:
        raise BadData(f"missing {', '.join(missing)}; there are {', '.join(arrays) or 'none'}")


def _floats(arrays: Arrays, name: str, shape: tuple[int, ...]) -> Floats:
    array: NDArray[Any] = np.asarray(arrays[name])
    _shaped(array, name, shape)
    if array.dtype.kind not in "fiu":
        raise BadData(f"{name} must be numbers, got {array.dtype}")
    return array.astype(np.float64)


def _integers(arrays: Arrays, name: str, rows: int) -> Integers:
    array: NDArray[Any] = np.asarray(arrays[name])
    _shaped(array, name, (rows,))
    if array.dtype.kind not in "iub":
        raise BadData(f"{name} must be whole numbers, got {array.dtype}")
    return array.astype(np.int64)


def _shaped(array: NDArray[Any], name: str, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise BadData(f"{name} must have shape {shape}, got {array.shape}")
