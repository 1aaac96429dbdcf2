"""Making transformers' Depth Anything: of a config, at a start from which it learns.

It computes what the original computes at the size for which positions are learned (518 x 518). At other sizes the
original asks for positions a tenth of a patch larger (`interpolate_offset` in dinov2.py) and transformers does not, so
that the interpolated table differs by a few per cent of its own deviation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.errors import BenchbenchError

MEAN_DISPARITY = 0.4
"""1 / metres: where a fresh head begins, for rooms and streets alike."""

SPREAD = 0.1
"""About the standard deviation of a fresh head's output; far from the zero at which its last ReLU would hold it."""

_UNNEEDED = ("backbone", "use_pretrained_backbone", "use_timm_backbone", "backbone_kwargs")


def depth_anything(head: Mapping[str, Any], encoder: Mapping[str, Any], seed: int) -> nn.Module:
    """A DepthAnythingForDepthEstimation of these configs with random weights, float32, eval mode.

    Raises what transformers raises for a config that it refuses.
    """
    try:
        from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config
    except ImportError as error:
        raise BenchbenchError(
            f"transformers has no Depth Anything: {error}", "tested with transformers 5.23"
        ) from error
    own = {name: value for name, value in head.items() if name not in _UNNEEDED}
    config = DepthAnythingConfig.from_dict({**own, "backbone_config": Dinov2Config.from_dict(dict(encoder))})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: nn.Module = DepthAnythingForDepthEstimation(config)
        begin_encoder(model.backbone)
        begin_head(model)
    return model.float().eval()


@torch.no_grad()
def begin_encoder(backbone: Any) -> None:
    """Xavier's initialisation of every linear layer: with transformers' own, nothing reaches the head at first."""
    for module in backbone.encoder.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)


@torch.no_grad()
def begin_head(model: Any) -> None:
    """Kaiming's initialisation of a DPT head, whose output begins at `MEAN_DISPARITY` with a deviation about `SPREAD`.

    (A metric one at half of its range.) The last convolution of each residual unit begins small, so that the signal
    does not grow with every unit. With transformers' own initialisation the output is 0 and hardly any gradient passes.
    """
    for name, module in (*model.neck.named_modules(), *model.head.named_modules()):
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            deviation = math.sqrt(_gain(name) / _inputs(module))
            nn.init.normal_(module.weight, std=deviation)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    last = model.head.conv3
    nn.init.normal_(last.weight, std=SPREAD / math.sqrt(last.in_channels))
    nn.init.constant_(last.bias, MEAN_DISPARITY if model.config.depth_estimation_type == "relative" else 0.0)


def _gain(name: str) -> float:
    """The square of the gain: 2 behind a ReLU, 1 elsewhere."""
    if name.endswith("convolution2"):
        return 0.1
    return 2.0 if name.endswith("convolution1") else 1.0


def _inputs(module: nn.Conv2d | nn.ConvTranspose2d) -> int:
    """How many products one output value sums; a transposed convolution's kernel does not overlap here."""
    if isinstance(module, nn.ConvTranspose2d):
        return module.in_channels
    weight: Tensor = module.weight
    return weight[0].numel()
