"""The probe: rows, numbers, intervals, files; everything that must not be scored is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.coco_points import Evaluator
from benchbench.catalog.formulas.detections import Scenes
from benchbench.catalog.formulas.rows import Arrays, Rows, gather, load, save
from benchbench.catalog.probes import PROBES
from benchbench.catalog.probes.coco_ap import PROBE, intervals, score, summarise
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.coco_scenes import Shape, as_prediction, as_rows, as_target, random_scenes

ABOVE_ONE_HUNDRED = Shape(images=2, objects=20, detections=500, categories=1, ties=10**6)


def scored(scenes: Scenes) -> Rows:
    ids = scenes.images.tolist()
    return gather(ids, [score(as_prediction(scenes, image), as_target(scenes, image)) for image in ids])


def perfect(target: Arrays) -> Arrays:
    """Every object that counts, as it is."""
    single = ~target["crowd"]
    count = int(single.sum())
    return {
        "boxes": target["boxes"][single],
        "scores": np.full(count, 0.9),
        "categories": target["categories"][single],
    }


def single(**changes: Any) -> Arrays:
    """A target with one object, or a prediction of it, each column as given."""
    found = {"boxes": np.array([[1.0, 2, 30, 40]]), "categories": np.array([3]), "areas": np.array([1200.0])}
    return found | {"crowd": np.array([False]), "ids": np.array([8]), "scores": np.array([0.5])} | changes


def test_the_shelf_holds_it() -> None:
    probe = PROBES["coco-ap"]
    assert isinstance(probe, ScoredProbe)
    assert [metric.name for metric in probe.metrics] == list(summarise(as_rows(random_scenes(0, Shape()))))
    assert {(metric.unit, metric.better, metric.digits) for metric in probe.metrics} == {("pt", "higher", 1)}
    evaluator = settings_of(probe.summarise)["evaluator"]
    assert (evaluator.default, evaluator.annotation.__args__) == ("hotcoco", ("hotcoco", "pycocotools"))


@pytest.mark.parametrize("evaluator", ["hotcoco", "pycocotools"])
def test_perfect_predictions_are_one(evaluator: Evaluator) -> None:
    """Also with an image without annotations and with crowds that nobody predicted."""
    scenes = random_scenes(5, Shape(images=6, objects=40, detections=0, grid=0, categories=4))
    targets = {image: as_target(scenes, image) for image in scenes.images.tolist()}
    kept = {
        image: {name: column[target["boxes"][:, 2] > 0] for name, column in target.items()}
        for image, target in targets.items()
    }
    assert any(target["crowd"].any() for target in kept.values())
    rows = gather(list(kept), [score(perfect(target), target) for target in kept.values()])
    numbers = summarise(rows, evaluator=evaluator)
    assert min(len(target["ids"]) for target in kept.values()) == 0
    assert {name: value for name, value in numbers.items() if not name.startswith("AR1")} == pytest.approx(
        dict.fromkeys([name for name in numbers if not name.startswith("AR1")], 1.0), abs=1e-12
    )
    assert numbers["AR100"] == 1.0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([5, 10**6]))
def test_both_evaluators_and_the_weights_agree(seed: int, ties: int) -> None:
    rows = scored(random_scenes(seed, Shape(ties=ties)))
    numbers = summarise(rows)
    assert numbers == summarise(rows, evaluator="pycocotools")
    assert numbers == summarise(rows, np.ones(len(rows)))


def test_more_than_a_hundred_detections() -> None:
    rows = scored(random_scenes(1, ABOVE_ONE_HUNDRED))
    numbers = summarise(rows)
    assert numbers == summarise(rows, evaluator="pycocotools") == summarise(rows, [1, 1])


def test_the_order_of_images_does_not_matter() -> None:
    scenes = random_scenes(8, Shape(ties=5))
    rows = scored(scenes)
    turned = scored(Scenes(scenes.images[::-1].copy(), scenes.truth, scenes.detections))
    assert summarise(rows) == summarise(turned)
    assert intervals(rows, 10, 1) == intervals(turned, 10, 1)


def test_rows_survive_a_file_bit_for_bit(tmp_path: Path) -> None:
    """float32 boxes and scores stay float32, and score as they did."""
    scenes = random_scenes(2, Shape(ties=10**6))
    ids = scenes.images.tolist()
    single_precision = [
        {name: column.astype(np.float32) if column.dtype == np.float64 else column for name, column in each.items()}
        for each in (as_prediction(scenes, image) for image in ids)
    ]
    rows = gather(
        ids, [score(each, as_target(scenes, image)) for each, image in zip(single_precision, ids, strict=True)]
    )
    save(rows, tmp_path / "rows.npz")
    back = load(tmp_path / "rows.npz")
    assert back.columns["boxes"].dtype == back.columns["scores"].dtype == np.float32
    assert summarise(back) == summarise(rows) == summarise(back, evaluator="pycocotools")


def test_a_category_that_no_annotation_has_is_passed_over() -> None:
    """DETR has slots for ids that COCO does not use; the original passes their detections over too."""
    extra = single(boxes=np.repeat(single()["boxes"], 2, 0), scores=np.array([0.9, 0.8]), categories=np.array([12, 3]))
    assert summarise(gather([4], [score(extra, single())])) == summarise(gather([4], [score(single(), single())]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"boxes": np.full((1, 4), np.nan)},
            r"detections: boxes that are not finite: 1 of 1 \(100 %\), first at row 0",
        ),
        ({"scores": np.array([np.inf])}, r"scores that are not finite: 1 of 1 \(100 %\)"),
        ({"boxes": np.array([[1.0, 1, 0, 5]])}, "boxes without width or height"),
        ({"boxes": np.ones((2, 4))}, r"boxes must have shape \(1, 4\)"),
    ],
)
def test_a_prediction_that_must_not_be_scored(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadData, match=message):
        score(single(**changes), single())


def test_the_image_is_named_where_the_target_knows_it() -> None:
    with pytest.raises(BadData, match="first at image 139, row 0"):
        score(single(scores=np.array([np.nan])), single(image=np.array([139])))


def test_ground_truth_that_must_not_be_scored() -> None:
    with pytest.raises(BadData, match="ground truth: annotation ids that are not positive"):
        score(single(), single(ids=np.array([0])))


def test_the_place_of_a_fault_in_ground_truth_may_lie_beyond_the_detections() -> None:
    two = {"boxes": np.ones((2, 4)), "categories": np.ones(2, int), "areas": np.ones(2), "crowd": np.zeros(2, bool)}
    with pytest.raises(BadData, match=r"not positive: 1 of 2 .* first at image 139, row 1"):
        score(single(), two | {"ids": np.array([4, 0]), "image": np.array([139])})


def test_ground_truth_that_a_file_held_is_checked_when_read_and_once_more_by_the_summary(tmp_path: Path) -> None:
    """It is not checked for every model in between; a copy that was changed is."""
    path, document = tmp_path / "instances.json", instances_of(random_scenes(9, Shape()))
    path.write_text(json.dumps(document))
    targets = PROBE.read_targets(path)
    image = next(image for image, target in targets.items() if len(target["ids"]))
    with pytest.raises(BadData, match="ground truth: annotation ids that are not positive"):
        score(single(), {**targets[image], "ids": targets[image]["ids"] * 0})
    targets[image]["ids"][0] = 0
    with pytest.raises(BadData, match="ground truth: annotation ids that are not positive"):
        summarise(gather([image], [score(single(), targets[image])]))
    document["annotations"][0]["id"] = 0
    path.write_text(json.dumps(document))
    with pytest.raises(BadData, match="annotation ids that are not positive"):
        PROBE.read_targets(path)


def test_ids_repeated_across_images_are_found_by_the_summary() -> None:
    rows = gather([1, 2], [score(single(), single()), score(single(), single())])
    with pytest.raises(BadData, match=r"annotation ids that are repeated: 1 of 2 \(50 %\), first at image 2, row 0"):
        summarise(rows)


def test_a_share_of_nan_is_told_over_all_images() -> None:
    rows = as_rows(random_scenes(0, Shape(detections=80)))
    boxes = rows.columns["boxes"].copy()
    boxes[:20, 1] = np.nan
    with pytest.raises(BadData, match=r"20 of 80 \(25 %\)"):
        summarise(Rows(rows.ids, {**rows.columns, "boxes": boxes}, rows.counts))


def test_intervals_are_points_and_deviations() -> None:
    rows = scored(random_scenes(6, Shape(images=12, objects=60, detections=150, ties=10**6)))
    points, found = summarise(rows), intervals(rows, 50, 3)
    assert found == intervals(rows, 50, 3) != intervals(rows, 50, 4)
    assert {name: (low + high) / 2 for name, (low, high) in found.items()} == pytest.approx(points)
    assert all(0.01 < high - low < 1 for low, high in found.values())


def test_an_empty_bucket_has_no_interval() -> None:
    rows = gather([1, 2], [score(single(), single()), score(single(), single(ids=np.array([9])))])
    numbers, found = summarise(rows), intervals(rows, 5, 0)
    empty = {name for name, value in numbers.items() if value == -1}
    assert empty == {"APs", "APl", "ARs", "ARl"}
    assert set(found) == set(numbers) - empty


def test_files_made_elsewhere(tmp_path: Path) -> None:
    """The readers and the rows come to what pycocotools says of the same two files."""
    scenes = random_scenes(9, Shape(ties=7))
    targets, predictions = tmp_path / "instances.json", tmp_path / "results.json"
    targets.write_text(json.dumps(instances_of(scenes)))
    predictions.write_text(json.dumps(results_of(scenes)))
    truth, made = PROBE.read_targets(targets), PROBE.read_predictions(predictions, targets)
    assert set(truth) == set(made) == set(scenes.images.tolist())
    rows = gather(sorted(truth), [score(made[image], truth[image]) for image in sorted(truth)])
    assert list(summarise(rows).values()) == straight_from_files(targets, predictions)


def instances_of(scenes: Scenes) -> dict[str, Any]:
    truth = scenes.truth
    return {
        "images": [{"id": image, "file_name": f"{image}.jpg"} for image in scenes.images.tolist()],
        "categories": [{"id": category} for category in range(90)],
        "annotations": [
            {"id": int(truth.ids[i]), "image_id": int(truth.images[i]), "category_id": int(truth.categories[i])}
            | {"bbox": truth.boxes[i].tolist(), "area": float(truth.areas[i]), "iscrowd": int(truth.crowd[i])}
            for i in range(len(truth.ids))
        ],
    }


def results_of(scenes: Scenes) -> list[dict[str, Any]]:
    found = scenes.detections
    return [
        {"image_id": int(found.images[i]), "category_id": int(found.categories[i]), "score": float(found.scores[i])}
        | {"bbox": found.boxes[i].tolist()}
        for i in range(len(found.scores))
    ]


def straight_from_files(targets: Path, predictions: Path) -> list[float]:
    import contextlib
    import io

    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(targets))
        evaluation = COCOeval(truth, truth.loadRes(str(predictions)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats]
