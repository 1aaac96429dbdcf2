"""`pair-accuracy`: in how many pairs of points the closer one is told, as in DA-2K.

DA-2K.md of DepthAnything/Depth-Anything-V2 (a561b84). A tie tells nothing and counts as wrong: the file
names the closer point first, so that taking ties for the first would reward constant output.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas import bootstrap
from benchbench.catalog.formulas.depth_protocols import Space
from benchbench.catalog.formulas.map_files import Maps, same_images
from benchbench.catalog.formulas.paired_means import RESAMPLES, by_resampling
from benchbench.catalog.formulas.rows import Arrays, Rows
from benchbench.errors import BadData
from benchbench.types import Difference, Metric

METRICS = (Metric("pair_accuracy", "pairs whose closer point is told", "pt", "higher", 1, within=(0.0, 1.0)),)


def score(prediction: Arrays, target: Arrays, *, space: Space = "disparity") -> Arrays:
    """How many `pairs` of an image are `right`, and how many are `ties`.

    prediction: output (H, W); of disparity the larger is closer, of depth the smaller. target: points (n, 2, 2), row
    and column of two points, closer (n,) 0 or 1. Raises BadData for points outside of the map or not finite there.
    """
    output, points, closer = prediction["output"], target["points"], target["closer"]
    _check(output, points, closer)
    values = output[points[..., 0], points[..., 1]]
    if bad := np.count_nonzero(~np.isfinite(values)):
        raise BadData(
            f"predictions that are not finite: {bad} of {values.size} points ({100 * bad / values.size:.3g} %)",
            "the model's output is broken",
        )
    first, second = values.T if space == "disparity" else values.T[::-1]
    right = np.where(closer == 0, first > second, second > first)
    counts = {"right": right, "pairs": np.ones_like(right), "ties": first == second}
    return {name: np.array([np.count_nonzero(each)]) for name, each in counts.items()}


def summarise(rows: Rows, weights: ArrayLike | None = None, *, space: Space = "disparity") -> dict[str, float]:
    """The share of all pairs, of images with multiplicities `weights` (n,). Raises BadData where there is no pair."""
    del space
    each = np.ones(len(rows)) if weights is None else np.asarray(weights)
    share = float(_shares(rows, each[None])["pair_accuracy"][0])
    if not isfinite(share):
        raise BadData("no image has a pair of points", "are these the annotations of DA-2K?")
    return {"pair_accuracy": share}


def intervals(rows: Rows, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """95 % limits by bootstrap over images, in order of their ids: pairs of one image are not independent."""
    if np.count_nonzero(rows.columns["pairs"]) < 2:
        return {}
    return bootstrap.intervals(_shares, rows, resamples, seed)


def paired(rows: Rows, others: Rows, *, resamples: int = RESAMPLES) -> dict[str, Difference]:
    """The difference over the same images in order, by a bootstrap over them: pairs of one are not independent."""
    if np.count_nonzero(rows.columns["pairs"]) < 2:
        return {}
    return by_resampling(_shares, rows, others, resamples)


def notes(rows: Rows, *, space: Space = "disparity") -> list[str]:
    """Which way is closer, and how many pairs were tied."""
    closer = "larger" if space == "disparity" else "smaller"
    ties, pairs = (int(rows.columns[name].sum()) for name in ("ties", "pairs"))
    return [f"output is {space}: {closer} is closer; {ties} ties of {pairs} pairs count as wrong"]


def read_targets(targets: Path) -> Mapping[int, Arrays]:
    """An npz file of `<id>.points` (n, 2, 2) and `<id>.closer` (n,)."""
    return Maps(targets, {"points": "whole", "closer": "whole"})


def read_predictions(predictions: Path, targets: Path) -> Mapping[int, Arrays]:
    """An npz file of `<id>.output` (H, W), one for each image of the targets."""
    return same_images(Maps(predictions, {"output": "number"}), read_targets(targets), predictions)


def _shares(rows: Rows, multiplicities: NDArray[np.generic]) -> dict[str, NDArray[np.float64]]:
    """Of draws (B, n) of images; NaN of those without a pair."""
    right, pairs = (multiplicities @ rows.columns[name] for name in ("right", "pairs"))
    with np.errstate(invalid="ignore"):
        return {"pair_accuracy": right / pairs}


def _check(output: NDArray[np.generic], points: NDArray[np.int64], closer: NDArray[np.int64]) -> None:
    shape = output.shape
    if len(shape) != 2 or points.shape != (len(closer), 2, 2):
        raise BadData(
            f"output {shape}, points {points.shape} and closer {closer.shape}",
            "they are (height, width), (n, 2, 2) and (n,)",
        )
    outside = ((points < 0) | (points >= np.array(shape))).any((1, 2))
    if outside.any():
        first = points[outside][0].tolist()
        raise BadData(
            f"{np.count_nonzero(outside)} of {len(points)} pairs lie outside of {shape[0]} x {shape[1]}: {first}",
            "points are row and column in the original image",
        )
    if not np.isin(closer, (0, 1)).all():
        raise BadData("closer is 0 or 1", "the number of the closer point")


PROBE = ScoredProbe(
    "pair-accuracy",
    1,
    METRICS,
    score,
    summarise,
    intervals,
    read_predictions,
    read_targets,
    archived=lambda _: {},
    notes=notes,
    paired=paired,
)
