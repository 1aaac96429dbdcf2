"""`depth-error`: errors of depth maps against ground truth, under a protocol whose every choice is a named setting.

docs/depth_protocols.md tells the settings; the notes of every result tell what they came to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas import depth_averages
from benchbench.catalog.formulas.depth_averages import averages, counted, differences, remarks
from benchbench.catalog.formulas.depth_errors import LEAST, measured
from benchbench.catalog.formulas.depth_protocols import (
    DEFAULT,
    SOURCES,
    Alignment,
    Average,
    Bounds,
    Clamp,
    Crop,
    Fields,
    Preset,
    Space,
    chosen,
    described,
)
from benchbench.catalog.formulas.map_files import Maps, same_images
from benchbench.catalog.formulas.paired_means import RESAMPLES
from benchbench.catalog.formulas.rows import GROUP, Arrays, Rows
from benchbench.errors import BadData
from benchbench.types import Difference, Metric

POSITIVE, SHARE = (0.0, None), (0.0, 1.0)
METRICS = (
    Metric("AbsRel", "absolute relative error", "", "lower", 4, within=POSITIVE),
    Metric("SqRel", "squared relative error", "", "lower", 4, within=POSITIVE),
    Metric("RMSE", "root mean square error", "m", "lower", 3, within=POSITIVE),
    Metric("RMSElog", "root mean square error of ln", "", "lower", 4, within=POSITIVE),
    Metric("log10", "mean absolute error of log10", "", "lower", 4, within=POSITIVE),
    Metric("SIlog", "scale-invariant error of ln", "", "lower", 4, within=POSITIVE),
    Metric("delta1", "pixels within a factor of 1.25", "", "higher", 4, within=SHARE),
    Metric("delta2", "pixels within a factor of 1.25²", "", "higher", 4, within=SHARE),
    Metric("delta3", "pixels within a factor of 1.25³", "", "higher", 4, within=SHARE),
)


def score(prediction: Arrays, target: Arrays, **fields: Unpack[Fields]) -> Arrays:
    """One image's sums of errors over pixels, from which every average follows without the maps.

    prediction: output (H, W), the model's raw output at the size of the ground truth. target: depth (H, W) in metres,
    valid (H, W), and optionally group (1,), which of those images that belong together it is of. Raises BadData with
    the share of pixels that must not be scored.
    """
    row = measured(prediction["output"], target["depth"], target["valid"], chosen(**fields))
    return {**row, GROUP: target[GROUP]} if GROUP in target else row


def summarise(
    rows: Rows,
    weights: ArrayLike | None = None,
    *,
    protocol: Preset = DEFAULT,
    space: Space | None = None,
    alignment: Alignment | None = None,
    fit: Space | None = None,
    compare: Space | None = None,
    cap: float | None = None,
    floor: float | None = None,
    bounds: Bounds | None = None,
    clamp: Clamp | None = None,
    crop: Crop | None = None,
    average: Average | None = None,
    silog_weight: float | None = None,
) -> dict[str, float]:
    """The nine numbers, of images with multiplicities `weights` (n,). Settings left out are the preset's.

    Those that act on pixels have acted in `score`, which is given the same. Raises BadData where no image counts.
    """
    del space, alignment, fit, compare, cap, floor, bounds, clamp, crop
    chosen_here = chosen(protocol=protocol, average=average, silog_weight=silog_weight)
    each = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)
    if not each[counted(rows)].any():
        raise BadData(f"no image has {LEAST} valid pixels", "look at the ground truth, the floor, the cap and the crop")
    return {name: float(value[0]) for name, value in averages(rows, each[None], chosen_here).items()}


def fixed(settings: Mapping[str, Any]) -> Mapping[str, object]:
    """The fields that act on pixels, by name: all but how sums are averaged and what SIlog is made of."""
    every = asdict(chosen(**cast(Fields, settings)))
    return {name.replace("_", "-"): value for name, value in every.items() if name not in {"average", "silog_weight"}}


def intervals(rows: Rows, resamples: int, seed: int, **fields: Unpack[Fields]) -> dict[str, tuple[float, float]]:
    """95 % limits of all numbers by bootstrap over images, or groups of them; none of a single image."""
    return depth_averages.intervals(rows, resamples, seed, chosen(**fields))


def paired(rows: Rows, others: Rows, *, resamples: int = RESAMPLES, **fields: Unpack[Fields]) -> dict[str, Difference]:
    """The differences of all numbers over the same images in order, by the way that the protocol averages."""
    return differences(rows, others, chosen(**fields), resamples)


def notes(rows: Rows, **fields: Unpack[Fields]) -> list[str]:
    """The protocol in full and its source, images that do not count, clamped pixels, fits that explain nothing."""
    preset = fields.get("protocol", DEFAULT)
    changed = [name for name, value in fields.items() if name != "protocol" and value is not None]
    words = f" but for {', '.join(changed).replace('_', '-')}" if changed else ""
    return [f"protocol {preset}{words}: {described(chosen(**fields))} [{SOURCES[preset]}]", *remarks(rows)]


def read_targets(targets: Path) -> Mapping[int, Arrays]:
    """An npz file of `<id>.depth` (H, W) in metres and, where some are missing, `<id>.valid` (H, W)."""
    return Truth(Maps(targets, {"depth": "number", "valid": "flag"}, {"valid"}))


def read_predictions(predictions: Path, targets: Path) -> Mapping[int, Arrays]:
    """An npz file of `<id>.output` (H, W), one for each image of the targets."""
    return same_images(Maps(predictions, {"output": "number"}), read_targets(targets), predictions)


class Truth(Mapping[int, Arrays]):
    """Ground truth of which every finite positive depth is valid where the file does not say which are."""

    def __init__(self, maps: Maps) -> None:
        self._maps = maps

    def __len__(self) -> int:
        return len(self._maps)

    def __iter__(self) -> Iterator[int]:
        return iter(self._maps)

    def __getitem__(self, image: int) -> Arrays:
        found = self._maps[image]
        return found if "valid" in found else {**found, "valid": _valid(found["depth"])}


def _valid(depth: NDArray[np.floating]) -> NDArray[np.bool_]:
    valid: NDArray[np.bool_] = np.isfinite(depth) & (depth > 0)
    return valid


PROBE = ScoredProbe(
    "depth-error",
    2,
    METRICS,
    score,
    summarise,
    intervals,
    read_predictions,
    read_targets,
    archived=lambda _: {},
    notes=notes,
    paired=paired,
    fixed=fixed,
)
