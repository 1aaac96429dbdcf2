"""Random depth maps with holes, zeros, NaN and infinity, and the metrics by plain double-precision code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_protocols import Protocol

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """output, depth and valid (H, W); output is disparity or depth, up to noise and, of disparity, a line."""

    output: NDArray[np.float32]
    depth: NDArray[np.float32]
    valid: NDArray[np.bool_]


def random_scene(
    seed: int, space: str = "disparity", *, shape: tuple[int, int] = (37, 61), noise: float = 0.1
) -> Scene:
    """Depth of 0.5 to 20 m; a tenth of it broken, valid or not, and output broken where nothing is valid."""
    rng = np.random.default_rng(seed)
    depth = np.exp(rng.uniform(np.log(0.5), np.log(20), shape))
    output = depth * np.exp(noise * rng.normal(0, 1, shape))
    if space == "disparity":
        output = rng.uniform(0.5, 3) / output + rng.uniform(0.05, 0.5)
    broken = rng.random(shape) < 0.1
    depth[broken] = rng.choice([0.0, np.nan, np.inf, -1.0, 1e-4], broken.sum())
    valid = rng.random(shape) < rng.uniform(0.3, 1)
    output[~valid] = rng.choice([0.0, np.nan, np.inf, -np.inf], (~valid).sum())
    return Scene(output.astype(np.float32), depth.astype(np.float32), valid)


def save_maps(path: Path, arrays: dict[str, Any]) -> None:
    """Write arrays as `benchbench score` reads them, named such as `17.depth`."""
    np.savez(path, **arrays)


def plain(scene: Scene, protocol: Protocol) -> dict[str, float]:
    """The nine numbers of one image, each by its own formula on double-precision arrays."""
    p, g = aligned(scene, protocol)
    worse = np.maximum(p / g, g / p)
    logs = np.log(p) - np.log(g)
    return {
        "AbsRel": float(np.mean(np.abs(p - g) / g)),
        "SqRel": float(np.mean((p - g) ** 2 / g)),
        "RMSE": float(np.sqrt(np.mean((p - g) ** 2))),
        "RMSElog": float(np.sqrt(np.mean(logs**2))),
        "log10": float(np.mean(np.abs(np.log10(p) - np.log10(g)))),
        "SIlog": float(np.sqrt(np.mean(logs**2) - protocol.silog_weight * np.mean(logs) ** 2)),
        **{f"delta{power}": float(np.mean(worse < 1.25**power)) for power in (1, 2, 3)},
    }


def aligned(scene: Scene, protocol: Protocol) -> tuple[Doubles, Doubles]:
    """Prediction and ground truth of the pixels that count, in the space where they are compared."""
    g = scene.depth.astype(np.float64)
    with np.errstate(invalid="ignore"):
        inside = (g > protocol.floor) & (g < protocol.cap) if protocol.bounds == "open" else within(g, protocol)
    p, g = scene.output.astype(np.float64)[scene.valid & inside], g[scene.valid & inside]
    if protocol.working != protocol.space:
        p = 1 / p
    p = fitted(p, g if protocol.fit == "depth" else 1 / g, protocol.alignment)
    depth = p if protocol.working == "depth" else 1 / np.where(p == 0, 1e-300, p)
    if protocol.clamp != "none":
        depth = np.where(
            (depth > protocol.cap) | ((depth < 0) & (protocol.working == "disparity")), protocol.cap, depth
        )
    if protocol.clamp == "range":
        depth = np.maximum(depth, protocol.floor)
    return (depth, g) if protocol.compare == "depth" else (1 / depth, 1 / g)


def within(depth: Doubles, protocol: Protocol) -> NDArray[np.bool_]:
    return np.isfinite(depth) & (depth >= protocol.floor) & (depth <= protocol.cap)


def fitted(p: Doubles, y: Doubles, alignment: str) -> Doubles:
    if alignment == "median":
        return p * np.median(y) / np.median(p)
    if alignment == "none":
        return p
    design = np.stack([p, np.ones_like(p)], 1) if alignment == "scale-shift" else p[:, None]
    solution: Doubles = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return solution
