"""What is lost of AP50, by kind of error: the split of D. Bolya et al., "TIDE" (ECCV 2020), boxes only.

Of an image the best 100 detections of all categories take part. In order of falling score each takes the free object of
its category that it overlaps most, by `FOREGROUND` or more. Every other one is one error, by the first rule that fits:

- localisation: overlaps an object of its category by `BACKGROUND` to `FOREGROUND`;
- classification: an object of another category by `FOREGROUND` or more;
- duplicate: an object of its category by more than `FOREGROUND`, which another detection has;
- background: none by more than `BACKGROUND`;
- both: what is left, an object of another category badly placed.

An object is missed if nobody has it and no error of localisation or classification is about it. To mend one of those
two makes a true positive of the highest of all detections that are about the same free object, and takes the others
away; to mend the other three takes the detections away; to mend what is missed takes the objects away. A gain is AP50
with one kind mended less AP50 as it is: the gains overlap, and do not add up to what is lost.

The rules are those of the authors' package `tidecv` 1.0.1, the levels of recall too, but for two: categories without
objects have no AP here, as with COCO, where the package counts 0; and equal scores stay in order when something is
mended, where the package puts errors first. AP50 differs from COCO's where an image has more than 100 detections and
by levels of recall that are met exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchbench.catalog.formulas.coco_match import overlaps, pairs_of, places_within
from benchbench.catalog.formulas.detections import Flags, Floats, Integers, Scenes

FOREGROUND, BACKGROUND = 0.5, 0.1
MOST = 100
"""Detections of one image, of all its categories."""
BLOCK = 2**14
"""Detections whose overlaps are computed at a time."""
RECALLS: Floats = np.arange(101) / 100
KINDS = ("classification", "localisation", "both", "duplicate", "background", "missed")
FALSE, UNFOUND = "false positives", "false negatives"


@dataclass(frozen=True)
class Lost:
    """AP50 as a fraction; by kind of error what it gains if that kind is mended, and how many there are.

    Beside the six kinds `false positives` (no wrong detection left) and `false negatives` (no object left that nobody
    found). Numbers of errors count detections, those of missed and false negatives objects.
    """

    ap50: float
    gains: Mapping[str, float]
    numbers: Mapping[str, int]


@dataclass(frozen=True)
class _Curve:
    """Detections of `category` (D,) by falling score within it, which are `kept` and `true`; objects (K,)."""

    category: Integers
    scores: Floats
    kept: Flags
    true: Flags
    objects: Integers

    def mean(self, known: Flags) -> float:
        """The mean AP50 of the categories (K,) that are known and still have an object or a detection."""
        order = np.lexsort((-self.scores, self.category))
        order = order[self.kept[order]]
        kinds = np.arange(len(self.objects) + 1)
        cuts = np.searchsorted(self.category[order], kinds)
        there = known & ((self.objects > 0) | (np.diff(cuts) > 0))
        each = [
            _average_precision(self.true[order[cuts[kind] : cuts[kind + 1]]], int(self.objects[kind]))
            for kind in np.flatnonzero(there)
        ]
        return float(np.mean(each)) if each else 0.0


@dataclass(frozen=True)
class _Near:
    """Pairs (P,) of a detection and an object in one image, in order of detection and falling overlap."""

    detection: Integers
    object: Integers
    overlap: Floats

    def where(self, flags: Flags) -> _Near:
        return _Near(self.detection[flags], self.object[flags], self.overlap[flags])

    def best(self, detections: int) -> tuple[Integers, Floats]:
        """Of each detection the object that it overlaps most, the first of equal ones, and how much: -1 and 0 if none.

        The arrays are (detections,).
        """
        first = np.flatnonzero(np.diff(self.detection, prepend=-1))
        which, overlap = np.full(detections, -1), np.zeros(detections)
        which[self.detection[first]], overlap[self.detection[first]] = self.object[first], self.overlap[first]
        return which, overlap


def lost(scenes: Scenes) -> Lost | None:
    """The split of checked scenes; None where there is no object to be found."""
    if not (~scenes.truth.crowd).any():
        return None
    setting = _Setting(scenes)
    curve, known = setting.curve(), setting.objects > 0
    ap50 = curve.mean(known)
    gains = {kind: max(mended.mean(known) - ap50, 0.0) for kind, mended in setting.mended(curve)}
    return Lost(ap50, gains, setting.numbers())


class _Setting:
    """Who found what, and what kind of error everything else is; detections stand by image and falling score."""

    def __init__(self, scenes: Scenes) -> None:
        found, truth = scenes.detections, scenes.truth
        kinds = np.unique(np.concatenate([found.categories, truth.categories]))
        image = np.searchsorted(np.sort(scenes.images), found.images)
        order = np.lexsort((-found.scores, image))
        rank = places_within(image[order])
        order, self.rank = order[rank < MOST], rank[rank < MOST]
        self.image, self.scores = image[order], found.scores[order]
        self.category = np.searchsorted(kinds, found.categories[order])
        there = np.searchsorted(np.sort(scenes.images), truth.images)
        single, crowd = (np.flatnonzero(flags) for flags in (~truth.crowd, truth.crowd))
        single, crowd = single[np.argsort(there[single], kind="stable")], crowd[np.argsort(there[crowd], kind="stable")]
        self.kind_of = np.searchsorted(kinds, truth.categories[single])
        self.objects = np.bincount(self.kind_of, minlength=len(kinds))
        boxes = found.boxes[order]
        near = _near((self.image, boxes), (there[single], truth.boxes[single]), crowded=False)
        own = self.kind_of[near.object] == self.category[near.detection]
        self.taken = self._taken(near.where(own & (near.overlap >= FOREGROUND)))
        covered = _near((self.image, boxes), (there[crowd], truth.boxes[crowd]), crowded=True)
        alike = np.searchsorted(kinds, truth.categories[crowd])[covered.object] == self.category[covered.detection]
        self.ignored = np.zeros(len(order), np.bool_)
        self.ignored[covered.detection[alike & (covered.overlap > FOREGROUND)]] = True
        self.ignored &= self.taken < 0
        self.error, self.about = self._errors(near, own)
        self.held = np.zeros(len(single), np.bool_)
        self.held[self.taken[self.taken >= 0]] = True
        self.chosen = self._chosen()

    def _taken(self, near: _Near) -> Integers:
        """(D,) the object that a detection has, or -1: round r lets the detections of rank r of all images choose."""
        taken, free = np.full(len(self.rank), -1), np.ones(len(self.kind_of), np.bool_)
        order = np.argsort(self.rank[near.detection], kind="stable")
        cuts = np.flatnonzero(np.diff(self.rank[near.detection][order]))
        for turn in np.split(order, cuts + 1):
            able = turn[free[near.object[turn]]]
            first = able[np.flatnonzero(np.diff(near.detection[able], prepend=-1))]
            taken[near.detection[first]] = near.object[first]
            free[near.object[first]] = False
        return taken

    def _errors(self, near: _Near, own: Flags) -> tuple[Integers, Integers]:
        """(D,) the index of the kind of error, -1 for none; and the object it is about, -1 for none."""
        count = len(self.rank)
        (same, overlap), (other, across) = near.where(own).best(count), near.where(~own).best(count)
        rules = [
            self.taken >= 0,
            (overlap >= BACKGROUND) & (overlap <= FOREGROUND),
            across >= FOREGROUND,
            overlap > FOREGROUND,
            np.maximum(overlap, across) <= BACKGROUND,
        ]
        names = ("localisation", "classification", "duplicate", "background")
        error = np.select(rules, [-1, *map(KINDS.index, names)], KINDS.index("both"))
        about = np.select([rules[0], rules[1], rules[2]], [-1, same, other], -1)
        return error, about

    def _chosen(self) -> Flags:
        """(D,) the highest of the detections that are about one free object."""
        able = np.flatnonzero(self.about >= 0)
        able = able[~self.held[self.about[able]]]
        chosen = np.zeros(len(self.about), np.bool_)
        chosen[able[np.unique(self.about[able], return_index=True)[1]]] = True
        return chosen

    @property
    def missed(self) -> Flags:
        """(G,) the objects that nobody has and no other error is about."""
        missed = ~self.held
        missed[self.about[self.about >= 0]] = False
        return missed

    def curve(self) -> _Curve:
        return _Curve(self.category, self.scores, ~self.ignored, self.taken >= 0, self.objects)

    def mended(self, curve: _Curve) -> Iterator[tuple[str, _Curve]]:
        """The curve with one kind of error mended, for each kind."""
        for number, kind in enumerate(KINDS[:-1]):
            wrong = self.error == number
            mended = self.chosen & wrong
            category = np.where(mended, self.kind_of[self.about], self.category)
            kept, true = (curve.kept & ~wrong) | mended, curve.true | mended
            yield kind, replace(curve, category=category, kept=kept, true=true)
        gone, held = (np.bincount(self.kind_of[at], minlength=len(self.objects)) for at in (self.missed, self.held))
        yield KINDS[-1], replace(curve, objects=self.objects - gone)
        yield FALSE, replace(curve, kept=curve.true)
        yield UNFOUND, replace(curve, objects=held)

    def numbers(self) -> dict[str, int]:
        counted = {kind: int(np.count_nonzero(self.error == number)) for number, kind in enumerate(KINDS[:-1])}
        false = int(np.count_nonzero((self.taken < 0) & ~self.ignored))
        unfound = int(np.count_nonzero(~self.held))
        return {**counted, KINDS[-1]: int(np.count_nonzero(self.missed)), FALSE: false, UNFOUND: unfound}


def _near(found: tuple[Integers, Floats], there: tuple[Integers, Floats], *, crowded: bool) -> _Near:
    """The pairs that overlap by `BACKGROUND` or more; each side its images, sorted, and its boxes."""
    (image, boxes), (home, others) = found, there
    parts = []
    for start in range(0, max(len(image), 1), BLOCK):
        first, second = pairs_of(image[start : start + BLOCK], home)
        overlap = overlaps(boxes[start + first], others[second], np.full(len(first), crowded))
        near = overlap >= BACKGROUND
        parts.append((start + first[near], second[near], overlap[near]))
    detection, which, overlap = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((which, -overlap, detection))
    return _Near(detection[order], which[order], overlap[order])


def _average_precision(true: Flags, objects: int) -> float:
    """The mean over `RECALLS` of the highest precision at that recall or beyond; `true` (n,) by falling score."""
    places = np.flatnonzero(true)
    if not len(places) or not objects:
        return 0.0
    count = np.arange(1, len(places) + 1)
    envelope = np.maximum.accumulate((count / (places + 1))[::-1])[::-1]
    first = np.searchsorted(count / objects, RECALLS, "left")
    return float(envelope[first[first < len(places)]].sum() / len(RECALLS))
