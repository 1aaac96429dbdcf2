"""The convolutional part of the hybrids, as google-research/vision_transformer computes it (vit_jax/models_resnet.py).

transformers' BitBackbone is near and not the same: it divides weights by sqrt(variance + 1e-6), the original by
(deviation + 1e-5), and it has no form without stages, as R+Ti/16 needs. Modules bear the names of the original's
arrays.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import conv2d, max_pool2d, pad, relu

GROUPS, NORM_EPSILON = 32, 1e-6
"""Flax's defaults for GroupNorm, which the original takes."""

WEIGHT_EPSILON = 1e-5
EXPANSION = 4


def standardised(weight: Tensor) -> Tensor:
    """A kernel (out, in, h, w) with mean 0 and population deviation 1 for each output channel (arXiv 1903.10520)."""
    axes = (1, 2, 3)
    centred = weight - weight.mean(axes, keepdim=True)
    return centred / (weight.std(axes, correction=0, keepdim=True) + WEIGHT_EPSILON)


def same(pixels: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros around (n, c, h, w) so that ceil(side / stride) places are left; an odd one goes below and to the right.

    That is XLA's "SAME"; PyTorch's symmetric padding puts windows of stride 2 elsewhere.
    """
    (top, bottom), (left, right) = (_around(side, kernel, stride) for side in pixels.shape[2:])
    return pad(pixels, (left, right, top, bottom)) if max(top, bottom, left, right) else pixels


def _around(side: int, kernel: int, stride: int) -> tuple[int, int]:
    places = -(-side // stride)
    total = max((places - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


class StandardisedConv2d(nn.Conv2d):
    """A square convolution without bias, its kernel standardised at each pass, padded to `same`.

    Standardising costs a few operations for each weight and no multiply-adds over pixels.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride=stride, bias=False)

    def reset_parameters(self) -> None:
        """Flax's default: normal with the variance 1 / inputs of a sum."""
        nn.init.normal_(self.weight, std=self.weight[0].numel() ** -0.5)

    def forward(self, input: Tensor) -> Tensor:
        padded = same(input, self.kernel_size[0], self.stride[0])
        return conv2d(padded, standardised(self.weight), None, self.stride)


def group_norm(width: int) -> nn.GroupNorm:
    """32 groups. The original begins the last one of each unit at scale 0; here it is 1.

    Random weights stand for trained ones, and zeros would hide every residual branch from comparisons.
    """
    return nn.GroupNorm(GROUPS, width, eps=NORM_EPSILON)


class Unit(nn.Module):
    """A bottleneck: 1x1, 3x3 with the stride, 1x1 to four times `width`, added to the (projected) input."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = EXPANSION * width
        if inputs != outputs or stride != 1:
            self.conv_proj = StandardisedConv2d(inputs, outputs, 1, stride)
            self.gn_proj = group_norm(outputs)
        self.conv1, self.gn1 = StandardisedConv2d(inputs, width, 1), group_norm(width)
        self.conv2, self.gn2 = StandardisedConv2d(width, width, 3, stride), group_norm(width)
        self.conv3, self.gn3 = StandardisedConv2d(width, outputs, 1), group_norm(outputs)

    def forward(self, pixels: Tensor) -> Tensor:
        kept = self.gn_proj(self.conv_proj(pixels)) if hasattr(self, "conv_proj") else pixels
        inner = relu(self.gn1(self.conv1(pixels)))
        inner = relu(self.gn2(self.conv2(inner)))
        return relu(kept + self.gn3(self.conv3(inner)))


class ResNet(nn.Module):
    """The root (7x7 of stride 2, max-pool of stride 2) and a stage of so many units for each of `stages`.

    (n, 3, h, w) to (n, channels, h', w'), where both sides were halved, rounded up, `halvings` times.
    """

    def __init__(self, stages: Sequence[int], width: int) -> None:
        super().__init__()
        self.conv_root, self.gn_root = StandardisedConv2d(3, width, 7, 2), group_norm(width)
        self.halvings = 2 + max(len(stages) - 1, 0)
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        inputs = width
        for index, count in enumerate(stages):
            blocks[f"block{index + 1}"] = _stage(inputs, width << index, count, stride=2 if index else 1)
            inputs = EXPANSION * (width << index)
        self.stages, self.channels = nn.Sequential(blocks), inputs

    def forward(self, pixels: Tensor) -> Tensor:
        root = relu(self.gn_root(self.conv_root(pixels)))
        # Behind a ReLU zeros are as good as the original's -inf: no window lies in the padding alone.
        found: Tensor = self.stages(max_pool2d(same(root, 3, 2), 3, 2))
        return found


def _stage(inputs: int, width: int, count: int, stride: int) -> nn.Sequential:
    units = [Unit(inputs, width, stride), *(Unit(EXPANSION * width, width, 1) for _ in range(count - 1))]
    return nn.Sequential(OrderedDict((f"unit{index + 1}", unit) for index, unit in enumerate(units)))
