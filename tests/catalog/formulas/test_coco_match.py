"""Overlaps and matches against pycocotools' own, decision by decision."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from benchbench.catalog.formulas.coco_match import AREAS, THRESHOLDS, Candidates, candidates, matched, overlaps
from benchbench.catalog.formulas.coco_points import as_table
from benchbench.catalog.formulas.detections import Detections, Scenes, Truth
from tests.coco_scenes import Shape, random_scenes


def oracle(scenes: Scenes) -> COCOeval:
    truth = scenes.truth
    annotations = [
        {"id": int(truth.ids[i]), "image_id": int(truth.images[i]), "category_id": int(truth.categories[i])}
        | {"bbox": truth.boxes[i].tolist(), "area": float(truth.areas[i]), "iscrowd": int(truth.crowd[i])}
        for i in range(len(truth.ids))
    ]
    dataset = COCO()
    dataset.dataset = {
        "images": [{"id": int(image)} for image in scenes.images],
        "categories": [{"id": int(category)} for category in np.unique(truth.categories)],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        dataset.createIndex()
        table = as_table(scenes.detections, np.unique(truth.categories))
        evaluation = COCOeval(dataset, dataset.loadRes(table), "bbox")
        evaluation.evaluate()
    return evaluation


def told(pairs: Candidates, area: str) -> dict[tuple[int, int], tuple[Any, ...]]:
    """By category and image: scores, true and ignored in pycocotools' sense, objects that count."""
    found, objects, matches = pairs.found, pairs.objects, matched(pairs, AREAS[area])
    ignored = matches.ignored | (~matches.true & ~matches.inside)
    answer = {}
    for category in range(len(pairs.categories)):
        for image in range(len(pairs.images)):
            rows = np.flatnonzero((found.category == category) & (found.image == image))
            there = (objects.category == category) & (objects.image == image)
            if len(rows) or there.any():
                parts = (found.scores[rows], matches.true[:, rows], ignored[:, rows], matches.counted[there].sum())
                answer[int(pairs.categories[category]), int(pairs.images[image])] = parts
    return answer


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 4.0, 25.0]), st.sampled_from([1, 5, 10**6]))
def test_every_decision_is_that_of_pycocotools(seed: int, grid: float, ties: int) -> None:
    scenes = random_scenes(seed, Shape(images=4, objects=30, detections=90, categories=2, grid=grid, ties=ties))
    evaluation, pairs = oracle(scenes), candidates(scenes)
    for area, limits in AREAS.items():
        mine = told(pairs, area)
        theirs = [each for each in evaluation.evalImgs if each is not None and tuple(each["aRng"]) == limits]
        assert len(theirs) == len(mine)
        for each in theirs:
            scores, true, ignored, counted = mine[each["category_id"], each["image_id"]]
            lost = each["dtIgnore"]
            assert np.array_equal(scores, each["dtScores"])
            assert np.array_equal(true, (each["dtMatches"] != 0) & ~lost)
            assert np.array_equal(ignored, lost)
            assert counted == np.count_nonzero(each["gtIgnore"] == 0)


@given(st.integers(0, 2**32), st.sampled_from([0, 1, 10]))
@settings(max_examples=50, deadline=None)
def test_overlaps_are_those_of_pycocotools(seed: int, grid: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, others = (rng.random((30, 4)) * 50 for _ in range(2))
    if grid:
        boxes, others = np.round(boxes / grid) * grid + [0, 0, 1, 1], np.round(others / grid) * grid
    crowd = rng.random(30) < 0.3
    expected = mask.iou(boxes, others, crowd.astype(np.uint8).tolist())
    first, second = (index.ravel() for index in np.indices((30, 30)))
    assert np.array_equal(overlaps(boxes[first], others[second], crowd[second]).reshape(30, 30), expected)


def in_one_image(objects: list[list[float]], crowd: list[bool], found: list[list[float]]) -> Scenes:
    """Objects and, by falling score, detections of one category in one image."""
    there, seen = np.ones(len(objects), np.int64), np.ones(len(found), np.int64)
    boxes = np.array(objects)
    areas, ids = boxes[:, 2] * boxes[:, 3], np.arange(1, len(objects) + 1)
    truth = Truth(there, boxes, there, areas, np.array(crowd), ids)
    return Scenes(np.array([1]), truth, Detections(seen, np.array(found), np.linspace(0.9, 0.1, len(found)), seen))


def test_a_crowd_is_never_used_up_and_an_object_is() -> None:
    box = [10.0, 10, 40, 40]
    matches = matched(candidates(in_one_image([box, box], [True, False], [box] * 3)), AREAS["all"])
    assert matches.true.tolist() == [[True, False, False]] * 10
    assert matches.ignored.tolist() == [[False, True, True]] * 10


def test_of_equally_good_objects_the_later_is_taken() -> None:
    """Only so does the second detection, which fits the first object alone, find it free."""
    left, middle, right = ([x, 0.0, 10, 10] for x in (0.0, 1.0, 2.0))
    matches = matched(candidates(in_one_image([left, right], [False, False], [middle, left])), AREAS["all"])
    strict = [round(threshold, 2) for threshold in THRESHOLDS].index(0.7)
    assert matches.true[strict].tolist() == [True, True]


def test_the_hundredth_detection_takes_part_and_the_next_does_not() -> None:
    box, elsewhere = [10.0, 10, 40, 40], [500.0, 500, 9, 9]
    for wrong, right in ((99, 1), (100, 0)):
        matches = matched(candidates(in_one_image([box], [False], [elsewhere] * wrong + [box])), AREAS["all"])
        assert matches.true.shape == (10, 100)
        assert matches.true[0].sum() == right


@pytest.mark.parametrize("limit", [1024.0, 9216.0])
def test_an_area_on_the_limit_belongs_to_both_buckets(limit: float) -> None:
    inside = [name for name, (low, high) in AREAS.items() if low <= limit <= high]
    assert len(inside) == 3
