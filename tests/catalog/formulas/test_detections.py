"""Every fault is refused, with its share and its place; sound data pass."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchbench.catalog.formulas.detections import (
    Detections,
    Scenes,
    Truth,
    detection_faults,
    detections_from,
    refuse,
    row_of,
    scenes,
    truth_faults,
    truth_from,
)
from benchbench.catalog.formulas.rows import Rows
from benchbench.errors import BadData
from tests.coco_scenes import Shape, as_rows, random_scenes


@pytest.fixture
def sound() -> Scenes:
    return random_scenes(3, Shape(images=4, objects=20, detections=40))


def faults(scenes: Scenes) -> list[str]:
    found, truth = scenes.detections, scenes.truth
    return detection_faults(found, row_of(found.images)) + truth_faults(truth, row_of(truth.images))


def changed(array: NDArray[np.float64], index: tuple[int, ...], value: float) -> NDArray[np.float64]:
    copy = array.copy()
    copy[index] = value
    return copy


def test_sound_scenes_pass_and_come_back_from_rows(sound: Scenes) -> None:
    assert faults(sound) == []
    back = scenes(as_rows(sound))
    order = np.argsort([sound.images.tolist().index(image) for image in sound.detections.images], kind="stable")
    assert np.array_equal(back.detections.boxes, sound.detections.boxes[order])
    assert np.array_equal(back.detections.images, sound.detections.images[order])
    assert len(back.truth.ids) == len(sound.truth.ids)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", range(4))
def test_one_coordinate_that_is_not_finite(sound: Scenes, value: float, column: int) -> None:
    found = replace(sound.detections, boxes=changed(sound.detections.boxes, (7, column), value))
    image = found.images[7]
    row = np.count_nonzero(found.images[:7] == image)
    told = faults(replace(sound, detections=found))
    assert told[0] == f"boxes that are not finite: 1 of 40 (2.5 %), first at image {image}, row {row}"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_not_finite(sound: Scenes, value: float) -> None:
    found = replace(sound.detections, scores=changed(sound.detections.scores, (0,), value))
    assert faults(replace(sound, detections=found)) == [
        f"scores that are not finite: 1 of 40 (2.5 %), first at image {found.images[0]}, row 0"
    ]


@pytest.mark.parametrize("size", [0.0, -1.0])
@pytest.mark.parametrize("column", [2, 3])
def test_a_detection_without_size(sound: Scenes, size: float, column: int) -> None:
    found = replace(sound.detections, boxes=changed(sound.detections.boxes, (1, column), size))
    assert "boxes without width or height: 1 of 40" in faults(replace(sound, detections=found))[0]


def test_ground_truth_without_size_passes_but_not_with_less(sound: Scenes) -> None:
    flat = replace(sound.truth, boxes=changed(sound.truth.boxes, (0, 2), 0.0))
    less = replace(sound.truth, boxes=changed(sound.truth.boxes, (0, 2), -0.5))
    assert faults(replace(sound, truth=flat)) == []
    assert "negative width or height: 1 of 20" in faults(replace(sound, truth=less))[0]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("areas", np.nan, "areas that are negative or not finite"),
        ("areas", -1.0, "areas that are negative or not finite"),
        ("ids", 0, "annotation ids that are not positive"),
        ("ids", -3, "annotation ids that are not positive"),
    ],
)
def test_other_faults_of_ground_truth(sound: Scenes, name: str, value: float, message: str) -> None:
    columns: dict[str, Any] = {name: changed(getattr(sound.truth, name), (4,), value)}
    truth = replace(sound.truth, **columns)
    assert [line for line in faults(replace(sound, truth=truth)) if line.startswith(f"{message}: 1 of 20 (5 %)")]


def test_repeated_ids_across_images(sound: Scenes) -> None:
    ids = sound.truth.ids.copy()
    ids[9] = ids[2]
    assert faults(replace(sound, truth=replace(sound.truth, ids=ids)))[0].startswith(
        f"annotation ids that are repeated: 1 of 20 (5 %), first at image {sound.truth.images[9]}"
    )


def test_all_faults_are_told_at_once(sound: Scenes) -> None:
    found = replace(sound.detections, scores=np.full(40, np.nan), boxes=np.full((40, 4), np.nan))
    with pytest.raises(BadData) as error:
        refuse(faults(replace(sound, detections=found)), "detections", "why")
    assert error.value.what.count("40 of 40 (100 %)") == 2
    assert error.value.hint == "why"


@pytest.mark.parametrize("lost", ["boxes", "scores", "categories"])
def test_a_missing_column_of_detections(lost: str) -> None:
    arrays = {"boxes": np.ones((2, 4)), "scores": np.ones(2), "categories": np.ones(2, int)}
    del arrays[lost]
    with pytest.raises(BadData, match=f"missing {lost}"):
        detections_from(arrays, np.zeros(2, np.int64))


@pytest.mark.parametrize("lost", ["boxes", "categories", "areas", "crowd", "ids"])
def test_a_missing_column_of_ground_truth(lost: str) -> None:
    arrays = {name: np.ones(2, int) for name in ("categories", "areas", "crowd", "ids")} | {"boxes": np.ones((2, 4))}
    del arrays[lost]
    with pytest.raises(BadData, match=f"missing {lost}"):
        truth_from(arrays, np.zeros(2, np.int64))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("boxes", np.ones((2, 5)), r"boxes must have shape \(2, 4\), got \(2, 5\)"),
        ("boxes", np.ones((2, 4), complex), "boxes must be numbers"),
        ("scores", np.array(["a", "b"]), "scores must be numbers"),
        ("scores", np.ones(3), r"scores must have shape \(2,\)"),
        ("categories", np.ones(2), "categories must be whole numbers"),
    ],
)
def test_columns_of_odd_shape_or_type(name: str, array: NDArray[np.float64], message: str) -> None:
    arrays = {"boxes": np.ones((2, 4)), "scores": np.ones(2), "categories": np.ones(2, int)} | {name: array}
    with pytest.raises(BadData, match=message):
        detections_from(arrays, np.zeros(2, np.int64))


def test_rows_from_a_file_are_checked_again(sound: Scenes) -> None:
    rows = as_rows(sound)
    broken = Rows(rows.ids, {**rows.columns, "scores": np.full(40, np.nan)}, rows.counts)
    with pytest.raises(BadData, match="40 of 40"):
        scenes(broken)


def test_float32_is_read_as_the_same_float64() -> None:
    boxes = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    arrays = {"boxes": boxes, "scores": boxes[:, 0], "categories": np.ones(3, np.int32)}
    found = detections_from(arrays, np.zeros(3, np.int64))
    assert found.boxes.dtype == found.scores.dtype == np.float64
    assert isinstance(found, Detections)
    assert np.array_equal(found.boxes.astype(np.float32), boxes)


def test_no_rows_are_no_fault() -> None:
    none = Truth(np.zeros(0, int), np.zeros((0, 4)), np.zeros(0, int), np.zeros(0), np.zeros(0, bool), np.zeros(0, int))
    assert truth_faults(none, row_of(none.images)) == []
