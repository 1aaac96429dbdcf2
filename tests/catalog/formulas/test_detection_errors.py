"""The split of errors against an image-by-image reading of its rules, and against numbers of the authors' package."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.formulas.coco_points import points
from benchbench.catalog.formulas.detection_errors import FALSE, KINDS, UNFOUND, Lost, lost
from benchbench.catalog.formulas.detections import Detections, Scenes, Truth
from tests.coco_scenes import Shape, random_scenes

NUMBERS = json.loads((Path(__file__).parent / "tide" / "scenes.json").read_text(encoding="utf-8"))


def read(columns: dict[str, Any]) -> Scenes:
    truth, found = columns["truth"], columns["detections"]
    return Scenes(
        np.array(columns["images"]),
        Truth(**{name: np.array(column) for name, column in truth.items()}),
        Detections(**{name: np.array(column) for name, column in found.items()}),
    )


@pytest.mark.parametrize("columns", NUMBERS)
def test_numbers_are_those_of_tidecv(columns: dict[str, Any]) -> None:
    told, found = columns["tidecv"], lost(read(columns))
    assert found is not None
    assert found.ap50 == pytest.approx(told["ap50"], abs=1e-12)
    assert found.gains == pytest.approx(told["gains"], abs=1e-12)
    assert {kind: found.numbers[kind] for kind in KINDS} == told["numbers"]
    assert min(found.gains.values()) >= 0
    assert found.ap50 > 0.1


def test_the_kept_scenes_hold_every_kind_of_error() -> None:
    total: Counter[str] = Counter()
    for columns in NUMBERS:
        total.update({kind: number for kind, number in columns["tidecv"]["numbers"].items() if number})
    assert set(total) == set(KINDS)


@dataclass
class Thing:
    """An object or a detection, as the slow reading holds it."""

    box: tuple[float, ...]
    category: int
    score: float = 0.0
    taker: Thing | None = None
    about: list[Thing] = field(default_factory=list)
    error: str = ""


def overlap(one: Thing, other: Thing, *, crowd: bool = False) -> float:
    (x, y, width, height), (left, top, across, down) = one.box, other.box
    wide = min(x + width, left + across) - max(x, left)
    high = min(y + height, top + down) - max(y, top)
    if wide <= 0 or high <= 0:
        return 0.0
    whole = width * height if crowd else width * height + across * down - wide * high
    return wide * high / whole


def reading(scenes: Scenes) -> tuple[list[Thing], list[Thing]]:
    """All detections that take part and all objects, judged image by image; ignored ones have the error "ignored"."""
    made, there = [], []
    truth, found = scenes.truth, scenes.detections
    for image in np.sort(scenes.images):
        here = [
            (Thing(tuple(truth.boxes[i]), int(truth.categories[i])), bool(truth.crowd[i]))
            for i in np.flatnonzero(truth.images == image)
        ]
        seen = [
            Thing(tuple(found.boxes[i]), int(found.categories[i]), float(found.scores[i]))
            for i in np.flatnonzero(found.images == image)
        ]
        objects = [thing for thing, crowd in here if not crowd]
        seen = sorted(seen, key=lambda thing: -thing.score)[:100]
        judge(seen, objects, [thing for thing, crowd in here if crowd])
        made += seen
        there += objects
    return made, there


def judge(seen: list[Thing], objects: list[Thing], crowds: list[Thing]) -> None:
    for thing in seen:
        free = [each for each in objects if each.category == thing.category and each.taker is None]
        best = max(free, key=lambda each: overlap(thing, each), default=None)
        if best is not None and overlap(thing, best) >= 0.5:
            best.taker, thing.error = thing, "true"
    for thing in seen:
        if thing.error != "true":
            name(thing, objects)
            own = [each for each in crowds if each.category == thing.category]
            if any(overlap(thing, each, crowd=True) > 0.5 for each in own):
                thing.error += " ignored"


def name(thing: Thing, objects: list[Thing]) -> None:
    own = [each for each in objects if each.category == thing.category]
    others = [each for each in objects if each.category != thing.category]
    near = max(own, key=lambda each: overlap(thing, each), default=None)
    across = max(others, key=lambda each: overlap(thing, each), default=None)
    if near is not None and 0.1 <= overlap(thing, near) <= 0.5:
        thing.error = "localisation"
        near.about.append(thing)
    elif across is not None and overlap(thing, across) >= 0.5:
        thing.error = "classification"
        across.about.append(thing)
    elif near is not None and overlap(thing, near) > 0.5:
        thing.error = "duplicate"
    else:
        thing.error = "background" if all(overlap(thing, each) <= 0.1 for each in objects) else "both"


Point = tuple[float, bool]


def mean(points: dict[int, list[Point]], objects: Counter[int], known: set[int]) -> float:
    numbers = []
    for category in known:
        found = sorted(points.get(category, []), key=lambda point: -point[0])
        if not objects[category]:
            numbers += [0.0] if found else []
            continue
        curve, true = [], 0
        for place, (_, right) in enumerate(found, start=1):
            true += right
            curve.append((true / objects[category], true / place))
        levels = [[precision for recall, precision in curve if recall >= level / 100] for level in range(101)]
        numbers.append(sum(max(level, default=0.0) for level in levels) / 101)
    return sum(numbers) / len(numbers) if numbers else 0.0


def slowly(scenes: Scenes) -> Lost:
    made, there = reading(scenes)
    objects = Counter(thing.category for thing in there)
    known = set(objects)

    def scored(*, mended: str = "", fewer: Counter[int] | None = None, false: bool = True) -> float:
        curve: dict[int, list[Point]] = {}
        for thing in made:
            kind, _, ignored = thing.error.partition(" ")
            right, category, kept = kind == "true", thing.category, not ignored
            if kind == mended and kind != "true":
                about = [each for each in there if each.taker is None and thing in each.about]
                kept = right = any(each.about[0] is thing for each in about)
                category = about[0].category if kept else category
            if kept and (right or false):
                curve.setdefault(category, []).append((thing.score, right))
        return mean(curve, objects - (fewer or Counter()), known)

    base = scored()
    missed = Counter(thing.category for thing in there if thing.taker is None and not thing.about)
    unfound = Counter(thing.category for thing in there if thing.taker is None)
    gains = {kind: scored(mended=kind) for kind in KINDS[:-1]}
    gains |= {"missed": scored(fewer=missed), FALSE: scored(false=False), UNFOUND: scored(fewer=unfound)}
    numbers = dict(Counter(thing.error.partition(" ")[0] for thing in made))
    false = sum(thing.error != "true" and "ignored" not in thing.error for thing in made)
    numbers |= {"missed": missed.total(), FALSE: false, UNFOUND: unfound.total()}
    order = (*KINDS, FALSE, UNFOUND)
    return Lost(
        base, {kind: max(gains[kind] - base, 0.0) for kind in order}, {kind: numbers.get(kind, 0) for kind in order}
    )


def mixed(scenes: Scenes, seed: int) -> Scenes:
    """A third of the detections of another category; scores that come once, since equal ones have no order of truth."""
    found, rng = scenes.detections, np.random.default_rng(seed)
    count = len(found.scores)
    strange = rng.permutation(found.categories)
    categories = np.where(rng.random(count) < 0.3, strange, found.categories)
    scores = (rng.permutation(count) + 1) / (count + 2)
    return replace(scenes, detections=replace(found, scores=scores, categories=categories))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 4.0]), st.integers(1, 4), st.sampled_from([0, 12, 90]))
def test_numbers_are_those_of_the_rules_read_slowly(seed: int, grid: float, categories: int, found: int) -> None:
    shape = Shape(images=4, objects=24, detections=found, categories=categories, grid=grid)
    scenes = mixed(random_scenes(seed, shape), seed)
    expected, split = slowly(scenes), lost(scenes)
    assert split is not None
    assert split.numbers == expected.numbers
    assert (split.ap50, *split.gains.values()) == pytest.approx((expected.ap50, *expected.gains.values()), abs=1e-12)


def test_ap50_is_cocos_where_no_level_of_recall_is_met_exactly() -> None:
    """With 89 objects of one category no recall is a hundredth, so that how levels were computed does not tell."""
    scenes = random_scenes(5, Shape(images=40, objects=89, detections=150, categories=1, grid=0, ties=10**6))
    truth = replace(scenes.truth, crowd=np.zeros(89, bool))
    split = lost(replace(scenes, truth=truth))
    assert split is not None
    assert split.ap50 == pytest.approx(points(replace(scenes, truth=truth), "pycocotools")["AP50"], abs=1e-12)


def test_nothing_to_be_found_has_no_split() -> None:
    assert lost(random_scenes(0, Shape(objects=0))) is None
    scenes = random_scenes(1, Shape())
    assert lost(replace(scenes, truth=replace(scenes.truth, crowd=np.ones(30, bool)))) is None


def test_equal_scores_leave_a_kind_that_does_not_occur_at_nothing() -> None:
    """Their order stays when something is mended, so that to mend nothing gains nothing."""
    for seed in range(20):
        split = lost(random_scenes(seed, Shape(ties=2)))
        assert split is not None
        assert all(split.gains[kind] == 0 for kind, number in split.numbers.items() if not number)


def test_a_hundred_thousand_detections_in_one_image_cost_what_a_hundred_do() -> None:
    scenes = random_scenes(3, Shape(images=2, objects=30, detections=100_000, ties=10**6))
    found = scenes.detections
    most = np.argsort(-found.scores, kind="stable")
    best = np.concatenate([most[found.images[most] == image][:100] for image in scenes.images])
    fewer = Detections(found.images[best], found.boxes[best], found.scores[best], found.categories[best])
    assert lost(scenes) == lost(replace(scenes, detections=fewer))
