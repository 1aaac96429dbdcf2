"""Detections at the public door, `benchbench score coco-ap`: what is refused, with its place, and what is handled."""

from __future__ import annotations

import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench import scoring
from benchbench.errors import BadData

Document = dict[str, Any]
SIDE = 200.0


@pytest.fixture
def truth() -> Document:
    """Two images of two objects each, of two categories."""
    boxes = [[10.0, 10, 40, 40], [100.0, 100, 50, 50]]
    annotations = [
        {"id": 2 * image + at, "image_id": image, "category_id": at, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for image in (1, 2)
        for at, box in enumerate(boxes, start=1)
    ]
    return {
        "images": [{"id": image, "file_name": f"{image}.png"} for image in (1, 2)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": annotations,
    }


@pytest.fixture
def made(truth: Document) -> list[Document]:
    """Every object found exactly."""
    return [
        {name: each[name] for name in ("image_id", "category_id", "bbox")} | {"score": 0.9 - 0.1 * at}
        for at, each in enumerate(truth["annotations"])
    ]


class Door:
    """Files and the command's function on them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def score(self, truth: Document, made: list[Document], resamples: int = 20) -> Document:
        paths = self.folder / "made.json", self.folder / "truth.json"
        for path, content in zip(paths, (made, truth), strict=True):
            path.write_text(json.dumps(content), encoding="utf-8")
        scoring.show("coco-ap", *paths, [], resamples, as_json=True)
        found: Document = json.loads(self._capsys.readouterr().out)
        return found

    def refusal(self, truth: Document, made: list[Document]) -> str:
        with pytest.raises(BadData) as error:
            self.score(truth, made)
        return str(error.value)


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Door:
    return Door(tmp_path, capsys)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("bbox", [10.0, math.nan, 40, 40], "boxes that are not finite: 1 of 4 (25 %), first at entry 1 (image 1)"),
        ("bbox", [10.0, 10, math.inf, 40], "boxes that are not finite"),
        ("bbox", [10.0, 10, -40, 40], "boxes without width or height: 1 of 4 (25 %), first at entry 1 (image 1)"),
        ("score", math.nan, "scores that are not finite: 1 of 4"),
        ("score", -math.inf, "scores that are not finite"),
        ("image_id", 7, "image ids that the annotations lack: 1 of 4 (25 %), first at entry 1 (image 7)"),
        ("category_id", 9, "category ids that the annotations lack: 1 of 4"),
    ],
)
def test_predictions_that_are_refused(
    door: Door, truth: Document, made: list[Document], field: str, value: Any, why: str
) -> None:
    made[1][field] = value
    told = door.refusal(truth, made)
    assert f"{door.folder / 'made.json'}: {why}" in told


@pytest.mark.parametrize("field", ["image_id", "category_id", "bbox", "score"])
def test_predictions_that_lack_a_field(door: Door, truth: Document, made: list[Document], field: str) -> None:
    del made[2][field]
    assert f"made.json: entries without {field}: 1 of 4 (25 %), first at entry 2" in door.refusal(truth, made)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("id", 0, "annotation ids that are not positive: 1 of 4 (25 %), first at annotation 0 (entry 1, image 1)"),
        ("id", 6, "annotation ids that are repeated: 1 of 4 (25 %), first at annotation 6 (entry 3, image 2)"),
        ("bbox", [0.0, 0, -1, 4], "boxes of negative width or height"),
        ("area", math.nan, "areas that are negative or not finite"),
        ("image_id", 7, "annotations of an unknown image"),
    ],
)
def test_annotations_that_are_refused(
    door: Door, truth: Document, made: list[Document], field: str, value: Any, why: str
) -> None:
    truth["annotations"][1][field] = value
    assert f"truth.json: {why}" in door.refusal(truth, made)


@pytest.mark.parametrize("field", ["id", "image_id", "category_id", "bbox", "area", "iscrowd"])
def test_annotations_that_lack_a_field(door: Door, truth: Document, made: list[Document], field: str) -> None:
    del truth["annotations"][3][field]
    assert f"truth.json: annotations: entries without {field}: 1 of 4 (25 %)" in door.refusal(truth, made)


def test_an_empty_dataset_is_refused(door: Door, truth: Document) -> None:
    told = door.refusal({**truth, "images": [], "annotations": []}, [])
    assert "truth.json holds no image" in told


def test_a_detection_made_twice_is_one_that_is_true_and_one_that_is_not(
    door: Door, truth: Document, made: list[Document]
) -> None:
    """Results have no ids of their own: one that is there, even the same for all, says nothing."""
    plain = door.score(truth, made)["metrics"]
    assert door.score(truth, [{**each, "id": 5} for each in made])["metrics"] == plain
    twice = door.score(truth, [*made, *made])
    assert twice["metrics"]["AR100"] == 1.0
    assert twice["metrics"]["AP"] == pytest.approx(
        np.mean([1.0] * 51 + [2 / 3] * 50), abs=1e-12
    )  # precision falls after the copy of the first of two objects
    [errors] = [split for split in twice["splits"] if split["name"] == "errors"]
    assert dict(errors["parts"])["duplicate"] == pytest.approx(1 - errors["whole"])


def test_one_image_has_numbers_and_no_interval(door: Door, truth: Document, made: list[Document]) -> None:
    alone = {**truth, "images": truth["images"][:1], "annotations": truth["annotations"][:2]}
    found = door.score(alone, made[:2])
    assert found["metrics"]["AP"] == pytest.approx(1.0)
    assert found["intervals"] == {}
    assert [split["name"] for split in found["splits"]] == ["errors", "classes", "sizes"]


def test_one_class(door: Door, truth: Document, made: list[Document]) -> None:
    """A category that no annotation has is known, and has no precision; what was found of it is passed over."""
    truth["annotations"] = [each for each in truth["annotations"] if each["category_id"] == 1]
    found = door.score(truth, made)
    assert found["metrics"]["AP"] == 1.0
    [classes] = [split for split in found["splits"] if split["name"] == "classes"]
    assert classes["parts"] == [["category 1", 1.0]]


def test_nothing_found_and_nothing_there(door: Door, truth: Document) -> None:
    assert door.score(truth, [])["metrics"]["AP"] == 0.0
    bare = door.score({**truth, "annotations": []}, [])
    assert set(bare["metrics"].values()) == {-1.0}
    assert (bare["intervals"], bare["splits"]) == ({}, [])


def test_a_hundred_thousand_detections_in_one_image(door: Door, truth: Document) -> None:
    """Their overlaps with a thousand objects would be a gigabyte: only the best hundred of a category are looked at."""
    rng = np.random.default_rng(0)
    count, objects = 100_000, 1_000

    def boxes(number: int) -> list[list[float]]:
        corners, sizes = rng.uniform(0, SIDE, (number, 2)), rng.uniform(5, 40, (number, 2))
        return np.round(np.column_stack([corners, sizes]), 3).tolist()  # type: ignore[no-any-return]

    place = {"image_id": 1, "category_id": 1}
    truth["annotations"] = [
        {"id": number, **place, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for number, box in enumerate(boxes(objects), start=1)
    ]
    scores = (rng.permutation(count) + 1) / (count + 1)
    made = [{**place, "bbox": box, "score": score} for box, score in zip(boxes(count), scores.tolist(), strict=True)]
    best = sorted(made, key=lambda each: -each["score"])[:100]
    tracemalloc.start()
    whole = door.score(truth, made)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    few = door.score(truth, best)
    assert whole["metrics"] == few["metrics"]
    assert whole["splits"] == few["splits"]
    assert peak < 400 * 2**20  # of which the JSON's objects are the most
