"""Paired differences of the scored probes: what they are made of, and that pairing tells more than two intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_rel

from benchbench.catalog.formulas import bootstrap
from benchbench.catalog.formulas.coco_accumulate import accumulator
from benchbench.catalog.formulas.detections import Scenes
from benchbench.catalog.formulas.detections import scenes as scenes_of
from benchbench.catalog.formulas.rows import Rows, gather
from benchbench.catalog.probes import coco_ap, depth_error, pair_accuracy
from benchbench.types import Difference
from tests.coco_scenes import Shape, as_rows, random_scenes
from tests.depth_scenes import Scene, random_scene

CLAMPED: dict[str, Any] = {"cap": 10.0, "clamp": "cap"}


def depth_rows(scenes: Sequence[Scene], worse: float = 0.0) -> Rows:
    """With `worse`, every prediction is bent by so much, which no shift or scale mends."""
    rows = []
    for scene in scenes:
        bent = scene.output * (1 + worse * np.sin(np.arange(scene.output.shape[1])))
        target = {"depth": scene.depth, "valid": scene.valid}
        rows.append(depth_error.score({"output": bent.astype(np.float32)}, target, **CLAMPED))
    return gather(range(len(rows)), rows)


def turned(found: Difference) -> tuple[float, ...]:
    return (-found.value, -found.high, -found.low, found.p)


def sides(found: Difference) -> tuple[float, ...]:
    return (found.value, found.low, found.high, found.p)


def test_depth_errors_differ_as_a_paired_t_test_says() -> None:
    scenes = [random_scene(seed, shape=(9, 11)) for seed in range(12)]
    rows, others = depth_rows(scenes, 0.1), depth_rows(scenes)
    found = depth_error.paired(rows, others, **CLAMPED)
    ours, theirs = (
        np.array([depth_error.summarise(depth_rows([scene], worse), **CLAMPED)["AbsRel"] for scene in scenes])
        for worse in (0.1, 0.0)
    )
    expected = ttest_rel(ours, theirs)
    limits = expected.confidence_interval(0.95)
    assert (found["AbsRel"].low, found["AbsRel"].high) == pytest.approx((limits.low, limits.high), rel=1e-5)
    assert found["AbsRel"].p == pytest.approx(expected.pvalue, rel=1e-4)
    numbers, reference = (depth_error.summarise(of, **CLAMPED) for of in (rows, others))
    assert found.keys() == numbers.keys()
    for name, value in numbers.items():
        assert found[name].value == pytest.approx(value - reference[name], abs=1e-12)


def test_averages_over_pixels_are_drawn() -> None:
    settings = CLAMPED | {"average": "pixel"}
    scenes = [random_scene(seed, shape=(9, 11)) for seed in range(30)]
    rows, others = depth_rows(scenes, 0.2), depth_rows(scenes)
    found = depth_error.paired(rows, others, **settings)
    numbers, reference = (depth_error.summarise(of, **settings) for of in (rows, others))
    for name, value in numbers.items():
        assert found[name].value == pytest.approx(value - reference[name])
    one, other = (depth_error.intervals(of, 200, 0, **settings)["AbsRel"] for of in (rows, others))
    unpaired = np.hypot(one[1] - one[0], other[1] - other[0])
    assert found["AbsRel"].high - found["AbsRel"].low < unpaired
    assert "bootstrap" in found["AbsRel"].test
    assert sides(depth_error.paired(others, rows, **settings)["RMSE"]) == pytest.approx(turned(found["RMSE"]))


def test_images_that_count_for_one_alone_are_drawn_too() -> None:
    scenes = [random_scene(seed, shape=(9, 11)) for seed in range(10)]
    empty = Scene(scenes[0].output, scenes[0].depth, np.zeros_like(scenes[0].valid))
    rows, others = depth_rows([empty, *scenes[1:]]), depth_rows(scenes, 0.1)
    found = depth_error.paired(rows, others, **CLAMPED)["AbsRel"]
    numbers = [depth_error.summarise(of, **CLAMPED)["AbsRel"] for of in (rows, others)]
    assert found.value == pytest.approx(numbers[0] - numbers[1])
    assert "bootstrap" in found.test
    assert depth_error.paired(depth_rows([empty] * 3), depth_rows([empty] * 3), **CLAMPED) == {}


def pair_rows(right: Sequence[int], pairs: int = 4) -> Rows:
    counts = [{"right": np.array([each]), "pairs": np.array([pairs]), "ties": np.array([0])} for each in right]
    return gather(range(len(counts)), counts)


def test_pairs_of_points_are_drawn_by_image() -> None:
    rng = np.random.default_rng(0)
    theirs = rng.integers(0, 4, 200)
    ours = theirs + rng.integers(0, 2, 200)
    found = pair_accuracy.paired(pair_rows(ours.tolist()), pair_rows(theirs.tolist()))["pair_accuracy"]
    gain = (ours - theirs) / 4
    assert found.value == pytest.approx(gain.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * gain.std(ddof=1) / 200**0.5, rel=0.15)
    assert found.p < 1e-6
    same = pair_accuracy.paired(pair_rows([1, 2]), pair_rows([1, 2]))["pair_accuracy"]
    assert sides(same) == (0.0, 0.0, 0.0, 1.0)
    assert pair_accuracy.paired(pair_rows([1]), pair_rows([2])) == {}


def fewer(scenes: Scenes, share: float) -> Scenes:
    """Every detection's score changed at random by up to `share`."""
    rng = np.random.default_rng(1)
    found = scenes.detections
    scores = found.scores * (1 - share * rng.random(len(found.scores)))
    return Scenes(scenes.images, scenes.truth, type(found)(found.images, found.boxes, scores, found.categories))


def test_average_precision_is_drawn_with_the_same_images() -> None:
    scenes = random_scenes(3, Shape(images=40, objects=200, detections=500, ties=10**6))
    rows, others = as_rows(scenes), as_rows(fewer(scenes, 0.9))
    found = coco_ap.paired(rows, others, resamples=100)
    numbers, reference = coco_ap.summarise(rows), coco_ap.summarise(others)
    assert found.keys() == numbers.keys()
    ours, theirs = accumulator(scenes_of(rows)), accumulator(scenes_of(others))
    ranks = np.argsort(np.argsort(rows.ids))
    for name, each in found.items():
        assert each.value == pytest.approx(numbers[name] - reference[name], abs=1e-15)
        draws = [bootstrap.drawn(len(rows), 0, number)[ranks] for number in range(100)]
        values = np.array([ours(draw)[name] - theirs(draw)[name] for draw in draws])
        assert each.high - each.low == pytest.approx(2 * 1.96 * float(np.std(values, ddof=1)))
    one, other = (coco_ap.intervals(of, 100, 0)["AP"] for of in (rows, others))
    assert found["AP"].high - found["AP"].low < np.hypot(one[1] - one[0], other[1] - other[0])


def test_average_precision_without_objects_has_no_difference() -> None:
    scenes = random_scenes(0, Shape(objects=0))
    assert coco_ap.paired(as_rows(scenes), as_rows(scenes)) == {}
    same = as_rows(random_scenes(0, Shape()))
    assert sides(coco_ap.paired(same, same)["AP"]) == (0.0, 0.0, 0.0, 1.0)
