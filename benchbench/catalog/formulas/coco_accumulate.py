"""COCO's twelve numbers from its matches, for any multiplicities of the images.

Precision changes its interpolated value only where something is found, so that one cumulative sum of multiplicities,
read at the true positives, serves all ten thresholds. With every image once, the numbers are those of pycocotools
(`cocoeval.py`, `accumulate` and `summarize`) bit for bit: the same quotients, averaged in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from benchbench.catalog.formulas.coco_match import AREAS, THRESHOLDS, Candidates, Matches, candidates, matched
from benchbench.catalog.formulas.detections import Flags, Floats, Integers, Scenes

RECALLS: Floats = np.linspace(0.0, 1.0, 101)
LEVELS = len(THRESHOLDS)
LIMITS = (1, 10, 100)
NAMES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
EMPTY = -1.0
"""What pycocotools says where there is no object to be found."""


@dataclass(frozen=True)
class Summary:
    """One range of areas. precision: (10, 101, K'); recall by limit: (10, K'), K' categories having objects."""

    precision: Floats
    recall: dict[int, Floats]


def accumulator(scenes: Scenes) -> Callable[[ArrayLike | None], dict[str, float]]:
    """Matches once, and answers the twelve numbers for multiplicities (n,) of `scenes.images` (None: each once).

    A multiplicity of k counts an image's objects and detections k times. It equals physical repetition, except that
    equal scores within one image and category are taken together and not in turn. An empty bucket is -1.
    """
    pairs = candidates(scenes)
    curves = {
        name: _Curve(pairs, matched(pairs, area), LIMITS if name == "all" else LIMITS[-1:])
        for name, area in AREAS.items()
    }
    order = np.argsort(scenes.images)

    def numbers(weights: ArrayLike | None = None) -> dict[str, float]:
        times = multiplicities(weights, len(order))[order]
        return _twelve({name: curve(times) for name, curve in curves.items()})

    return numbers


def by_category(scenes: Scenes) -> dict[int, float]:
    """The AP of each category that has an object to be found, by id; their mean is AP."""
    pairs = candidates(scenes)
    matches = matched(pairs, AREAS["all"])
    precision = _Curve(pairs, matches, ())(np.ones(len(scenes.images))).precision
    present = np.unique(pairs.objects.category[matches.counted])
    return {int(pairs.categories[kind]): float(np.mean(precision[..., at])) for at, kind in enumerate(present)}


def multiplicities(weights: ArrayLike | None, images: int) -> Floats:
    """Whole numbers from 0 as (images,) float64, in which their sums are exact. Raises ValueError for others."""
    times = np.ones(images) if weights is None else np.asarray(weights, np.float64)
    if times.shape != (images,) or not (np.isfinite(times) & (times >= 0) & (times == np.floor(times))).all():
        raise ValueError(f"weights must be {images} whole numbers that are not negative")
    return times


def _twelve(parts: dict[str, Summary]) -> dict[str, float]:
    whole, sized = parts["all"], [parts[name] for name in ("small", "medium", "large")]
    arrays = [whole.precision, whole.precision[0], whole.precision[5], *(part.precision for part in sized)]
    arrays += [whole.recall[limit] for limit in LIMITS] + [part.recall[LIMITS[-1]] for part in sized]
    return {
        name: float(np.mean(array.ravel())) if array.size else EMPTY for name, array in zip(NAMES, arrays, strict=True)
    }


class _Curve:
    """Precision and recall within one range of areas. An event is a true positive at one threshold.

    Events stand in order of threshold, category and falling score. How many detections count up to an event is read
    from sums over three lists: those inside the range, less those of them that matched an ignored object, plus true
    positives from outside the range.
    """

    def __init__(self, pairs: Candidates, matches: Matches, limits: tuple[int, ...]) -> None:
        found, objects, kinds = pairs.found, pairs.objects, len(pairs.categories)
        order = np.lexsort((-found.scores, found.category))
        image, category, inside = found.image[order], found.category[order], matches.inside[order]
        level, place = np.nonzero(matches.true[:, order])
        begin = np.searchsorted(category, np.arange(kinds))[category[place]]
        self._kinds, self._limits = kinds, limits
        self._category = category[place]
        self._segment = level * kinds + category[place]
        self._image, self._rank = image[place], found.rank[order][place]
        self._own = np.searchsorted(self._segment, self._segment), np.arange(len(place)) + 1
        self._inside = _Sum(image[inside], *(np.searchsorted(np.flatnonzero(inside), at) for at in (begin, place + 1)))
        span = (level * len(order) + begin, level * len(order) + place + 1)
        self._ignored = _listed(matches.ignored[:, order] & inside, image, span)
        self._outside = _listed(matches.true[:, order] & ~inside, image, span)
        self._counted_image, self._counted_category = objects.image[matches.counted], objects.category[matches.counted]

    def __call__(self, times: Floats) -> Summary:
        objects = _tally(self._counted_category, times[self._counted_image], self._kinds)
        present = np.asarray(objects > 0)
        gains = times[self._image]
        hits = _between(gains, *self._own)
        tried = self._inside(times) - self._ignored(times) + self._outside(times)
        precision = hits / ((tried - hits) + hits + np.spacing(1))
        recall = hits / np.maximum(objects, 1)[self._category]
        curve = self._interpolated(precision, recall)
        found = {limit: self._recall(gains * (self._rank < limit), objects, present) for limit in self._limits}
        return Summary(np.ascontiguousarray(curve[:, present].transpose(0, 2, 1)), found)

    def _interpolated(self, precision: Floats, recall: Floats) -> Floats:
        """(10, K, 101): the highest precision at which each recall, or more, is reached; 0 where it is not."""
        reached = np.searchsorted(RECALLS, recall, "right") - 1
        cell = self._segment * len(RECALLS) + reached
        starts = np.flatnonzero(np.diff(cell, prepend=-1))
        highest = np.zeros(LEVELS * self._kinds * len(RECALLS))
        if len(starts):
            highest[cell[starts]] = np.maximum.reduceat(precision, starts)
        curve = highest.reshape(LEVELS, self._kinds, len(RECALLS))
        return np.maximum.accumulate(curve[..., ::-1], axis=-1)[..., ::-1]

    def _recall(self, gains: Floats, objects: Floats, present: Flags) -> Floats:
        hits = _tally(self._segment, gains, LEVELS * self._kinds).reshape(LEVELS, self._kinds)
        return np.ascontiguousarray(hits[:, present] / objects[present])


@dataclass(frozen=True)
class _Sum:
    """Sums of multiplicities over `image[begin:end]` for many begins and ends at once."""

    image: Integers
    begin: Integers
    end: Integers

    def __call__(self, times: Floats) -> Floats:
        return _between(times[self.image], self.begin, self.end)


def _listed(flags: Flags, image: Integers, span: tuple[Integers, Integers]) -> _Sum:
    """Sums over the places flagged in (10, D), between two places counted through all ten rows."""
    level, place = np.nonzero(flags)
    places = level * flags.shape[1] + place
    return _Sum(image[place], np.searchsorted(places, span[0]), np.searchsorted(places, span[1]))


def _tally(places: Integers, values: Floats, length: int) -> Floats:
    return np.bincount(places, weights=values, minlength=length).astype(np.float64)


def _between(values: Floats, begin: Integers, end: Integers) -> Floats:
    running = np.zeros(len(values) + 1)
    np.cumsum(values, out=running[1:])
    return np.asarray(running[end] - running[begin])
