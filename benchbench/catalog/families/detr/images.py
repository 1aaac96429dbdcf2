"""Image to input, by the protocol of the original evaluation (facebookresearch/detr, datasets/coco.py)."""

from __future__ import annotations

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


def prepare(image: NDArray[np.uint8], *, shorter: int = 800, longer: int = 1333) -> Tensor:
    """An (H, W, 3) uint8 RGB array, resized (bilinear, by Pillow, on bytes) and normalised, as (3, h, w) float32."""
    import numpy as np
    import torch
    from PIL import Image

    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise BadData(f"expected an (H, W, 3) uint8 image, got {image.shape} {image.dtype}")
    height, width = resized(image.shape[0], image.shape[1], shorter, longer)
    picture = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
    tensor = torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float().div_(255)
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    return tensor.sub_(mean).div_(deviation)


def resized(height: int, width: int, shorter: int, longer: int) -> tuple[int, int]:
    """Height and width whose shorter side is `shorter`, or less so that the longer one stays within `longer`.

    The longer side is truncated, not rounded, as the original does; the limited shorter one is rounded.
    """
    low, high = min(height, width), max(height, width)
    side = shorter if high / low * shorter <= longer else max(1, round(longer * low / high))
    if side == low:
        return height, width
    other = int(side * high / low)
    return (side, other) if height <= width else (other, side)


def collate(images: Sequence[Tensor]) -> Inputs:
    """Zero-pad (3, h, w) images at the bottom and right to the largest: `pixel_values` (n, 3, H, W), `pixel_mask`.

    The mask (n, H, W) is 1 where there is image.
    """
    import torch

    if not images:
        raise ValueError("a batch needs at least one image")
    height, width = (max(image.shape[axis] for image in images) for axis in (1, 2))
    values = torch.zeros(len(images), 3, height, width)
    mask = torch.zeros(len(images), height, width, dtype=torch.int64)
    for index, image in enumerate(images):
        _, rows, columns = image.shape
        values[index, :, :rows, :columns] = image
        mask[index, :rows, :columns] = 1
    return {"pixel_values": values, "pixel_mask": mask}


def example(batch: int, height: int, width: int, seed: int) -> Inputs:
    """Standard normal pixels without padding."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(batch, 3, height, width, generator=generator)
    return {"pixel_values": values, "pixel_mask": torch.ones(batch, height, width, dtype=torch.int64)}
