"""`coco-ap`: COCO's average precision and recall of boxes.

Every image of the annotations counts, also one without annotations or detections. A mean over categories takes in those
with ground truth. A detection of another category is passed over, as COCO's own evaluation does: DETR has 91 slots for
80 categories. In a results file made elsewhere, though, a category that the annotations lack is refused: there it tells
of categories numbered another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas import bootstrap, coco_files, coco_points, detection_splits
from benchbench.catalog.formulas.coco_accumulate import EMPTY, accumulator
from benchbench.catalog.formulas.detections import (
    ANNOTATED,
    DETECTED,
    Checked,
    Floats,
    detection_faults,
    detections_from,
    refuse,
    scenes,
    truth_faults,
    truth_from,
)
from benchbench.catalog.formulas.paired_means import by_resampling
from benchbench.catalog.formulas.rows import Arrays, Rows
from benchbench.types import Difference, Metric, Split

TITLES = {
    "AP": "AP at IoU 0.50 to 0.95",
    "AP50": "AP at IoU 0.50",
    "AP75": "AP at IoU 0.75",
    "APs": "AP of small objects (below 32² px)",
    "APm": "AP of medium objects (32² to 96² px)",
    "APl": "AP of large objects (above 96² px)",
    "AR1": "recall with 1 detection per image and category",
    "AR10": "recall with 10 detections per image and category",
    "AR100": "recall with 100 detections per image and category",
    "ARs": "recall of small objects",
    "ARm": "recall of medium objects",
    "ARl": "recall of large objects",
}
DRAWS = 1_000
"""Draws of the paired bootstrap; they take milliseconds each at the size of val2017."""
METRICS = tuple(Metric(name, title, "pt", "higher", 1, within=(0.0, 1.0)) for name, title in TITLES.items())


def score(prediction: Arrays, target: Arrays) -> Arrays:
    """One image's detections and ground truth, checked, as the row from which any summary can be made.

    prediction: boxes (n, 4) x, y, width, height in pixels of the original image, scores (n,), categories (n,). target:
    boxes (g, 4), categories, areas, crowd, ids (g,), and optionally image (1,), which then names the image in errors.
    Boxes and scores keep their precision. Raises BadData with the share of bad values.
    """
    image = int(target["image"][0]) if "image" in target else -1
    found = detections_from(prediction, np.full(len(prediction.get("scores", ())), image))
    where = f"image {image}, row {{}}".format if image >= 0 else "row {}".format
    refuse(detection_faults(found, where), "detections")
    if not isinstance(target, Checked):
        there = truth_from(target, np.full(len(target.get("ids", ())), image))
        refuse(truth_faults(there, where), "ground truth")
    return {name: np.asarray(prediction[name]) for name in DETECTED} | {
        f"truth_{name}": np.asarray(target[name]) for name in ANNOTATED
    }


def summarise(
    rows: Rows, weights: ArrayLike | None = None, *, evaluator: Literal["hotcoco", "pycocotools"] = "hotcoco"
) -> dict[str, float]:
    """COCO's twelve numbers as fractions, -1 where there is no object to be found.

    With `weights`, whole multiplicities (n,) of the images, they come from our own accumulation, which equals both
    evaluators bit for bit where each image counts once. Raises BadData for rows that must not be scored.
    """
    checked = scenes(rows)
    if weights is not None:
        return accumulator(checked)(weights)
    return coco_points.points(checked, evaluator)


def intervals(rows: Rows, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """95 % limits of all twelve numbers by bootstrap over images, in order of their ids.

    A number that is -1 has none; draws that leave a bucket without objects say nothing about it.
    """
    return bootstrap.intervals(_numbers, rows, resamples, seed)


def paired(rows: Rows, others: Rows, *, resamples: int = DRAWS) -> dict[str, Difference]:
    """The differences of all twelve numbers by bootstrap: both sides meet the same draws of the images.

    None where there is no object to be found, or only one image.
    """
    return by_resampling(_numbers, rows, others, resamples)


def _numbers(rows: Rows, draws: NDArray[np.int64]) -> dict[str, Floats]:
    """The twelve (B,) of draws (B, n) of the images, NaN where there is no object to be found."""
    from benchbench.catalog.formulas.coco_resamples import resampler

    return {name: np.where(each == EMPTY, np.nan, each) for name, each in resampler(scenes(rows))(draws).items()}


def splits(rows: Rows, *, names: Mapping[int, str] | None = None) -> tuple[Split, ...]:
    """AP50 by kind of error, AP by category (by `names`, else "category 17") and by size of object."""
    return detection_splits.splits(scenes(rows), names or {})


def read_predictions(predictions: Path, targets: Path) -> Mapping[int, Arrays]:
    """A COCO results file, checked against its instances file: every image's detections by id, none included."""
    return coco_files.read_results(predictions, coco_files.read_instances(targets))


def read_targets(targets: Path) -> Mapping[int, Arrays]:
    """An instances file: every image's ground truth by id, none included."""
    return coco_files.read_instances(targets).targets()


PROBE = ScoredProbe(
    "coco-ap",
    1,
    METRICS,
    score,
    summarise,
    intervals,
    read_predictions,
    read_targets,
    paired=paired,
    splits=splits,
    derived=3,
)
