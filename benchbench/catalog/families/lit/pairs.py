"""Pairs of image and text as inputs, by the protocol of vit_jax/preprocess.py in google-research/vision_transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Inputs
from benchbench.errors import BadData

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

TEXT = 16
"""Tokens of a text, [CLS] included: longer ones are clipped, shorter ones padded with 0 (`pp.max_len`)."""

VOCABULARY = 100
"""Tokens that any vocabulary has, the first of which stands for padding."""


def prepare(image: NDArray[np.uint8], *, side: int = 224) -> Tensor:
    """An (H, W, 3) uint8 RGB array as (3, side, side) float32 in -1..1, without regard to its aspect.

    Bilinear without smoothing, as tf.image.resize does it, and truncated to whole grey values, as there.
    """
    import numpy as np
    import torch
    from torch.nn.functional import interpolate

    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise BadData(f"expected an (H, W, 3) uint8 image, got {image.shape} {image.dtype}")
    tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float()
    if tensor.shape[1:] != (side, side):
        tensor = interpolate(tensor[None], (side, side), mode="bilinear", align_corners=False)[0].floor_()
    return tensor / 127.5 - 1


def example(batch: int, height: int, width: int, seed: int) -> Inputs:
    """Standard normal pixels and as many texts of 16 tokens, none of which is padding."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    return {
        "pixel_values": torch.randn(batch, 3, height, width, generator=generator),
        "input_ids": torch.randint(1, VOCABULARY, (batch, TEXT), generator=generator),
    }
