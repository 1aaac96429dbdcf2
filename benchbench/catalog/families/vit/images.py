"""Image to input, by the protocols of the originals' evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from benchbench.errors import BadData

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

HALF = [0.5, 0.5, 0.5]
Resizer = Literal["bilinear", "bicubic"]


def prepare(
    image: NDArray[np.uint8],
    *,
    side: int | None = None,
    shorter: int | None = None,
    crop: int | None = None,
    resizer: Resizer = "bilinear",
    antialias: bool = False,
    mean: list[float] | None = None,
    std: list[float] | None = None,
) -> Tensor:
    """An (H, W, 3) uint8 RGB array, resized and normalised, as (3, h, w) float32.

    `side` makes it a square without regard to its aspect; `shorter` scales the shorter side to it; `crop` cuts a square
    from the middle then. The defaults are the evaluation of google-research/vision_transformer (input_pipeline.py) at
    384 pixels, whose tf.image.resize does not smooth before it samples; for DeiT's (facebookresearch/deit, datasets.py)
    give shorter 256, crop 224, bicubic with antialias, and ImageNet's mean and deviation. PyTorch resizes: with
    `antialias` as Pillow does, but without rounding to whole grey values. Raises BadData for no such image.
    """
    import numpy as np
    import torch
    from torch.nn.functional import interpolate

    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise BadData(f"expected an (H, W, 3) uint8 image, got {image.shape} {image.dtype}")
    size = resized(image.shape[0], image.shape[1], side, shorter)
    tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).contiguous().float().div_(255)
    if size != image.shape[:2]:
        tensor = interpolate(tensor[None], size, mode=resizer, align_corners=False, antialias=antialias)[0]
    middle, deviation = (torch.tensor(values or HALF).view(3, 1, 1) for values in (mean, std))
    return (_cropped(tensor, crop) - middle) / deviation


def resized(height: int, width: int, side: int | None, shorter: int | None) -> tuple[int, int]:
    """Height and width after resizing; the longer side is truncated, as torchvision does. Raises BadData for both."""
    if side is not None and shorter is not None:
        raise BadData(f"side {side} and shorter {shorter} cannot both be meant", "name one of them")
    if shorter is None:
        return (side or 384,) * 2
    low, high = min(height, width), max(height, width)
    longer = int(shorter * high / low)
    return (shorter, longer) if height <= width else (longer, shorter)


def _cropped(tensor: Tensor, crop: int | None) -> Tensor:
    if crop is None:
        return tensor
    height, width = tensor.shape[1:]
    if crop > min(height, width):
        raise BadData(f"no {crop} x {crop} pixels can be cut from {height} x {width}", "resize to more, or crop less")
    top, left = round((height - crop) / 2), round((width - crop) / 2)
    return tensor[:, top : top + crop, left : left + crop]
