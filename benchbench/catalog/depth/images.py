"""Image to input, by the protocol of Depth Anything V2 (DepthAnything/Depth-Anything-V2, util/transform.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Inputs
from benchbench.errors import BadData

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def prepare(image: NDArray[np.uint8], *, shorter: int = 518, multiple: int = 14) -> Tensor:
    """An (H, W, 3) uint8 RGB array, resized and normalised, as (3, h, w) float32; h and w are multiples of `multiple`.

    The resizer is torch's bicubic interpolation of the image in 0..1 without antialiasing (align_corners=False, a =
    -0.75), which is OpenCV's INTER_CUBIC of the original up to 7e-6; Pillow's differs by several per cent.
    """
    import numpy as np
    import torch
    from torch.nn.functional import interpolate

    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise BadData(f"expected an (H, W, 3) uint8 image, got {image.shape} {image.dtype}")
    size = resized(image.shape[0], image.shape[1], shorter, multiple)
    tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).contiguous().float().div_(255)
    if size != image.shape[:2]:
        tensor = interpolate(tensor[None], size, mode="bicubic", align_corners=False)[0]
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    return tensor.sub_(mean).div_(deviation)


def resized(height: int, width: int, shorter: int, multiple: int = 14) -> tuple[int, int]:
    """Height and width after scaling the shorter side to `shorter`, each rounded to a multiple, none below `shorter`.

    The original's `lower_bound`: a half is rounded to the even multiple, what falls below `shorter` is rounded up.
    """
    scale = max(shorter / height, shorter / width)
    return _rounded(scale * height, shorter, multiple), _rounded(scale * width, shorter, multiple)


def _rounded(side: float, least: int, multiple: int) -> int:
    near = round(side / multiple) * multiple
    return near if near >= least else math.ceil(side / multiple) * multiple


def collate(images: Sequence[Tensor]) -> Inputs:
    """`pixel_values` (n, 3, h, w) of images of one size. Raises BadData when sizes differ: there is no padding."""
    import torch

    if not images:
        raise ValueError("a batch needs at least one image")
    sizes = sorted({f"{image.shape[1]}x{image.shape[2]}" for image in images})
    if len(sizes) > 1:
        raise BadData(f"a batch cannot hold images of different sizes: {', '.join(sizes)}", "declare `batch: 1`")
    return {"pixel_values": torch.stack(list(images))}


def example(batch: int, height: int, width: int, seed: int) -> Inputs:
    """Standard normal pixels."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    return {"pixel_values": torch.randn(batch, 3, height, width, generator=generator)}
