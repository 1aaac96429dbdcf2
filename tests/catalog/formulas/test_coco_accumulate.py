"""Weighted against physically repeated images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.formulas.coco_accumulate import accumulator
from benchbench.catalog.formulas.coco_points import points
from benchbench.catalog.formulas.detections import Detections, Scenes
from tests.coco_scenes import Shape, random_scenes, repeated


def untied(scenes: Scenes) -> Scenes:
    """Scores that differ within an image, but come again in other images."""
    found = scenes.detections
    scores = np.empty(len(found.images))
    for image in scenes.images:
        rows = np.flatnonzero(found.images == image)
        scores[rows] = np.random.default_rng(image).permutation(100 * len(rows))[: len(rows)] / (100 * len(rows) + 1)
    return Scenes(scenes.images, scenes.truth, Detections(found.images, found.boxes, scores, found.categories))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 4), min_size=5, max_size=5), st.sampled_from([0.0, 4.0]))
def test_multiplicities_equal_repetition(seed: int, times: list[int], grid: float) -> None:
    scenes = untied(random_scenes(seed, Shape(images=5, grid=grid)))
    expected = points(repeated(scenes, np.array(times)), "pycocotools") if any(times) else None
    numbers = accumulator(scenes)(times)
    if expected is None:
        assert set(numbers.values()) == {-1.0}
    else:
        assert numbers == pytest.approx(expected, abs=1e-12, rel=0)


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_ones_are_no_weights_and_a_common_factor_changes_nothing(seed: int) -> None:
    numbers = accumulator(random_scenes(seed, Shape()))
    assert numbers(np.ones(6)) == numbers(None)
    assert numbers(np.full(6, 3)) == pytest.approx(numbers(None), abs=1e-12)


def test_weights_belong_to_the_images_as_they_stand() -> None:
    """Images need not be in order of their ids: a weight of nothing is as good as taking the image away."""
    scenes = untied(random_scenes(11, Shape(ties=10**6)))
    gone = scenes.images[2]
    kept = np.array([image != gone for image in scenes.images]).astype(int)
    assert not (np.diff(scenes.images) > 0).all()
    assert accumulator(scenes)(kept) == points(repeated(scenes, kept), "pycocotools") != accumulator(scenes)(None)


@pytest.mark.parametrize("weights", [[1, 1], [-1] * 6, [0.5] * 6, [np.nan] * 6])
def test_other_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="6 whole numbers"):
        accumulator(random_scenes(0, Shape()))(weights)
