"""COCO's twelve numbers by an evaluator from elsewhere: hotcoco, or pycocotools as the slow oracle."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.coco_accumulate import EMPTY, NAMES
from benchbench.catalog.formulas.coco_match import MOST, places_within
from benchbench.catalog.formulas.detections import Detections, Scenes, Truth
from benchbench.errors import UnknownName, nearest

if TYPE_CHECKING:
    from numpy import float64

Evaluator = Literal["hotcoco", "pycocotools"]


def points(scenes: Scenes, evaluator: Evaluator = "hotcoco") -> dict[str, float]:
    """The twelve numbers as fractions, -1 for an empty bucket. Both evaluators agree bit for bit.

    Only categories with ground truth are handed over: others have no precision and their detections cannot count. Nor
    can those beyond the best hundred of an image and category, with all of which hotcoco would fill the memory. Raises
    UnknownName for another evaluator.
    """
    if evaluator not in get_args(Evaluator):
        raise UnknownName(f"unknown evaluator '{evaluator}'", nearest(evaluator, get_args(Evaluator)))
    categories = np.unique(scenes.truth.categories)
    if not len(categories):
        return dict.fromkeys(NAMES, EMPTY)
    table = as_table(_best(scenes.detections), categories)
    images = [{"id": int(image)} for image in scenes.images]
    kinds = [{"id": int(category), "name": str(category)} for category in categories]
    judge = _by_hotcoco if evaluator == "hotcoco" else _by_pycocotools
    with contextlib.redirect_stdout(io.StringIO()):
        stats = judge(images, kinds, scenes.truth, table)
    return {name: float(value) for name, value in zip(NAMES, stats, strict=True)}


def _best(detections: Detections) -> Detections:
    """Those that take part, in the order in which they stand; all of them where no image has more than a hundred."""
    image = np.unique(detections.images, return_inverse=True)[1] if len(detections.images) > MOST else np.zeros(0, int)
    if np.bincount(image, minlength=1).max() <= MOST:
        return detections
    order = np.lexsort((-detections.scores, image, detections.categories))
    step = np.diff(detections.categories[order], prepend=-1) | np.diff(image[order], prepend=-1)
    kept = np.sort(order[places_within(np.cumsum(step != 0)) < MOST])
    return Detections(
        detections.images[kept], detections.boxes[kept], detections.scores[kept], detections.categories[kept]
    )


def as_table(detections: Detections, categories: NDArray[np.int64]) -> NDArray[float64]:
    """(N, 7) image id, x, y, width, height, score, category id: COCO's results, of known categories only."""
    columns = (detections.images, detections.boxes, detections.scores, detections.categories)
    table = np.column_stack(columns).astype(np.float64)
    return table[np.isin(detections.categories, categories)]


def _by_hotcoco(
    images: list[dict[str, Any]], kinds: list[dict[str, Any]], truth: Truth, table: NDArray[float64]
) -> NDArray[float64]:
    from hotcoco import COCO, COCOeval

    dataset = COCO.from_arrays(
        images,
        kinds,
        truth.images,
        truth.categories,
        truth.boxes,
        ids=truth.ids,
        area=truth.areas,
        iscrowd=truth.crowd,
    )
    return _stats(COCOeval(dataset, dataset.load_res(table), "bbox"))


def _by_pycocotools(
    images: list[dict[str, Any]], kinds: list[dict[str, Any]], truth: Truth, table: NDArray[float64]
) -> NDArray[float64]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    annotations = [
        {"id": number, "image_id": image, "category_id": category, "bbox": box, "area": area, "iscrowd": int(crowd)}
        for number, image, category, box, area, crowd in zip(
            *(
                column.tolist()
                for column in (truth.ids, truth.images, truth.categories, truth.boxes, truth.areas, truth.crowd)
            ),
            strict=True,
        )
    ]
    dataset, found = COCO(), COCO()
    dataset.dataset = {"images": images, "categories": kinds, "annotations": annotations}
    dataset.createIndex()
    found.dataset = {"images": images, "categories": kinds, "annotations": []}
    found.createIndex()
    # loadRes looks at the first result and so cannot take none at all.
    return _stats(COCOeval(dataset, dataset.loadRes(table) if len(table) else found, "bbox"))


def _stats(evaluation: Any) -> NDArray[float64]:
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    stats: NDArray[float64] = np.asarray(evaluation.stats)
    return stats
