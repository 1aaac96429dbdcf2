"""Averages over images and pixels, of every image once and of draws, against plain code on the maps themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchbench.catalog.formulas.depth_averages import averages, counted, differences, intervals, remarks
from benchbench.catalog.formulas.depth_errors import measured
from benchbench.catalog.formulas.depth_protocols import PRESETS, Average, Protocol
from benchbench.catalog.formulas.rows import GROUP, Rows, gather
from tests.depth_scenes import Scene, plain, random_scene

METRIC = PRESETS["metric"]


def scenes(count: int = 6) -> list[Scene]:
    """The last has no valid pixel."""
    found = [random_scene(seed, "depth", shape=(20 + seed, 30), noise=0.05 * (seed + 1)) for seed in range(count)]
    return [*found[:-1], replace(found[-1], valid=np.zeros_like(found[-1].valid))]


def rows_of(found: list[Scene], protocol: Protocol = METRIC) -> Rows:
    return gather(range(len(found)), [measured(scene.output, scene.depth, scene.valid, protocol) for scene in found])


def test_the_mean_over_images_leaves_out_those_that_do_not_count() -> None:
    found = scenes()
    each = [plain(scene, METRIC) for scene in found[:-1]]
    values = averages(rows_of(found), np.ones((1, 6)), METRIC)
    assert counted(rows_of(found)).tolist() == [True] * 5 + [False]
    for name, value in values.items():
        assert value == pytest.approx([np.mean([numbers[name] for numbers in each])], rel=1e-5)


def test_the_mean_over_pixels_is_that_of_one_large_image() -> None:
    found, protocol = scenes(), replace(METRIC, average="pixel")
    flat = [np.concatenate([getattr(scene, name).ravel() for scene in found]) for name in ("output", "depth", "valid")]
    together = plain(Scene(*(each[None] for each in flat)), protocol)
    values = averages(rows_of(found), np.ones((1, 6)), protocol)
    assert {name: float(value[0]) for name, value in values.items()} == pytest.approx(together, rel=1e-5)


@pytest.mark.parametrize("average", ["image", "pixel"])
def test_a_draw_is_the_images_that_many_times(average: Average) -> None:
    found, protocol = scenes(), replace(METRIC, average=average)
    draws = np.array([[2, 0, 1, 0, 3, 0], [0, 1, 1, 1, 1, 2]])
    values = averages(rows_of(found), draws, protocol)
    for index, draw in enumerate(draws):
        repeated = [scene for scene, times in zip(found, draw, strict=True) for _ in range(times)]
        once = averages(rows_of(repeated), np.ones((1, len(repeated))), protocol)
        assert {name: value[index] for name, value in values.items()} == pytest.approx(
            {name: value[0] for name, value in once.items()}, rel=1e-12
        )


@pytest.mark.parametrize("average", ["image", "pixel"])
def test_draws_of_images_that_do_not_count_tell_nothing(average: Average) -> None:
    draws = np.array([[0, 0, 0, 0, 0, 6], [1, 1, 1, 1, 1, 1]])
    values = averages(rows_of(scenes()), draws, replace(METRIC, average=average))
    assert all(np.isnan(value).tolist() == [True, False] for value in values.values())


def grouped(rows: Rows, groups: list[int]) -> Rows:
    return Rows(rows.ids, {**rows.columns, GROUP: np.array(groups)}, {**rows.counts, GROUP: rows.counts["pixels"]})


def test_images_of_one_scene_are_drawn_together() -> None:
    """Each image four times: with groups as uncertain as once, without twice as sure."""
    found = scenes(9)[:-1]
    once = intervals(rows_of(found), 300, 0, METRIC)
    fourfold = rows_of([scene for scene in found for _ in range(4)])
    whole = intervals(grouped(fourfold, np.repeat(np.arange(8), 4).tolist()), 300, 0, METRIC)
    loose = intervals(fourfold, 300, 0, METRIC)
    for name, (low, high) in once.items():
        assert whole[name] == pytest.approx((low, high), rel=1e-9)
        assert loose[name][1] - loose[name][0] == pytest.approx((high - low) / 2, rel=0.3)


def test_scenes_are_compared_by_drawing_them_whole() -> None:
    rows = [rows_of(scenes(9)[:-1]), rows_of([replace(each, output=1.2 * each.output) for each in scenes(9)[:-1]])]
    alone = differences(rows[0], rows[1], METRIC, 200)["AbsRel"]
    assert alone.test == "paired t test over images"
    assert [name for name, _ in alone.also] == ["Wilcoxon signed-rank"]
    pairs = [grouped(each, [0, 0, 1, 1, 2, 2, 3, 3]) for each in rows]
    together = differences(pairs[0], pairs[1], METRIC, 200)["AbsRel"]
    assert together.test == "paired bootstrap over 4 groups of images, 200 draws"
    assert together.value == pytest.approx(alone.value)
    assert not together.also
    one = [grouped(each, [0] * 8) for each in rows]
    assert differences(one[0], one[1], METRIC, 200) == {}
    assert "of 4 scenes or drives" in remarks(pairs[0])[-1]


def test_remarks() -> None:
    assert remarks(rows_of(scenes()[:-1])) == []
    disparity = random_scene(0)
    depth = disparity.depth
    odd = [
        disparity,
        replace(disparity, output=np.ones_like(depth)),
        replace(disparity, output=-disparity.output),
        replace(disparity, valid=np.zeros_like(disparity.valid)),
    ]
    told = remarks(rows_of(odd, replace(PRESETS["issue-157"], cap=5.0, clamp="cap")))
    assert told[0] == "1 of 4 images left out for fewer than 10 valid pixels"
    assert "images with predictions drawn to the limits" in told[1]
    assert told[2].startswith("1 of 4 images whose output is constant")
    assert told[3].startswith("1 of 4 images whose fit turns near and far around")
