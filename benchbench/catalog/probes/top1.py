"""`top1`: in how many images the true class has the highest logit (top-1), or one of the five highest (top-5).

A tie counts as wrong, and logits that are not finite are refused: see formulas/class_ranks.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas import class_files, class_ranks
from benchbench.catalog.formulas.proportions import paired_proportions, wilson
from benchbench.catalog.formulas.rows import Arrays, Rows
from benchbench.errors import BadData
from benchbench.types import Difference, Metric, Split

METRICS = (
    Metric("top1", "top-1 accuracy", "pt", "higher", 2, within=(0.0, 1.0)),
    Metric("top5", "top-5 accuracy", "pt", "higher", 2, within=(0.0, 1.0)),
)
COLUMNS = {"top1": "correct1", "top5": "correct5"}


def score(prediction: Arrays, target: Arrays) -> Arrays:
    """Of one image `correct1`, `correct5` and `tied` (flags), `label` and `predicted`, both class indices.

    prediction: logits (classes,), or what `archived` keeps of them; target: label (), and the dataset's number of
    classes () if it is known. Raises BadData for logits that are not finite, for as many as the dataset has no classes,
    and for a label beyond the model's classes, naming both numbers.
    """
    return class_ranks.row(prediction, target)


def summarise(rows: Rows, weights: ArrayLike | None = None) -> dict[str, float]:
    """Both shares as fractions, of images with multiplicities `weights` (n,). Raises BadData where no image counts."""
    each = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)
    if not each.sum():
        raise BadData("no image counts", "score at least one")
    return {name: float(each @ rows.columns[column] / each.sum()) for name, column in COLUMNS.items()}


def intervals(rows: Rows, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """95 % limits over images by Wilson's score interval, which needs no draws: an image is right or wrong."""
    del resamples, seed
    return {name: wilson(int(rows.columns[column].sum()), len(rows)) for name, column in COLUMNS.items()}


def paired(rows: Rows, others: Rows) -> dict[str, Difference]:
    """The difference of both shares over the same images in order, by those that only one of the two has right."""
    return {
        name: paired_proportions(rows.columns[column].astype(bool), others.columns[column].astype(bool))
        for name, column in COLUMNS.items()
    }


def splits(rows: Rows, *, names: Mapping[int, str] | None = None) -> tuple[Split, ...]:
    """Top-1 accuracy by true class, of the classes that have an image (by `names`, else "class 17")."""
    labels, right = rows.columns["label"], rows.columns["correct1"]
    classes, place = np.unique(labels, return_inverse=True)
    shares = np.bincount(place, weights=right) / np.bincount(place)
    known = names or {}
    parts = tuple(
        (known.get(int(label), f"class {label}"), float(share)) for label, share in zip(classes, shares, strict=True)
    )
    whole = float(np.mean(right))
    return (Split("classes", "top-1 accuracy by class", "pt", "higher", parts, whole, whole_title="top-1 accuracy"),)


def notes(rows: Rows) -> list[str]:
    """How the interval was made, and in how many images the true class was tied with another."""
    ties = int(rows.columns["tied"].sum())
    told = ["95 % by Wilson's score interval over images"]
    return told + ([f"the true class is tied with another in {ties} of {len(rows)} images: wrong"] if ties else [])


def read_targets(targets: Path) -> Mapping[int, Arrays]:
    """A csv of `id,label`, or an npz of `ids` (n,) and `labels` (n,)."""
    return class_files.read_labels(targets)


def read_predictions(predictions: Path, targets: Path) -> Mapping[int, Arrays]:
    """A csv of `id,0,1,2,...`, or an npz of `ids` (n,) and `logits` (n, classes), one for each image of the targets."""
    return class_files.read_logits(predictions, read_targets(targets))


PROBE = ScoredProbe(
    "top1",
    1,
    METRICS,
    score,
    summarise,
    intervals,
    read_predictions,
    read_targets,
    archived=class_ranks.kept,
    notes=notes,
    paired=paired,
    splits=splits,
)
