"""Depth Anything's sizes: the settings a suite may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from benchbench.catalog.contracts import Weights
from benchbench.catalog.depth.architecture import Encoder

if TYPE_CHECKING:
    from torch import nn

Head = Literal["relative", "metric"]


def build(
    weights: Weights,
    *,
    seed: int,
    encoder: Encoder | None = None,
    width: int | None = None,
    layers: int | None = None,
    heads: int | None = None,
    ffn: int | None = None,
    taps: list[int] | None = None,
    neck: list[int] | None = None,
    fusion: int | None = None,
    head_hidden: int | None = None,
    patch: int | None = None,
    image: int | None = None,
    head: Head | None = None,
    max_depth: float | None = None,
) -> nn.Module:
    """A DepthAnythingForDepthEstimation in float32 and eval mode.

    None is the checkpoint's own size, or that of Depth Anything V2 on `encoder` (ViT-S if none is named) where weights
    are random or the checkpoint is of the original layout, which carries no config. `taps` are the four layers the
    head reads, counted from 0; `neck` the widths of its four branches, `fusion` the one behind them; `image` the side
    in pixels for which positions are learned. `head` "metric" gives metres up to `max_depth` (20 indoors, 80 outdoors)
    by a sigmoid, "relative" a disparity without unit; a file of the original layout tells which by its published name.
    Raises BadCheckpoint for a checkpoint that does not fit; ValueError for what cannot be built.
    """
    from benchbench.catalog.families.depth_anything.model import make

    settings = {
        "encoder": encoder,
        "width": width,
        "layers": layers,
        "heads": heads,
        "ffn": ffn,
        "taps": taps,
        "neck": neck,
        "fusion": fusion,
        "head_hidden": head_hidden,
        "patch": patch,
        "image": image,
        "head": head,
        "max_depth": max_depth,
    }
    return make(weights, seed, {name: value for name, value in settings.items() if value is not None})
