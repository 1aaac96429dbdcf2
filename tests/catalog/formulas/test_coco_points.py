"""Three ways to COCO's twelve numbers, which must agree to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.catalog.formulas import coco_points
from benchbench.catalog.formulas.coco_accumulate import NAMES, accumulator
from benchbench.catalog.formulas.coco_points import Evaluator, points
from benchbench.catalog.formulas.detections import Detections, Scenes, Truth
from benchbench.errors import UnknownName
from tests.coco_scenes import Shape, random_scenes

SHAPES = st.builds(
    Shape,
    images=st.integers(1, 8),
    objects=st.integers(0, 60),
    detections=st.integers(0, 150),
    categories=st.integers(1, 4),
    grid=st.sampled_from([0.0, 4.0, 25.0]),
    ties=st.sampled_from([1, 5, 10**6]),
)


def bare(truth: Truth, detections: Detections, images: list[int]) -> Scenes:
    return Scenes(np.array(images), truth, detections)


def nothing_found() -> Detections:
    return Detections(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), SHAPES)
def test_all_three_agree_bit_for_bit(seed: int, shape: Shape) -> None:
    scenes = random_scenes(seed, shape)
    oracle = points(scenes, "pycocotools")
    assert points(scenes, "hotcoco") == oracle
    assert accumulator(scenes)(None) == oracle


@pytest.mark.parametrize("seed", range(3))
def test_more_than_a_hundred_detections_of_one_image_and_category(seed: int) -> None:
    scenes = random_scenes(seed, Shape(images=2, objects=25, detections=700, categories=1, ties=50))
    most = max(np.count_nonzero(scenes.detections.images == image) for image in scenes.images)
    oracle = points(scenes, "pycocotools")
    assert most > 100
    assert 0 < oracle["AP"] < 1
    assert points(scenes, "hotcoco") == oracle == accumulator(scenes)(None)


def test_random_cases_are_not_degenerate() -> None:
    """The agreement above would mean little if most of the cases came to 0, 1 or -1."""
    found = [points(random_scenes(seed, Shape(ties=10**6))) for seed in range(20)]
    assert all(0 < each["AP"] < 1 for each in found)
    assert sum(each["APl"] >= 0 for each in found) > 10
    assert len({each["AR10"] for each in found}) > 10


@pytest.mark.parametrize("evaluator", ["hotcoco", "pycocotools"])
def test_nothing_is_printed(evaluator: Evaluator, capfd: pytest.CaptureFixture[str]) -> None:
    points(random_scenes(0, Shape()), evaluator)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("evaluator", ["hotcoco", "pycocotools"])
def test_nothing_found_is_zero_and_nothing_to_find_is_minus_one(evaluator: Evaluator) -> None:
    truth = Truth(
        np.array([7]), np.array([[1.0, 1, 10, 10]]), np.array([3]), np.array([100.0]), np.zeros(1, bool), np.array([1])
    )
    numbers = points(bare(truth, nothing_found(), [7, 8]), evaluator)
    assert {name for name, value in numbers.items() if value == -1} == {"APm", "APl", "ARm", "ARl"}
    assert {value for value in numbers.values() if value != -1} == {0.0}
    empty = Truth(*(column[:0] for column in vars(truth).values()))
    assert points(bare(empty, nothing_found(), [7]), evaluator) == dict.fromkeys(NAMES, -1.0)


def test_a_category_without_objects_changes_nothing() -> None:
    """COCO's mean leaves such a category out, so that detections of it are free."""
    scenes = random_scenes(4, Shape(ties=10**6))
    there = np.isin(scenes.detections.categories, scenes.truth.categories)
    fewer = Detections(*(column[there] for column in vars(scenes.detections).values()))
    assert not there.all()
    assert points(Scenes(scenes.images, scenes.truth, fewer)) == points(scenes)


def test_another_evaluator_is_refused() -> None:
    with pytest.raises(UnknownName, match="torchmetrics"):
        points(random_scenes(0, Shape()), "torchmetrics")  # type: ignore[arg-type]


@pytest.mark.parametrize("evaluator", ["hotcoco", "pycocotools"])
def test_only_the_best_hundred_are_handed_over(evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an image and category; equal scores as they stand. What evaluators make of them all is the same."""
    scenes = random_scenes(6, Shape(images=2, objects=30, detections=1_500, categories=2, ties=40))
    rows: list[int] = []
    table = coco_points.as_table

    def counted(detections: Detections, categories: NDArray[np.int64]) -> NDArray[np.float64]:
        rows.append(len(detections.images))
        return table(detections, categories)

    monkeypatch.setattr(coco_points, "as_table", counted)
    numbers = points(scenes, evaluator)
    monkeypatch.setattr(coco_points, "_best", lambda detections: detections)
    assert points(scenes, evaluator) == numbers == accumulator(scenes)(None)
    assert rows[0] <= 2 * 3 * 100 < rows[1] == 1_500
