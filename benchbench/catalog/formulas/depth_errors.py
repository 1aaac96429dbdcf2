"""Errors of a depth map against ground truth, as sums over pixels from which every average follows.

Formulas: metric_depth/util/metric.py of DepthAnything/Depth-Anything-V2 (a561b84). For each pixel one ratio r of
prediction and truth y and one logarithm: |p - y|/y = |r - 1|, (p - y)^2/y = (r - 1)^2 y, ln p - ln y = ln r. They are
computed in double precision, by compiled loops that take less time than NumPy's single-precision ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_alignment import IDENTITY, Floats, Line, align
from benchbench.catalog.formulas.depth_crops import window
from benchbench.catalog.formulas.depth_protocols import Protocol
from benchbench.errors import BadData

LEAST = 10
"""Images with fewer valid pixels do not count (metric_depth/train.py)."""
SUMS = ("absolute", "relative", "square", "log", "log_square", "log_absolute", "within1", "within2", "within3")
FARTHEST = float(np.finfo(np.float32).max)
"""Depths beyond it do not count, and sums of errors beyond it are refused."""
LAYOUT: Final = ("C", "W")
"""Of arrays that the loops take: those of another one would be compiled for anew."""

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
    from benchbench.catalog.formulas import depth_kernels

    if output.ndim != 2 or not output.shape == depth.shape == valid.shape:
        raise BadData(
            f"a prediction of {_size(output)}, a depth map of {_size(depth)} and a mask of {_size(valid)}",
            "all three are (height, width) at the size of the ground truth",
        )
    parts = window(protocol.crop, depth.shape)
    (top, bottom, _), (left, right, _) = (part.indices(size) for part, size in zip(parts, depth.shape, strict=True))
    found = np.empty((2, depth.size), np.float32)
    count = depth_kernels.choose(
        _plain(output),
        _plain(depth),
        np.require(valid, np.bool_, LAYOUT),
        (top, bottom, left, right),
        (np.float32(protocol.floor), np.float32(min(protocol.cap, FARTHEST))),
        protocol.bounds == "closed",
        found,
    )
    return found[0, :count], found[1, :count]


def _plain(array: NDArray[np.floating]) -> Floats:
    """In the one form that the loops are compiled for; what is beyond single precision is infinite."""
    with np.errstate(over="ignore"):
        return np.require(array, np.float32, LAYOUT)


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
    """How many pixels were clamped, and SUMS."""
    from benchbench.catalog.formulas import depth_kernels

    low, high = protocol.range
    limits = -inf if low is None else low, inf if high is None else high
    found = depth_kernels.errors(prediction, truth, (line.scale, line.shift), limits, _ratio(protocol))
    clamped, negative, *sums = found.tolist()
    if negative:
        what = f"{protocol.working} that is not positive" + (" after alignment" if line != IDENTITY else "")
        hint = "clamp: cap or range draws it to the cap, and tells how much was drawn"
        raise _refused(int(negative), len(truth), what, hint)
    if not max(sums) <= FARTHEST:
        raise BadData("errors beyond what can be computed with", "the model's output is out of all proportion")
    return clamped, sums


def _ratio(protocol: Protocol) -> int:
    """Which of depth_kernels.RATIOS: prediction over truth, in the space where they are compared."""
    return (0 if protocol.working == "depth" else 2) + (0 if protocol.compare == "depth" else 1)


def _inverted(prediction: Floats) -> Floats:
    hint = "a fit in the other space needs positive output; choose the fit that the output stands in"
    _refuse(~(prediction > 0), "predictions that are not positive and so cannot be inverted", hint)
    return np.reciprocal(prediction)


def _refuse(bad: NDArray[np.bool_], what: str, hint: str) -> None:
    if count := int(np.count_nonzero(bad)):
        raise _refused(count, len(bad), what, hint)


def _refused(bad: int, count: int, what: str, hint: str) -> BadData:
    return BadData(f"{what}: {bad} of {count} valid pixels ({100 * bad / count:.3g} %)", hint)


def _size(array: NDArray[np.generic]) -> str:
    return " x ".join(map(str, array.shape)) or "one number"
