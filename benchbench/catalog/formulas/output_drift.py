"""How far one model's outputs lie from another's for the same inputs, and how often the two decide alike.

Everything is computed in float64 whatever the outputs were, image by image, so that any grouping into batches comes to
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SAME_BOX = 0.5
"""Intersection over union from which on two boxes mean the same thing, as in PASCAL VOC and AP50."""
SAME_DEPTH = 1.25
"""Ratio below which two depths agree: delta-1 of Eigen et al. (arXiv 1406.2283)."""


class Apart(NamedTuple):
    """Outputs against the reference's: by image the cosine (n,), the largest difference, and the largest expected."""

    cosines: Floats
    largest: float
    scale: float

    @property
    def relative(self) -> float:
        """The largest difference over the largest expected value; itself where that is 0."""
        return self.largest / self.scale if self.scale else self.largest

    @property
    def identical(self) -> bool:
        return self.largest == 0


class Alike(NamedTuple):
    """By image (n,), how much of the decisions `made` is `shared`."""

    shared: NDArray[Any]
    made: NDArray[np.int64]

    @property
    def share(self) -> float:
        """Of all; 1 where none was made, as both found nothing."""
        return float(self.shared.sum() / self.made.sum()) if self.made.sum() else 1.0


def apart(found: ArrayLike, expected: ArrayLike) -> Apart:
    """Of outputs (n, ...) of equal shape. Raises ValueError for others."""
    ours, theirs = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"outputs {ours.shape} against {theirs.shape}")
    flat = (len(ours), -1) if ours.size else (len(ours), 0)
    largest, scale = (float(np.abs(each).max(initial=0.0)) for each in (ours - theirs, theirs))
    return Apart(cosines(ours.reshape(flat), theirs.reshape(flat)), largest, scale)


def cosines(found: Floats, expected: Floats) -> Floats:
    """Cosine of the angle between the rows of two (n, d): 1 for equal ones, also of zeros; 0 beside a row of zeros."""
    # Scaled first: squares of the smallest values would vanish.
    ours, theirs = (each / _or_one(np.abs(each).max(axis=1, initial=0.0))[:, None] for each in (found, expected))
    lengths = np.sqrt((ours**2).sum(1) * (theirs**2).sum(1))
    cosine = np.clip((ours * theirs).sum(1) / _or_one(lengths), -1, 1)
    return np.where((found == expected).all(1), 1.0, cosine)


def joined(parts: Sequence[Apart]) -> Apart:
    """Several batches as one."""
    return Apart(
        np.concatenate([part.cosines for part in parts]),
        max(part.largest for part in parts),
        max(part.scale for part in parts),
    )


def gathered(parts: Sequence[Alike]) -> Alike:
    """Several batches as one."""
    return Alike(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def same_classes(found: Floats, expected: Floats) -> Alike:
    """Of logits (n, classes): images whose highest logit is the same class's, the first of equal ones."""
    same = found.argmax(-1) == expected.argmax(-1)
    return Alike(same.astype(np.int64), np.ones(len(same), np.int64))


def same_detections(logits: tuple[Floats, Floats], boxes: tuple[Floats, Floats]) -> Alike:
    """Of found and expected logits (n, queries, classes + 1), the last for no object, and boxes (n, queries, 4) cxcywh.

    Counted are queries in which at least one of the two sees an object; shared are those in which both see the same
    class in boxes of which union at least half is common. That neither sees one, which is true of most queries, says
    little.
    """
    ours, theirs = (each.argmax(-1) for each in logits)
    nothing = logits[0].shape[-1] - 1
    seen = (ours != nothing) | (theirs != nothing)
    same = seen & (ours == theirs) & (overlaps(*boxes) >= SAME_BOX)
    return Alike(same.sum(1), seen.sum(1))


def overlaps(found: Floats, expected: Floats) -> Floats:
    """Intersection over union of each box with its counterpart, (..., 4) cxcywh; 0 of boxes without area."""
    half = [box[..., 2:] / 2 for box in (found, expected)]
    low = np.maximum(found[..., :2] - half[0], expected[..., :2] - half[1])
    high = np.minimum(found[..., :2] + half[0], expected[..., :2] + half[1])
    sides = np.clip(high - low, 0, None)
    common = sides.prod(-1)
    union = sum(np.clip(box[..., 2:], 0, None).prod(-1) for box in (found, expected)) - common
    shares: Floats = common / _or_one(union)
    return shares


def same_depths(found: Floats, expected: Floats) -> Alike:
    """Of maps (n, h, w): pixels that are equal, or both positive and within a factor of 1.25 of each other."""
    positive = (found > 0) & (expected > 0)
    near = (found < SAME_DEPTH * expected) & (expected < SAME_DEPTH * found)
    same = (found == expected) | (positive & near)
    return Alike(same.sum((1, 2)), np.full(len(same), same[:1].size))


def _or_one(values: Floats) -> Floats:
    return np.where(values > 0, values, 1.0)
