"""Depth Anything V2 as its authors write it down: a small random state dict, and what it computes by plain functions.

Read from the description in DepthAnything/Depth-Anything-V2 (depth_anything_v2/dinov2.py, dpt.py, util/blocks.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

State = dict[str, Tensor]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Sizes:
    """Small enough to build in milliseconds; no two widths are equal, so that nothing fits in a wrong place."""

    width: int = 24
    layers: int = 5
    heads: int = 3
    taps: tuple[int, ...] = (0, 2, 3, 4)
    neck: tuple[int, ...] = (4, 6, 10, 12)
    fusion: int = 8
    image: int = 56

    @property
    def settings(self) -> dict[str, Any]:
        """As a suite would name them."""
        return self.encoder | {"taps": list(self.taps), "neck": list(self.neck), "fusion": self.fusion}

    @property
    def encoder(self) -> dict[str, Any]:
        return {"width": self.width, "layers": self.layers, "heads": self.heads, "image": self.image}


@dataclass(frozen=True)
class Original:
    """A file's content, and the forward pass of it."""

    state: State
    sizes: Sizes = field(default_factory=Sizes)

    def linear(self, path: str, x: Tensor) -> Tensor:
        return F.linear(x, self.state[f"{path}.weight"], self.state[f"{path}.bias"])

    def convolve(self, path: str, x: Tensor, stride: int = 1) -> Tensor:
        kernel = self.state[f"{path}.weight"]
        return F.conv2d(x, kernel, self.state.get(f"{path}.bias"), stride, padding=kernel.shape[-1] // 2)

    def norm(self, path: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.state[f"{path}.weight"], self.state[f"{path}.bias"], eps=1e-6)

    def tapped(self, pixels: Tensor, prefix: str = "pretrained.") -> list[Tensor]:
        """(n, 3, image, image) to the patch tokens of every tap, each after the final norm."""
        kernel, bias = (self.state[f"{prefix}patch_embed.proj.{name}"] for name in ("weight", "bias"))
        patches = F.conv2d(pixels, kernel, bias, stride=14).flatten(2).transpose(1, 2)
        first = self.state[f"{prefix}cls_token"].expand(len(pixels), -1, -1)
        x = torch.cat([first, patches], dim=1) + self.state[f"{prefix}pos_embed"]
        found = []
        for index in range(self.sizes.layers):
            x = self.block(f"{prefix}blocks.{index}", x)
            if index in self.sizes.taps:
                found.append(self.norm(f"{prefix}norm", x)[:, 1:])
        return found

    def block(self, path: str, x: Tensor) -> Tensor:
        x = x + self.state[f"{path}.ls1.gamma"] * self.attend(f"{path}.attn", self.norm(f"{path}.norm1", x))
        hidden = F.gelu(self.linear(f"{path}.mlp.fc1", self.norm(f"{path}.norm2", x)))
        return x + self.state[f"{path}.ls2.gamma"] * self.linear(f"{path}.mlp.fc2", hidden)

    def attend(self, path: str, x: Tensor) -> Tensor:
        count, tokens, width = x.shape
        each = width // self.sizes.heads
        packed = self.linear(f"{path}.qkv", x).reshape(count, tokens, 3, self.sizes.heads, each)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        attention = (query @ key.transpose(-2, -1) / math.sqrt(each)).softmax(-1)
        return self.linear(f"{path}.proj", (attention @ value).transpose(1, 2).reshape(count, tokens, width))

    def logits(self, pixels: Tensor) -> Tensor:
        """(n, image, image): the head's output before its last activation."""
        side = self.sizes.image // 14
        maps = [tokens.transpose(1, 2).reshape(len(pixels), -1, side, side) for tokens in self.tapped(pixels)]
        one, two, three, four = (
            self.convolve(f"depth_head.scratch.layer{index + 1}_rn", self.reassembled(index, each))
            for index, each in enumerate(maps)
        )
        x = self.refined(4, self.unit(4, 2, four), three.shape[2:])
        x = self.refined(3, self.unit(3, 2, x + self.unit(3, 1, three)), two.shape[2:])
        x = self.refined(2, self.unit(2, 2, x + self.unit(2, 1, two)), one.shape[2:])
        x = self.refined(1, self.unit(1, 2, x + self.unit(1, 1, one)), [2 * length for length in one.shape[2:]])
        x = upsampled(self.convolve("depth_head.scratch.output_conv1", x), (self.sizes.image, self.sizes.image))
        x = self.convolve("depth_head.scratch.output_conv2.0", x).relu()
        return self.convolve("depth_head.scratch.output_conv2.2", x)[:, 0]

    def reassembled(self, index: int, x: Tensor) -> Tensor:
        x = self.convolve(f"depth_head.projects.{index}", x)
        path = f"depth_head.resize_layers.{index}"
        if index < 2:
            return F.conv_transpose2d(x, self.state[f"{path}.weight"], self.state[f"{path}.bias"], stride=(4, 2)[index])
        return x if index == 2 else self.convolve(path, x, stride=2)

    def unit(self, level: int, number: int, x: Tensor) -> Tensor:
        path = f"depth_head.scratch.refinenet{level}.resConfUnit{number}"
        return x + self.convolve(f"{path}.conv2", self.convolve(f"{path}.conv1", x.relu()).relu())

    def refined(self, level: int, x: Tensor, size: Sequence[int]) -> Tensor:
        return self.convolve(f"depth_head.scratch.refinenet{level}.out_conv", upsampled(x, size))


def upsampled(x: Tensor, size: Sequence[int]) -> Tensor:
    found: Tensor = F.interpolate(x, tuple(size), mode="bilinear", align_corners=True)
    return found


def drawn(sizes: Sizes | None = None, seed: int = 0) -> Original:
    """Random weights that keep signals near 1 everywhere, so that each tensor matters."""
    sizes = sizes or Sizes()
    generator = torch.Generator().manual_seed(seed)
    return Original({name: _drawn(name, shape, generator) for name, shape in shapes(sizes)}, sizes)


def pixels(sizes: Sizes, count: int = 2) -> Tensor:
    return torch.randn(count, 3, sizes.image, sizes.image, generator=torch.Generator().manual_seed(9))


def _drawn(name: str, shape: Shape, generator: torch.Generator) -> Tensor:
    noise = torch.randn(shape, generator=generator)
    if name.endswith("gamma"):
        return 0.6 + 0.2 * noise
    if "norm" in name and name.endswith("weight"):
        return 1 + 0.2 * noise
    if name.endswith("output_conv2.2.bias"):
        return torch.full(shape, 6.0)
    if len(shape) < 2 or "token" in name or "pos" in name:
        return 0.3 * noise
    inputs = shape[0] if "resize_layers.0" in name or "resize_layers.1" in name else noise[0].numel()
    return noise * math.sqrt(1.2 / inputs)


def shapes(sizes: Sizes) -> Iterator[tuple[str, Shape]]:
    yield from encoder_shapes(sizes, "pretrained.")
    yield from _head(sizes, "depth_head.")


def encoder_shapes(sizes: Sizes, prefix: str) -> Iterator[tuple[str, Shape]]:
    """As facebookresearch/dinov2 publishes it, behind `prefix`."""
    width = sizes.width
    yield f"{prefix}cls_token", (1, 1, width)
    yield f"{prefix}pos_embed", (1, 1 + (sizes.image // 14) ** 2, width)
    yield f"{prefix}mask_token", (1, width)
    yield from _both(f"{prefix}patch_embed.proj", (width, 3, 14, 14))
    for index in range(sizes.layers):
        path = f"{prefix}blocks.{index}"
        yield from _both(f"{path}.norm1", (width,))
        yield from _both(f"{path}.attn.qkv", (3 * width, width))
        yield from _both(f"{path}.attn.proj", (width, width))
        yield f"{path}.ls1.gamma", (width,)
        yield from _both(f"{path}.norm2", (width,))
        yield from _both(f"{path}.mlp.fc1", (4 * width, width))
        yield from _both(f"{path}.mlp.fc2", (width, 4 * width))
        yield f"{path}.ls2.gamma", (width,)
    yield from _both(f"{prefix}norm", (width,))


def _head(sizes: Sizes, prefix: str) -> Iterator[tuple[str, Shape]]:
    neck, fusion = sizes.neck, sizes.fusion
    for index, width in enumerate(neck):
        yield from _both(f"{prefix}projects.{index}", (width, sizes.width, 1, 1))
        yield f"{prefix}scratch.layer{index + 1}_rn.weight", (fusion, width, 3, 3)
    for index, kernel in ((0, 4), (1, 2), (3, 3)):
        yield from _both(f"{prefix}resize_layers.{index}", (neck[index], neck[index], kernel, kernel))
    for level in range(1, 5):
        path = f"{prefix}scratch.refinenet{level}"
        yield from _both(f"{path}.out_conv", (fusion, fusion, 1, 1))
        for unit in ("resConfUnit1.conv1", "resConfUnit1.conv2", "resConfUnit2.conv1", "resConfUnit2.conv2"):
            yield from _both(f"{path}.{unit}", (fusion, fusion, 3, 3))
    yield from _both(f"{prefix}scratch.output_conv1", (fusion // 2, fusion, 3, 3))
    yield from _both(f"{prefix}scratch.output_conv2.0", (32, fusion // 2, 3, 3))
    yield from _both(f"{prefix}scratch.output_conv2.2", (1, 32, 1, 1))


def _both(path: str, shape: Shape) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.weight", shape
    yield f"{path}.bias", shape[:1]
