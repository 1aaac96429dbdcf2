"""COCO's twelve numbers under many draws of the images at once: matched once, accumulated by a compiled loop.

The numbers are those of `coco_accumulate` for the same multiplicities, but for the order of sums. Loads numba: imported
where draws are made, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchbench.catalog.formulas.coco_accumulate import EMPTY, LIMITS, NAMES, RECALLS
from benchbench.catalog.formulas.coco_kernels import LANES, LEVELS, walk
from benchbench.catalog.formulas.coco_match import AREAS, MOST, Candidates, Matches, candidates, matched
from benchbench.catalog.formulas.detections import Flags, Floats, Integers, Scenes

Draws = NDArray[np.int32]
STEPS = np.append(RECALLS, np.inf)
SIZES = ("small", "medium", "large")


def resampler(scenes: Scenes) -> Callable[[ArrayLike], dict[str, Floats]]:
    """Matches once, and answers the twelve numbers (B,) for draws (B, n) of `scenes.images`; -1 for an empty bucket.

    What a multiplicity means, and which equal scores are taken together, `coco_accumulate.accumulator` tells. Raises
    ValueError for draws of another length, and for multiplicities that are negative or too many to be counted.
    """
    pairs = candidates(scenes)
    walks = {name: _walk(pairs, matched(pairs, area)) for name, area in AREAS.items()}
    order = np.argsort(scenes.images)

    def numbers(draws: ArrayLike) -> dict[str, Floats]:
        times = _checked(draws, len(order), len(scenes.truth.ids))[:, order]
        groups = [_twelve(walks, times[start : start + LANES]) for start in range(0, len(times), LANES)]
        return {name: np.concatenate([group[name] for group in groups]) for name in NAMES}

    return numbers


def _checked(draws: ArrayLike, images: int, objects: int) -> Integers:
    times = np.asarray(draws)
    if times.ndim != 2 or times.shape[1] != images or not len(times) or times.dtype.kind not in "iu":
        raise ValueError(f"draws must be rows of {images} whole numbers, one row or more")
    if times.size and times.min() < 0:
        raise ValueError("multiplicities must not be negative")
    if times.size and max(times.sum(axis=1).max() * MOST, times.max() * objects) > np.iinfo(np.int32).max:
        raise ValueError("so many repetitions cannot be counted in 32 bits")
    return times.astype(np.int64)


@dataclass(frozen=True)
class _Walk:
    """One range of areas as the loop takes it; `coco_kernels.walk` tells what each array holds."""

    detections: tuple[Integers, Draws, NDArray[np.uint16]]
    objects: tuple[Integers, Draws]

    def __call__(self, times: Draws) -> tuple[Floats, Draws, Draws]:
        kinds = len(self.objects[0]) - 1
        precision = np.zeros((kinds, LEVELS, LANES))
        hits = np.zeros((kinds, len(LIMITS), LEVELS, LANES), np.int32)
        objects = np.zeros((kinds, LANES), np.int32)
        walk(times, self.detections, self.objects, STEPS, precision, hits, objects)
        return precision, hits, objects


def _walk(pairs: Candidates, matches: Matches) -> _Walk:
    """Puts in order of category and falling score what the loop must see: up to a category's last true positive."""
    found, kinds = pairs.found, np.arange(len(pairs.categories) + 1)
    order = np.lexsort((-found.scores, found.category))
    true = matches.true[:, order]
    tried = true | (matches.inside & ~matches.ignored)[:, order]
    seen = _useful(np.any(true, axis=0), np.any(tried, axis=0), found.category[order])
    category, true, tried = found.category[order][seen], true[:, seen], tried[:, seen]
    limit = np.searchsorted(LIMITS, found.rank[order][seen], "right")
    states = np.column_stack([_bits(true), _bits(_highest(true, tried, category)), _bits(~tried), limit])
    counted = matches.counted
    image, owner = found.image[order][seen].astype(np.int32), pairs.objects.image[counted].astype(np.int32)
    own = np.searchsorted(pairs.objects.category[counted], kinds)
    return _Walk((np.searchsorted(category, kinds), image, states.astype(np.uint16)), (own, owner))


def _useful(true: Flags, tried: Flags, category: Integers) -> Flags:
    """(D,) whether a detection counts at any threshold, and a true positive of its category is yet to come."""
    last = np.full(category.max(initial=-1) + 1, -1)
    last[category[true]] = np.flatnonzero(true)
    return np.asarray(tried & (np.arange(len(category)) <= last[category]))


def _highest(true: Flags, tried: Flags, category: Integers) -> Flags:
    """(10, D) the true positives after which precision falls: one that another follows is below that in both."""
    highest = true.copy()
    for level in range(LEVELS):
        places = np.flatnonzero(tried[level])
        before, after = places[:-1], places[1:]
        highest[level, before] &= ~(true[level, after] & (category[before] == category[after]))
    return highest


def _bits(flags: Flags) -> NDArray[np.uint16]:
    """(10, D) flags as (D,) numbers, the lowest bit that of the lowest threshold."""
    bits: NDArray[np.uint16] = (flags * (1 << np.arange(LEVELS, dtype=np.uint16))[:, None]).sum(axis=0, dtype=np.uint16)
    return bits


def _twelve(walks: dict[str, _Walk], draws: Integers) -> dict[str, Floats]:
    times = np.zeros((draws.shape[1], LANES), np.int32)
    times[:, : len(draws)] = draws.T
    parts = {name: walk(times) for name, walk in walks.items()}
    precision, hits, objects = parts["all"]
    found = [_mean(precision[:, levels] / len(RECALLS), objects) for levels in (slice(None), slice(0, 1), slice(5, 6))]
    found += [_mean(parts[size][0] / len(RECALLS), parts[size][2]) for size in SIZES]
    found += [_recall(hits[:, : limit + 1], objects) for limit in range(len(LIMITS))]
    found += [_recall(parts[size][1], parts[size][2]) for size in SIZES]
    return {name: each[: len(draws)] for name, each in zip(NAMES, found, strict=True)}


def _recall(hits: Draws, objects: Draws) -> Floats:
    return _mean(hits.sum(axis=1) / np.maximum(objects, 1)[:, None], objects)


def _mean(values: Floats, objects: Draws) -> Floats:
    """The mean of (K, levels, 16) over levels and the categories that have objects, or -1."""
    present = objects > 0
    sums = np.where(present, values.mean(axis=1), 0).sum(axis=0)
    return np.where(present.any(axis=0), sums / np.maximum(present.sum(axis=0), 1), EMPTY)
