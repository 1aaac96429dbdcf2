"""Errors of a depth map against ground truth, as sums over pixels from which every average follows.

Formulas: metric_depth/util/metric.py of DepthAnything/Depth-Anything-V2 (a561b84). For each pixel one ratio r of
prediction and truth y and one logarithm: |p - y|/y = |r - 1|, (p - y)^2/y = (r - 1)^2 y, ln p - ln y = ln r.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_alignment import BLOCK, IDENTITY, Floats, Line, align
from benchbench.catalog.formulas.depth_crops import window
from benchbench.catalog.formulas.depth_protocols import Protocol
from benchbench.errors import BadData

LEAST = 10
"""Images with fewer valid pixels do not count (metric_depth/train.py)."""
SUMS = ("absolute", "relative", "square", "log", "log_square", "log_absolute", "within1", "within2", "within3")
_FACTORS = np.array([1.25, 1.25**2, 1.25**3], np.float32)
LIMITS = np.minimum(np.log(_FACTORS), -np.log(1 / _FACTORS))
"""By the function that the pixels go through, on either side: a ratio of exactly 1.25 or 0.8 is not within 1.25."""
FARTHEST = float(np.finfo(np.float32).max)

Doubles = NDArray[np.float64]


def measured(
    output: NDArray[np.floating], depth: NDArray[np.floating], valid: NDArray[np.bool_], protocol: Protocol
) -> dict[str, Doubles]:
    """One image's row: `pixels` that count, of them `clamped`, `scale` and `shift` of the fit, and the sums SUMS.

    output, depth (m), valid: (H, W). Raises BadData for shapes that differ, for predictions that are not finite where
    ground truth is valid, and for such as are not positive after alignment and clamping.
    """
    prediction, truth = pixels(output, depth, valid, protocol)
    count = len(truth)
    _refuse(~np.isfinite(prediction), "predictions that are not finite", "the model's output is broken")
    row = dict.fromkeys(("pixels", "clamped", "scale", "shift", *SUMS), 0.0) | {"pixels": float(count)}
    if count >= LEAST:
        if protocol.working != protocol.space:
            prediction = _inverted(prediction)
        line = align(protocol.alignment, prediction, truth, protocol.fit)
        clamped, sums = _sums(prediction, truth, line, protocol)
        row |= {"clamped": clamped, "scale": line.scale, "shift": line.shift, **dict(zip(SUMS, sums, strict=True))}
    return {name: np.array([value]) for name, value in row.items()}


def pixels(
    output: NDArray[np.floating], depth: NDArray[np.floating], valid: NDArray[np.bool_], protocol: Protocol
) -> tuple[Floats, Floats]:
    """Prediction and ground truth (n,) of the pixels that count: valid, within the crop, from floor to cap."""
    if output.ndim != 2 or not output.shape == depth.shape == valid.shape:
        raise BadData(
            f"a prediction of {_size(output)}, a depth map of {_size(depth)} and a mask of {_size(valid)}",
            "all three are (height, width) at the size of the ground truth",
        )
    rows, columns = window(protocol.crop, depth.shape)
    output, depth, valid = output[rows, columns], depth[rows, columns], valid[rows, columns]
    far = min(protocol.cap, FARTHEST)
    if protocol.bounds == "closed":
        counts = valid & (depth >= protocol.floor) & (depth <= far)
    else:
        counts = valid & (depth > protocol.floor) & (depth < far)
    return output[counts].astype(np.float32, copy=False), depth[counts].astype(np.float32, copy=False)


def numbers(totals: Mapping[str, Doubles], silog_weight: float) -> dict[str, Doubles]:
    """The nine metrics of `pixels` pixels with these sums; arrays of any one shape, all with pixels."""
    mean = {name: totals[name] / totals["pixels"] for name in SUMS}
    spread = mean["log_square"] - silog_weight * mean["log"] ** 2
    return {
        "AbsRel": mean["absolute"],
        "SqRel": mean["relative"],
        "RMSE": np.sqrt(mean["square"]),
        "RMSElog": np.sqrt(mean["log_square"]),
        "log10": mean["log_absolute"] / np.log(10.0),
        "SIlog": np.sqrt(np.maximum(spread, 0.0)),
        "delta1": mean["within1"],
        "delta2": mean["within2"],
        "delta3": mean["within3"],
    }


def _sums(prediction: Floats, truth: Floats, line: Line, protocol: Protocol) -> tuple[float, list[float]]:
    """Blocks of the pixels, each read once: how many were clamped, and SUMS."""
    sums, clamped = np.zeros(len(SUMS)), 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for start in range(0, len(truth), BLOCK):
            aligned = _aligned(prediction[start : start + BLOCK], line)
            clamped += _clamp(aligned, protocol.range)
            if not aligned.min() > 0:
                _refuse_negative(prediction, line, protocol)
            sums += _block(*_compared(aligned, truth[start : start + BLOCK], protocol))
    if not np.isfinite(sums).all():
        raise BadData("errors beyond what can be computed with", "the model's output is out of all proportion")
    return float(clamped), sums.tolist()


def _aligned(prediction: Floats, line: Line) -> Floats:
    """A new array. The line is drawn in double precision, as near 0 scale * prediction and shift cancel."""
    if line == IDENTITY:
        return prediction.copy()
    found = np.multiply(prediction, line.scale, dtype=np.float64)
    found += line.shift
    return found.astype(np.float32)


def _clamp(aligned: Floats, limits: tuple[float | None, float | None]) -> int:
    """Draws values (n,) to the limits, in place; how many were outside."""
    low, high = limits
    outside = 0
    if low is not None:
        outside += int(np.count_nonzero(aligned < low))
    if high is not None:
        outside += int(np.count_nonzero(aligned > high))
    if outside:
        np.clip(aligned, low, high, out=aligned)
    return outside


def _compared(aligned: Floats, depth: Floats, protocol: Protocol) -> tuple[Floats, Floats]:
    """Ratio of prediction and truth, and the truth, in the space where they are compared."""
    if protocol.working == "depth":
        ratio = aligned / depth if protocol.compare == "depth" else depth / aligned
    else:
        ratio = aligned * depth
        if protocol.compare == "depth":
            np.reciprocal(ratio, out=ratio)
    return ratio, depth if protocol.compare == "depth" else np.reciprocal(depth)


def _block(ratio: Floats, truth: Floats) -> list[float]:
    """SUMS of a block; `ratio` is used up. Sums of logarithms of both signs are double, as their squares cancel."""
    logs = np.log(ratio)
    ratio -= 1.0
    error = truth * ratio
    sums = [np.dot(error, ratio), np.dot(error, error)]
    exact = logs.astype(np.float64)
    np.abs(logs, out=logs)
    within = [np.count_nonzero(logs < limit) for limit in LIMITS]
    absolute = np.abs(ratio, out=ratio).sum()
    return [float(each) for each in (absolute, *sums, exact.sum(), np.dot(exact, exact), logs.sum(), *within)]


def _inverted(prediction: Floats) -> Floats:
    hint = "a fit in the other space needs positive output; choose the fit that the output stands in"
    _refuse(~(prediction > 0), "predictions that are not positive and so cannot be inverted", hint)
    return np.reciprocal(prediction)


def _refuse_negative(prediction: Floats, line: Line, protocol: Protocol) -> None:
    aligned = _aligned(prediction, line)
    _clamp(aligned, protocol.range)
    what = f"{protocol.working} that is not positive" + (" after alignment" if line != IDENTITY else "")
    _refuse(~(aligned > 0), what, "clamp: cap or range draws it to the cap, and tells how much was drawn")


def _refuse(bad: NDArray[np.bool_], what: str, hint: str) -> None:
    if count := np.count_nonzero(bad):
        raise BadData(f"{what}: {count} of {len(bad)} valid pixels ({100 * count / len(bad):.3g} %)", hint)


def _size(array: NDArray[np.generic]) -> str:
    return " x ".join(map(str, array.shape)) or "one number"
