"""Many draws at once against one after the other, and against pycocotools on physically repeated images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.formulas import bootstrap
from benchbench.catalog.formulas.coco_accumulate import EMPTY, NAMES, accumulator
from benchbench.catalog.formulas.coco_points import points
from benchbench.catalog.formulas.coco_resamples import resampler
from benchbench.catalog.formulas.detections import Detections, Scenes, Truth
from tests.coco_scenes import Shape, random_scenes, repeated

EXACT = 1e-12


def untied(scenes: Scenes) -> Scenes:
    """Scores that differ within an image, but come again in other images."""
    found = scenes.detections
    scores = np.empty(len(found.images))
    for image in scenes.images:
        rows = np.flatnonzero(found.images == image)
        scores[rows] = np.random.default_rng(image).permutation(100 * len(rows))[: len(rows)] / (100 * len(rows) + 1)
    return Scenes(scenes.images, scenes.truth, Detections(found.images, found.boxes, scores, found.categories))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([5, 10**6]),
    st.sampled_from([0.0, 4.0]),
    st.integers(1, 5),
    st.sampled_from([1, 16, 35]),
)
def test_each_draw_is_what_the_accumulator_says_of_it(
    seed: int, ties: int, grid: float, categories: int, count: int
) -> None:
    scenes = random_scenes(seed, Shape(ties=ties, grid=grid, categories=categories))
    draws = np.random.default_rng(seed).integers(0, 4, (count, 6))
    found, single = resampler(scenes)(draws), accumulator(scenes)
    assert tuple(found) == NAMES
    for number, draw in enumerate(draws):
        assert {name: values[number] for name, values in found.items()} == pytest.approx(single(draw), abs=EXACT, rel=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 4.0]))
def test_draws_equal_physical_repetition(seed: int, grid: float) -> None:
    scenes = untied(random_scenes(seed, Shape(images=5, grid=grid)))
    draws = bootstrap.draws(5, 3, seed)
    found = resampler(scenes)(draws)
    for number, draw in enumerate(draws):
        expected = points(repeated(scenes, draw), "pycocotools")
        assert {name: values[number] for name, values in found.items()} == pytest.approx(expected, abs=EXACT, rel=0)


def test_more_than_a_hundred_detections_and_hundreds_of_objects() -> None:
    """Every level of recall is met, those that 64 bits cannot hold exactly among them."""
    shape = Shape(images=12, objects=500, detections=2_500, categories=2, grid=0, ties=10**6)
    scenes = untied(random_scenes(4, shape))
    draws = bootstrap.draws(12, 2, 1)
    found = resampler(scenes)(draws)
    for number, draw in enumerate(draws):
        expected = points(repeated(scenes, draw), "pycocotools")
        assert {name: values[number] for name, values in found.items()} == pytest.approx(expected, abs=EXACT, rel=0)


def test_recall_that_stands_on_a_level_reaches_it_as_pycocotools_has_it() -> None:
    """57 of 100 falls short of the level 0.57, a multiple of 0.01; so do others. An image is found, another is not."""
    boxes, two, one = np.tile([10.0, 10, 20, 20], (2, 1)), np.array([1, 2]), np.array([1])
    truth = Truth(two, boxes, np.ones(2, int), np.full(2, 400.0), np.zeros(2, bool), two)
    scenes = Scenes(two, truth, Detections(one, boxes[:1], np.array([0.5]), one))
    draws = np.array([(found, objects - found) for objects in range(1, 121) for found in range(objects + 1)])
    recall = draws[:, 0] / draws.sum(axis=1)
    levels = np.searchsorted(np.linspace(0, 1, 101), recall, "right") * (draws[:, 0] > 0)
    assert resampler(scenes)(draws)["AP"] == pytest.approx(levels / 101, abs=EXACT)
    assert (levels != np.floor(100 * draws[:, 0] / draws.sum(axis=1)) + 1)[draws[:, 0] > 0].any()
    short = np.flatnonzero((draws == (57, 43)).all(axis=1)).item()
    assert levels[short] == 57
    expected = points(repeated(scenes, draws[short]), "pycocotools")
    drawn = {name: values.item() for name, values in resampler(scenes)(draws[short : short + 1]).items()}
    assert drawn == pytest.approx(expected, abs=EXACT, rel=0)


def test_images_that_hold_nothing_to_be_found() -> None:
    scenes = random_scenes(2, Shape())
    kept = np.isin(scenes.images, scenes.truth.images).astype(int)
    found = resampler(scenes)([kept, np.zeros(6, int), 1 - kept])
    assert (found["AP"] == EMPTY).tolist() == [False, True, True]
    bare = resampler(random_scenes(2, Shape(objects=0)))([np.ones(6, int)])
    assert {name: float(values.item()) for name, values in bare.items()} == dict.fromkeys(NAMES, EMPTY)


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        ([[1, 1]], "rows of 6 whole numbers"),
        ([1] * 6, "rows of 6"),
        (np.zeros((0, 6), int), "one row or more"),
        ([[0.5] * 6], "rows of 6"),
        ([[-1] * 6], "not be negative"),
        ([[2**24] * 6], "32 bits"),
    ],
)
def test_other_draws_are_refused(draws: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        resampler(random_scenes(0, Shape()))(draws)  # type: ignore[arg-type]
