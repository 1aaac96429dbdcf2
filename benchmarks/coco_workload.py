"""Scenes of the size of COCO val2017, seeded: 5,000 images, about 36,800 objects, 500,000 detections."""

import numpy as np
from numpy.random import Generator

from benchbench.catalog.formulas.detections import Detections, Floats, Integers, Scenes, Truth

CATEGORIES: Integers = np.array(sorted(set(range(1, 91)) - {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}))
SIZE = np.array([640.0, 480.0])


def workload(seed: int = 0, *, images: int = 5_000, objects: int = 36_800, each: int = 100) -> Scenes:
    """Few kinds of object in an image, a third of them persons, 41 / 34 / 24 % small / medium / large, 1 % crowds;
    of the detections nearly a third near objects, worse for small ones, the rest elsewhere but of likely kinds."""
    rng = np.random.default_rng(seed)
    ids = np.sort(rng.permutation(600_000)[:images])
    prior = 1 / (np.arange(80) + 3.0)
    prior = 0.7 * prior / prior.sum() + 0.3 * (np.arange(80) == 0)
    topics = rng.choice(80, (images, 4), p=prior)
    crowding = rng.gamma(1.5, 1.0, images) + 0.2
    owners = np.repeat(np.arange(images), rng.multinomial(objects, crowding / crowding.sum()))
    truth = _truth(rng, ids, owners, topics)
    return Scenes(ids, truth, _detections(rng, ids, owners, topics, prior, truth, each))


def _truth(rng: Generator, ids: Integers, owners: Integers, topics: Integers) -> Truth:
    count = len(owners)
    buckets = np.log(np.array([[6, 32], [32, 96], [96, 400]]))[rng.choice(3, count, p=[0.414, 0.343, 0.243])]
    side = np.exp(rng.uniform(buckets[:, 0], buckets[:, 1]))
    fill = rng.uniform(0.45, 0.9, count)
    boxes = _placed(rng, side / np.sqrt(fill), 0.4)
    kinds = CATEGORIES[topics[owners, rng.integers(0, topics.shape[1], count)]]
    numbers = rng.permutation(2_000_000)[:count] + 1
    return Truth(ids[owners], boxes, kinds, boxes[:, 2] * boxes[:, 3] * fill, rng.random(count) < 0.012, numbers)


def _detections(
    rng: Generator, ids: Integers, owners: Integers, topics: Integers, prior: Floats, truth: Truth, each: int
) -> Detections:
    """For each image copies of its objects, at most `each`, then boxes elsewhere until there are `each`."""
    copies = np.repeat(np.arange(len(owners)), rng.integers(1, 8, len(owners)))
    order = rng.permutation(len(copies))
    copies = copies[order][np.argsort(owners[copies[order]], kind="stable")]
    starts = np.searchsorted(owners[copies], np.arange(len(ids)))
    copies = copies[np.arange(len(copies)) - starts[owners[copies]] < each]
    missing = each - np.bincount(owners[copies], minlength=len(ids))
    others = np.repeat(np.arange(len(ids)), missing)
    near, sure = _near(rng, truth.boxes[copies])
    likely = topics[others, rng.integers(0, topics.shape[1], len(others))]
    kinds = CATEGORIES[np.where(rng.random(len(others)) < 0.45, likely, rng.choice(80, len(others), p=prior))]
    boxes = np.concatenate([near, _placed(rng, np.exp(rng.uniform(np.log(8), np.log(300), len(others))), 0.5)])
    logits = np.concatenate([sure, rng.normal(-4.1, 1.25, len(others))])
    images = ids[np.concatenate([owners[copies], others])]
    mixed = rng.permutation(len(images))
    scores = 1 / (1 + np.exp(-logits))
    return Detections(
        images[mixed], boxes[mixed], scores[mixed], np.concatenate([truth.categories[copies], kinds])[mixed]
    )


def _near(rng: Generator, boxes: Floats) -> tuple[Floats, Floats]:
    """Boxes shifted and stretched, the small ones more, and logits that fall with the error."""
    size = np.sqrt(boxes[:, 2] * boxes[:, 3])
    error = 0.03 + 0.12 * rng.random(len(boxes)) ** 2 + 0.6 / size
    shift = rng.normal(0, 1, (len(boxes), 4)) * error[:, None]
    corner = boxes[:, :2] + shift[:, :2] * boxes[:, 2:]
    return np.column_stack([corner, boxes[:, 2:] * np.exp(shift[:, 2:])]), rng.normal(1.0 - 12 * error, 1.2)


def _placed(rng: Generator, side: Floats, spread: float) -> Floats:
    """Boxes (n, 4) of these sizes and random form, anywhere in the picture."""
    form = np.exp(rng.normal(0, spread, len(side)))
    extent = np.minimum(np.column_stack([side * form, side / form]), SIZE * 0.98)
    return np.column_stack([rng.uniform(0, 1, extent.shape) * (SIZE - extent), extent])
