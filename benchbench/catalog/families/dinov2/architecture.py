"""The sizes of a DINOv2 encoder and of the head on it: the settings a suite may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from benchbench.catalog.contracts import Weights
from benchbench.catalog.depth.architecture import Encoder

if TYPE_CHECKING:
    from torch import nn

Head = Literal["dpt", "linear"]


def build(
    weights: Weights,
    *,
    seed: int,
    encoder: Encoder | None = None,
    width: int | None = None,
    layers: int | None = None,
    heads: int | None = None,
    ffn: int | None = None,
    patch: int | None = None,
    image: int | None = None,
    head: Head = "dpt",
    taps: list[int] | None = None,
    neck: list[int] | None = None,
    fusion: int | None = None,
    head_hidden: int | None = None,
    max_depth: float | None = None,
) -> nn.Module:
    """A pre-trained encoder under a fresh head, drawn from `seed`, in float32 and eval mode.

    `head` "dpt" is Depth Anything V2's, read from four `taps` (a DepthAnythingForDepthEstimation); "linear" one 1x1
    convolution of the patch tokens of any number of taps, by default of the last layer. Both begin at a disparity of
    0.4 / m; with `max_depth` they give metres by a sigmoid instead, beginning at half of it. None is the checkpoint's
    own size, or that of `encoder` (ViT-S if none is named) where weights are random or the checkpoint is of the
    original layout; for taps and the head's widths, that of Depth Anything V2 on this encoder.
    Raises BadCheckpoint for a checkpoint that does not fit; ValueError for what cannot be built.
    """
    from benchbench.catalog.families.dinov2.model import make

    own = {"width": width, "layers": layers, "heads": heads, "ffn": ffn, "patch": patch, "image": image}
    shape = {"taps": taps, "neck": neck, "fusion": fusion, "head_hidden": head_hidden}
    encoder_named = {name: value for name, value in {"encoder": encoder, **own}.items() if value is not None}
    head_named = {name: value for name, value in shape.items() if value is not None}
    return make(weights, seed, encoder_named, head, head_named, max_depth)
