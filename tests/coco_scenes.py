"""Random COCO scenes that hold everything an evaluator can trip over."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from benchbench.catalog.formulas.detections import Detections, Floats, Integers, Scenes, Truth
from benchbench.catalog.formulas.rows import Arrays, Rows, gather


@dataclass(frozen=True)
class Shape:
    """How much of everything. `grid` rounds coordinates and `ties` scores, so that overlaps and scores repeat."""

    images: int = 6
    objects: int = 30
    detections: int = 80
    categories: int = 3
    grid: float = 4.0
    ties: int = 10


def random_scenes(seed: int, shape: Shape) -> Scenes:
    """Images out of order and with gaps, some without objects or detections, crowds, objects without size, areas on the
    limits of a bucket, detections near objects and elsewhere, some of a category that has no object."""
    rng = np.random.default_rng(seed)
    images = rng.permutation(1000)[: shape.images].astype(np.int64)
    categories = np.sort(rng.permutation(90)[: shape.categories + 1]).astype(np.int64)
    truth = _truth(rng, shape, images, categories[:-1])
    return Scenes(images, truth, _detections(rng, shape, images, categories, truth))


def repeated(scenes: Scenes, times: Integers) -> Scenes:
    """The scenes with each image physically there so many times, copies standing side by side in order of id."""
    kept = np.argsort(scenes.images)
    ids = np.repeat(scenes.images[kept], times[kept])
    copies = [(image, new) for new, image in enumerate(ids.tolist(), start=1)]
    truth, found = scenes.truth, scenes.detections
    here = [np.flatnonzero(truth.images == image) for image, _ in copies]
    seen = [np.flatnonzero(found.images == image) for image, _ in copies]
    there, rows = np.concatenate([*here, np.zeros(0, int)]), np.concatenate([*seen, np.zeros(0, int)])
    new = np.array([new for _, new in copies], np.int64)
    return Scenes(
        new,
        Truth(
            np.repeat(new, [len(each) for each in here]),
            truth.boxes[there],
            truth.categories[there],
            truth.areas[there],
            truth.crowd[there],
            np.arange(1, len(there) + 1),
        ),
        Detections(
            np.repeat(new, [len(each) for each in seen]), found.boxes[rows], found.scores[rows], found.categories[rows]
        ),
    )


def as_rows(scenes: Scenes) -> Rows:
    """The same scenes as the rows of the probe."""
    return gather(scenes.images.tolist(), [_row(scenes, image) for image in scenes.images.tolist()])


def as_target(scenes: Scenes, image: int) -> Arrays:
    truth, here = scenes.truth, scenes.truth.images == image
    return {
        "boxes": truth.boxes[here],
        "categories": truth.categories[here],
        "areas": truth.areas[here],
        "crowd": truth.crowd[here],
        "ids": truth.ids[here],
    }


def as_prediction(scenes: Scenes, image: int) -> Arrays:
    found, seen = scenes.detections, scenes.detections.images == image
    return {"boxes": found.boxes[seen], "scores": found.scores[seen], "categories": found.categories[seen]}


def _row(scenes: Scenes, image: int) -> Arrays:
    return dict(as_prediction(scenes, image)) | {f"truth_{k}": v for k, v in as_target(scenes, image).items()}


def _truth(rng: Generator, shape: Shape, images: Integers, categories: Integers) -> Truth:
    count = shape.objects
    owners = rng.choice(images[: max(1, len(images) - 1)], count)
    boxes = _rounded(np.column_stack([rng.uniform(0, 300, (count, 2)), np.exp(rng.uniform(0, 5.5, (count, 2)))]), shape)
    boxes[rng.random(count) < 0.03, 2] = 0.0
    areas = boxes[:, 2] * boxes[:, 3] * rng.choice([1.0, 0.6], count)
    limits = rng.random(count) < 0.1
    areas[limits] = rng.choice([1024.0, 9216.0], int(limits.sum()))
    ids = rng.permutation(10 * count + 1)[:count].astype(np.int64) + 1
    return Truth(owners, boxes, rng.choice(categories, count), areas, rng.random(count) < 0.15, ids)


def _detections(rng: Generator, shape: Shape, images: Integers, categories: Integers, truth: Truth) -> Detections:
    count = shape.detections
    owners = rng.choice(images[min(1, len(images) - 1) :], count)
    boxes = np.column_stack([rng.uniform(0, 300, (count, 2)), np.exp(rng.uniform(0, 5.5, (count, 2)))])
    kinds = rng.choice(categories, count)
    if len(truth.images):
        near = rng.random(count) < 0.7
        source = rng.integers(0, len(truth.images), int(near.sum()))
        owners[near], kinds[near] = truth.images[source], truth.categories[source]
        sizes = truth.boxes[source][:, [2, 3, 2, 3]]
        boxes[near] = truth.boxes[source] + rng.normal(0, 0.1, sizes.shape) * sizes
    boxes = _rounded(boxes, shape)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], 0.5)
    scores = np.round(rng.random(count) * shape.ties) / shape.ties
    return Detections(owners, boxes, scores, kinds)


def _rounded(boxes: Floats, shape: Shape) -> Floats:
    """Coordinates on a grid, so that many overlaps are equal; a grid of 0 leaves them as they are."""
    return np.round(boxes / shape.grid) * shape.grid if shape.grid else boxes
