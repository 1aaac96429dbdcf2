"""COCO's matching of detections to ground truth, all images at once.

The rules are those of pycocotools (T.-Y. Lin and P. Dollár, `cocoeval.py`, `evaluateImg`), and so are the float64
operations, so that every decision is the same: within an image and category the best 100 detections choose in order of
falling score (equal ones as they came) the free object of highest overlap, the later of equal ones; an object that is
ignored (a crowd, or of another size) only if no other will do; a crowd is never used up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchbench.catalog.formulas.detections import Detections, Flags, Floats, Integers, Scenes, Truth

THRESHOLDS: Floats = np.linspace(0.5, 0.95, 10)
AREAS = {"all": (0.0, 1e10), "small": (0.0, 1024.0), "medium": (1024.0, 9216.0), "large": (9216.0, 1e10)}
"""Least and largest area in square pixels, both included."""
MOST = 100
"""Detections of one image and category that take part."""


@dataclass(frozen=True)
class Found:
    """The detections that take part, in order of category, image and falling score; all (D,).

    `image` and `category` are indices; `rank` counts from 0 within an image and category.
    """

    image: Integers
    category: Integers
    rank: Integers
    scores: Floats
    areas: Floats


@dataclass(frozen=True)
class Objects:
    """The ground truth in order of category and image, otherwise as annotated; all (G,)."""

    image: Integers
    category: Integers
    areas: Floats
    crowd: Flags


@dataclass(frozen=True)
class Candidates:
    """What may match: the pairs (P,) of one image and category that overlap by the lowest threshold or more.

    `images` (n,) and `categories` (K,) are sorted ids. Only categories with ground truth are there: the others have no
    precision, and COCO's means leave them out.
    """

    images: Integers
    categories: Integers
    found: Found
    objects: Objects
    pair_found: Integers
    pair_object: Integers
    overlap: Floats


@dataclass(frozen=True)
class Matches:
    """The outcome within one range of areas, for each threshold.

    true: (10, D) matched to an object that counts. ignored: (10, D) matched to one that does not. inside: (D,) whether
    the detection's own area is in the range; outside, it is no mistake to match nothing. counted: (G,) objects that
    count.
    """

    true: Flags
    ignored: Flags
    inside: Flags
    counted: Flags


def candidates(scenes: Scenes) -> Candidates:
    """Sorts detections and ground truth, and computes every overlap once for all ranges of areas."""
    images = np.sort(scenes.images)
    categories = np.unique(scenes.truth.categories)
    boxes, found = _found(scenes.detections, images, categories)
    order, objects = _objects(scenes.truth, images, categories)
    first, second = pairs_of(_key(found, len(images)), _key(objects, len(images)))
    overlap = overlaps(boxes[first], scenes.truth.boxes[order[second]], objects.crowd[second])
    near = overlap >= THRESHOLDS[0]
    return Candidates(images, categories, found, objects, first[near], second[near], overlap[near])


def overlaps(boxes: Floats, others: Floats, crowd: Flags) -> Floats:
    """Intersection over union of (P, 4) with (P, 4) boxes; over the first box's own area where the other is a crowd."""
    width = np.minimum(boxes[:, 2] + boxes[:, 0], others[:, 2] + others[:, 0]) - np.maximum(boxes[:, 0], others[:, 0])
    height = np.minimum(boxes[:, 3] + boxes[:, 1], others[:, 3] + others[:, 1]) - np.maximum(boxes[:, 1], others[:, 1])
    meeting = (width > 0) & (height > 0)
    common = width * height
    area = boxes[:, 2] * boxes[:, 3]
    union = np.where(crowd, area, area + others[:, 2] * others[:, 3] - common)
    quotient = np.zeros(len(common))
    np.divide(common, union, out=quotient, where=meeting)
    return quotient


def matched(candidates: Candidates, area: tuple[float, float]) -> Matches:
    """Plays the matching within one range of areas: round r lets all detections of rank r choose."""
    found, objects = candidates.found, candidates.objects
    inside, fitting = _within(found.areas, area), _within(objects.areas, area)
    idle = objects.crowd | ~fitting
    true, ignored = (np.zeros((len(THRESHOLDS), len(found.image)), np.bool_) for _ in range(2))
    taken = np.zeros((len(THRESHOLDS), len(idle)), np.bool_)
    for chooser, wish, enough in _rounds(candidates, idle):
        free = enough & (~taken[:, wish] | objects.crowd[wish])
        starts = np.flatnonzero(np.diff(chooser, prepend=-1))
        places = np.where(free, np.arange(len(wish)), len(wish))
        best = np.minimum.reduceat(places, starts, axis=1)
        threshold, which = np.nonzero(best < len(wish))
        pair = best[threshold, which]
        taken[threshold, wish[pair]] = True
        true[threshold, chooser[pair]] = ~idle[wish[pair]]
        ignored[threshold, chooser[pair]] = idle[wish[pair]]
    return Matches(true, ignored, inside, ~idle)


def _rounds(candidates: Candidates, idle: Flags) -> list[tuple[Integers, Integers, Flags]]:
    """For each rank its pairs (detection, object) in order of preference, and the thresholds (10, pairs) they pass."""
    first, second, overlap = candidates.pair_found, candidates.pair_object, candidates.overlap
    rank = candidates.found.rank[first]
    order = np.lexsort((-second, -overlap, idle[second], first, rank))
    cuts = np.flatnonzero(np.diff(rank[order], prepend=-1))[1:]
    return [
        (first[pairs], second[pairs], overlap[pairs] >= THRESHOLDS[:, None])
        for pairs in np.split(order, cuts)
        if len(pairs)
    ]


def _found(detections: Detections, images: Integers, categories: Integers) -> tuple[Floats, Found]:
    known = np.flatnonzero(np.isin(detections.categories, categories))
    image = np.searchsorted(images, detections.images[known])
    category = np.searchsorted(categories, detections.categories[known])
    order = np.lexsort((-detections.scores[known], image, category))
    rank = places_within(category[order] * len(images) + image[order])
    order, rank = order[rank < MOST], rank[rank < MOST]
    boxes = detections.boxes[known][order]
    areas = boxes[:, 2] * boxes[:, 3]
    return boxes, Found(image[order], category[order], rank, detections.scores[known][order], areas)


def _objects(truth: Truth, images: Integers, categories: Integers) -> tuple[Integers, Objects]:
    image = np.searchsorted(images, truth.images)
    category = np.searchsorted(categories, truth.categories)
    order = np.lexsort((image, category))
    return order, Objects(image[order], category[order], truth.areas[order], truth.crowd[order])


def _key(of: Found | Objects, images: int) -> Integers:
    """One sorted number for each image and category."""
    return of.category * images + of.image


def places_within(key: Integers) -> Integers:
    """Places within runs of equal keys, from 0."""
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    return np.arange(len(key)) - np.repeat(starts, np.diff(starts, append=len(key)))


def pairs_of(keys: Integers, others: Integers) -> tuple[Integers, Integers]:
    """Indices of all pairs of equal keys; `others` is sorted."""
    low, high = np.searchsorted(others, keys, "left"), np.searchsorted(others, keys, "right")
    count = high - low
    first = np.repeat(np.arange(len(keys)), count)
    return first, np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)


def _within(areas: Floats, limits: tuple[float, float]) -> Flags:
    return (areas >= limits[0]) & (areas <= limits[1])
