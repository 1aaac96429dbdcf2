"""Instances and results files: what is read, and every refusal with its place."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench.catalog.formulas.coco_files import Instances, read_instances, read_results
from benchbench.errors import BadData

Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    return {
        "images": [{"id": 9, "file_name": "b.jpg", "height": 4, "width": 5}, {"id": 2, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 7, "name": "dog"}],
        "annotations": [
            {"id": 1, "image_id": 9, "category_id": 7, "bbox": [0, 0, 2, 2.5], "area": 4, "iscrowd": 0},
            {"id": 5, "image_id": 9, "category_id": 1, "bbox": [1, 1, 1, 1], "area": 0.5, "iscrowd": 1},
        ],
    }


@pytest.fixture
def results() -> list[Document]:
    return [
        {"image_id": 9, "category_id": 1, "bbox": [0.1, 0.2, 3, 4], "score": 0.3},
        {"image_id": 9, "category_id": 7, "bbox": [1, 1, 1, 1], "score": 1},
    ]


def written(folder: Path, value: Any) -> Path:
    path = folder / "file.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def instances(folder: Path, document: Document) -> Instances:
    return read_instances(written(folder, document))


def complaint(folder: Path, value: Any) -> str:
    with pytest.raises(BadData) as error:
        read_instances(written(folder, value))
    assert str(folder / "file.json") in error.value.what
    return error.value.what


def test_targets_of_every_image(tmp_path: Path, document: Document) -> None:
    found = instances(tmp_path, document)
    targets = found.targets()
    assert list(targets) == [2, 9]
    assert targets[2]["boxes"].shape == (0, 4)
    assert targets[9]["categories"].tolist() == [7, 1]
    assert targets[9]["crowd"].tolist() == [False, True]
    assert targets[9]["boxes"].tolist() == [[0, 0, 2, 2.5], [1, 1, 1, 1]]
    assert (found.names, found.sizes.tolist()) == (("b.jpg", "a.jpg"), [[4, 5], [0, 0]])


@pytest.mark.parametrize("field", ["id", "image_id", "category_id", "bbox", "area", "iscrowd"])
def test_a_field_that_an_annotation_lacks(tmp_path: Path, document: Document, field: str) -> None:
    del document["annotations"][1][field]
    assert f"annotations: entries without {field}: 1 of 2 (50 %), first at entry 1" in complaint(tmp_path, document)


def test_all_lacking_fields_at_once(tmp_path: Path, document: Document) -> None:
    for field in ("area", "iscrowd", "bbox"):
        del document["annotations"][0][field]
    told = complaint(tmp_path, document)
    assert [field for field in ("area", "iscrowd", "bbox") if f"without {field}" in told] == ["area", "iscrowd", "bbox"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", 0, "annotation ids that are not positive: 1 of 2"),
        ("id", 5, "annotation ids that are repeated: 1 of 2"),
        ("image_id", 3, "annotations of an unknown image: 1 of 2 (50 %), first at annotation 1 (entry 0, image 3)"),
        ("category_id", 3, "annotations of an unknown category: 1 of 2"),
        ("area", "4", "area that is no number: 1 of 2"),
        ("area", None, "area that is no number: 1 of 2"),
        ("area", float("nan"), "areas that are negative or not finite"),
        ("image_id", "9", "image_id that is no whole number: 1 of 2"),
        ("id", 10**30, "id: a number is too large"),
        ("bbox", [1, 2, 3], "bbox that is not four numbers: 1 of 2"),
        ("bbox", [1, 2, 3, None], "bbox that is not four numbers: 1 of 2"),
        ("bbox", [0, 0, float("inf"), 1], "boxes that are not finite: 1 of 2"),
        ("bbox", [0, 0, -1, 1], "boxes of negative width or height: 1 of 2"),
    ],
)
def test_bad_values(tmp_path: Path, document: Document, field: str, value: Any, message: str) -> None:
    document["annotations"][0][field] = value
    assert message in complaint(tmp_path, document)


def test_repeated_images_and_categories_at_once(tmp_path: Path, document: Document) -> None:
    document["images"].append(document["images"][0])
    document["categories"].append(document["categories"][0])
    told = complaint(tmp_path, document)
    assert "image ids that are repeated: 1 of 3 (33.3 %), first at entry 2 (id 9)" in told
    assert "category ids that are repeated: 1 of 3" in told


@pytest.mark.parametrize("part", ["images", "annotations", "categories"])
def test_a_missing_list(tmp_path: Path, document: Document, part: str) -> None:
    del document[part]
    assert f"{part}: a list is missing" in complaint(tmp_path, document)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"images": [', "\x00", "[" * 100_000])
def test_files_that_are_no_instances(tmp_path: Path, text: str) -> None:
    assert "is not" in complaint(tmp_path, text)


def test_entries_that_are_no_objects(tmp_path: Path, document: Document) -> None:
    document["annotations"].append(4)
    assert "entries that are no objects: 1 of 3 (33.3 %), first at 2" in complaint(tmp_path, document)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"nowhere\.json cannot be read: No such file"):
        read_instances(tmp_path / "nowhere.json")


def test_results_of_every_image(tmp_path: Path, document: Document, results: list[Document]) -> None:
    known = instances(tmp_path, document)
    found = read_results(written(tmp_path, results), known)
    assert list(found) == [2, 9]
    assert found[2]["boxes"].shape == (0, 4)
    assert found[9]["scores"].tolist() == [0.3, 1.0]
    assert found[9]["boxes"].dtype == np.float64
    assert read_results(written(tmp_path, []), known)[9]["scores"].tolist() == []


def refusal(folder: Path, document: Document, results: Any) -> str:
    known = instances(folder, document)
    with pytest.raises(BadData) as error:
        read_results(written(folder, results), known)
    return error.value.what


@pytest.mark.parametrize("field", ["image_id", "category_id", "bbox", "score"])
def test_a_field_that_a_result_lacks(tmp_path: Path, document: Document, results: list[Document], field: str) -> None:
    del results[1][field]
    assert f"entries without {field}: 1 of 2 (50 %), first at entry 1" in refusal(tmp_path, document, results)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("image_id", 3, "image ids that the annotations lack: 1 of 2 (50 %), first at entry 0 (image 3)"),
        ("category_id", 2, "category ids that the annotations lack: 1 of 2"),
        ("score", float("nan"), "scores that are not finite: 1 of 2"),
        ("score", "0.5", "score that is no number: 1 of 2"),
        ("bbox", [float("nan")] * 4, "boxes that are not finite: 1 of 2"),
        ("bbox", [1, 1, 0, 1], "boxes without width or height: 1 of 2"),
    ],
)
def test_bad_results(
    tmp_path: Path, document: Document, results: list[Document], field: str, value: Any, message: str
) -> None:
    results[0][field] = value
    assert message in refusal(tmp_path, document, results)


def test_unknown_ids_and_bad_values_at_once(tmp_path: Path, document: Document, results: list[Document]) -> None:
    results[0] |= {"image_id": 1, "category_id": 3, "score": float("inf")}
    assert len(refusal(tmp_path, document, results).splitlines()) == 3


def test_results_in_an_object(tmp_path: Path, document: Document) -> None:
    assert "a list is missing" in refusal(tmp_path, document, {"annotations": []})
