"""Maps out of a depth model, and the true ones it is trained with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from benchbench.catalog.contracts import Sample
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData


def resized(maps: Tensor, height: int, width: int) -> Tensor:
    """(n, h, w) to (n, height, width): bilinear with align_corners=True, as the original brings its output to size."""
    if maps.shape[1:] == (height, width):
        return maps
    return interpolate(maps[:, None], (height, width), mode="bilinear", align_corners=True)[:, 0]


def predict(outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
    """Per image `output` (H, W) float32 at its original size: disparity of a relative model, metres of a metric one."""
    maps = outputs.predicted_depth.detach().float()
    if len(sizes) != len(maps):
        raise ValueError(f"{len(sizes)} image sizes for {len(maps)} outputs")
    return [{"output": resized(each[None], *size)[0].cpu().numpy()} for each, size in zip(maps, sizes, strict=True)]


def targets(samples: Sequence[Sample]) -> dict[str, Any]:
    """`depth` (n, H, W) float32 metres and `valid` (n, H, W) bool, at the size of the ground truth.

    Raises BadData naming the image: a depth map of another size, without a valid pixel, or with a valid pixel that is
    no distance; and for samples of different sizes.
    """
    for sample in samples:
        _check(sample)
    sizes = sorted({"x".join(map(str, sample.target["depth"].shape)) for sample in samples})
    if len(sizes) > 1:
        raise BadData(f"a batch cannot hold depth maps of different sizes: {', '.join(sizes)}", "declare `batch: 1`")
    valid = np.stack([sample.target["valid"] for sample in samples])
    depth = np.stack([sample.target["depth"] for sample in samples])
    return {"depth": torch.from_numpy(np.where(valid, depth, 0).astype(np.float32)), "valid": torch.from_numpy(valid)}


def _check(sample: Sample) -> None:
    if not {"depth", "valid"} <= set(sample.target):
        raise BadData(f"image {sample.id} has no depth map", "train on a dataset of depth maps: nyu, kitti, rooms, ...")
    depth, valid = sample.target["depth"], sample.target["valid"]
    size = sample.image.shape[:2]
    if depth.shape != size or valid.shape != size:
        raise BadData(f"image {sample.id} is {size}, its depth map {depth.shape}, its valid mask {valid.shape}")
    if not valid.any():
        raise BadData(f"image {sample.id} has no valid depth", "leave it out, or check the mask's meaning")
    if not (np.isfinite(depth[valid]) & (depth[valid] > 0)).all():
        raise BadData(f"image {sample.id} has valid pixels whose depth is not a positive number")
