"""A linear depth head on DINOv2, in the spirit of the original's evaluation (arXiv 2304.07193, section 7.4).

The original's classifies 256 depths; here one 1x1 convolution gives the depth itself, so that it is trained by the
same losses as a DPT head. As there, tokens of one layer or of several are read, and what is read is upsampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from transformers.modeling_outputs import DepthEstimatorOutput
from transformers.models.dinov2.modeling_dinov2 import Dinov2Backbone

from benchbench.catalog.depth.model import MEAN_DISPARITY, SPREAD, begin_encoder


@dataclass
class LinearDepthConfig:
    """What of a DepthAnythingConfig holds for a linear head too, under the same names."""

    backbone_config: Any
    patch_size: int
    depth_estimation_type: str
    max_depth: int


class LinearDepth(nn.Module):
    """(n, 3, h, w) pixels to `predicted_depth` (n, h', w'), h' and w' being h and w cut to whole patches."""

    def __init__(self, config: LinearDepthConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = Dinov2Backbone(config.backbone_config)
        inputs = config.backbone_config.hidden_size * len(config.backbone_config.out_indices)
        self.head = nn.Conv2d(inputs, 1, kernel_size=1)
        self.activation = nn.Sigmoid() if config.depth_estimation_type == "metric" else nn.ReLU()
        self._begin()

    @torch.no_grad()
    def _begin(self) -> None:
        begin_encoder(self.backbone)
        nn.init.normal_(self.head.weight, std=SPREAD / math.sqrt(self.head.in_channels))
        middle = 0.0 if self.config.depth_estimation_type == "metric" else MEAN_DISPARITY
        self.head.bias = nn.Parameter(torch.tensor([middle]))

    def forward(self, pixel_values: Tensor) -> DepthEstimatorOutput:
        patch = self.config.patch_size
        rows, columns = (side // patch for side in pixel_values.shape[2:])
        tokens = torch.cat([tapped[:, 1:] for tapped in self.backbone(pixel_values).feature_maps], dim=2)
        coarse = self.head(tokens.transpose(1, 2).reshape(tokens.shape[0], -1, rows, columns))
        fine = interpolate(coarse, (rows * patch, columns * patch), mode="bilinear", align_corners=True)
        return DepthEstimatorOutput(predicted_depth=self.activation(fine)[:, 0] * self.config.max_depth)
