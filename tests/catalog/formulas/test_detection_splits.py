"""AP by category and size against pycocotools, and the words around."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest

from benchbench.catalog.formulas.coco_accumulate import by_category
from benchbench.catalog.formulas.coco_categories import NAMES
from benchbench.catalog.formulas.coco_points import as_table, points
from benchbench.catalog.formulas.detection_errors import lost
from benchbench.catalog.formulas.detection_splits import splits
from benchbench.catalog.formulas.detections import Scenes
from tests.coco_scenes import Shape, random_scenes


def precisions(scenes: Scenes) -> dict[int, float]:
    """Each category's mean precision over thresholds and recalls, as pycocotools has it."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, kinds = scenes.truth, np.unique(scenes.truth.categories)
    columns = (truth.ids, truth.images, truth.categories, truth.boxes, truth.areas, truth.crowd)
    names = ("id", "image_id", "category_id", "bbox", "area", "iscrowd")
    annotations: list[dict[str, Any]] = [
        dict(zip(names, row, strict=True)) for row in zip(*(column.tolist() for column in columns), strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = COCO()
        images = [{"id": image} for image in scenes.images.tolist()]
        dataset.dataset = {"images": images, "categories": [{"id": int(kind)} for kind in kinds]}
        dataset.dataset["annotations"] = annotations
        dataset.createIndex()
        evaluation = COCOeval(dataset, dataset.loadRes(as_table(scenes.detections, kinds)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    each = evaluation.eval["precision"][:, :, :, 0, -1]
    return {int(kind): float(each[..., at].mean()) for at, kind in enumerate(kinds) if (each[..., at] >= 0).all()}


@pytest.mark.parametrize("seed", range(8))
def test_categories_are_those_of_pycocotools(seed: int) -> None:
    scenes = random_scenes(seed, Shape(categories=5, objects=40, ties=7))
    found, expected = by_category(scenes), precisions(scenes)
    assert found == pytest.approx(expected, abs=1e-12)
    assert np.mean(list(found.values())) == pytest.approx(points(scenes)["AP"], abs=1e-12)


def test_the_splits_of_a_score() -> None:
    scenes = random_scenes(3, Shape(ties=10**6))
    numbers, known = points(scenes), lost(scenes)
    assert known is not None
    errors, classes, sizes = splits(scenes, {int(scenes.truth.categories[0]): "zebra"})
    assert (errors.name, errors.better, errors.whole) == ("errors", "lower", known.ap50)
    assert dict(errors.parts) == known.gains
    assert f"{known.numbers['false negatives']:,} objects are not found" in errors.note
    assert (classes.whole, sizes.whole) == (numbers["AP"], numbers["AP"])
    names = [name for name, _ in classes.parts]
    assert names.count("zebra") == 1
    assert all(name == "zebra" or name.startswith("category ") for name in names)
    assert [value for _, value in sizes.parts] == [numbers[name] for name in ("APs", "APm", "APl")]


def test_a_size_that_no_object_has_is_left_out() -> None:
    scenes = random_scenes(3, Shape())
    truth = scenes.truth
    small = Scenes(scenes.images, truth.__class__(**{**vars(truth), "areas": np.full(30, 100.0)}), scenes.detections)
    assert [name for name, _ in splits(small, {})[2].parts] == ["small (below 32² px)"]


def test_nothing_to_be_found_is_not_taken_apart() -> None:
    assert splits(random_scenes(0, Shape(objects=0)), {}) == ()


def test_names_of_categories() -> None:
    """Eighty, at the ids of the annotations; ten of the ninety are not used."""
    assert len(NAMES) == len(set(NAMES.values())) == 80
    assert {
        1: "person",
        13: "stop sign",
        27: "backpack",
        62: "chair",
        67: "dining table",
        90: "toothbrush",
    }.items() <= (NAMES.items())
    assert set(range(1, 91)) - NAMES.keys() == {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
