"""A DETR small enough to build in milliseconds, in both ways of writing its weights down."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.detr import FAMILY

State = dict[str, Tensor]
RANDOM = Weights(kind="random", fingerprint="random")
TINY: dict[str, Any] = {
    "d_model": 16,
    "heads": 4,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "ffn": 24,
    "queries": 7,
    "num_labels": 5,
    "stem": 8,
    "widths": [16, 20, 24, 28],
    "depths": [1, 2, 1, 1],
}


@pytest.fixture
def tiny() -> dict[str, Any]:
    return dict(TINY)


@pytest.fixture
def model(tiny: dict[str, Any]) -> Any:
    return FAMILY.build(RANDOM, seed=0, **tiny)


@pytest.fixture
def original() -> State:
    """A random state dict of TINY as facebookresearch/detr and torchvision 0.5 write it, frozen norms included."""
    generator = torch.Generator().manual_seed(1)
    return {name: _drawn(name, shape, generator) for name, shape in _shapes()}


def _drawn(name: str, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Norms that let through, so that queries and places come out different; variances above zero."""
    drawn = torch.randn(shape, generator=generator) * (3.0 if "query" in name else 0.3)
    if name.endswith("running_var"):
        return drawn.abs() + 0.5
    return drawn + 1 if re.search(r"(norm\d?|bn\d|downsample\.1)\.weight", name) else drawn


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    width, hidden = TINY["d_model"], TINY["ffn"]
    for stack, attentions, norms in (("encoder", ["self_attn"], 2), ("decoder", ["self_attn", "multihead_attn"], 3)):
        for index in range(TINY[f"{stack}_layers"]):
            yield from _layer(f"transformer.{stack}.layers.{index}", width, hidden, attentions, norms)
    yield from _affine("transformer.decoder.norm", width)
    yield from _linear("class_embed", TINY["num_labels"] + 1, width)
    for index, rows in enumerate((width, width, 4)):
        yield from _linear(f"bbox_embed.layers.{index}", rows, width)
    yield "query_embed.weight", (TINY["queries"], width)
    yield "input_proj.weight", (width, TINY["widths"][-1], 1, 1)
    yield "input_proj.bias", (width,)
    yield from _resnet("backbone.0.body")


def _layer(path: str, width: int, hidden: int, attentions: list[str], norms: int) -> Iterator[tuple[str, Any]]:
    for name in attentions:
        yield f"{path}.{name}.in_proj_weight", (3 * width, width)
        yield f"{path}.{name}.in_proj_bias", (3 * width,)
        yield from _linear(f"{path}.{name}.out_proj", width, width)
    yield from _linear(f"{path}.linear1", hidden, width)
    yield from _linear(f"{path}.linear2", width, hidden)
    for index in range(1, norms + 1):
        yield from _affine(f"{path}.norm{index}", width)


def _linear(path: str, rows: int, columns: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{path}.weight", (rows, columns)
    yield f"{path}.bias", (rows,)


def _affine(path: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{path}.weight", (width,)
    yield f"{path}.bias", (width,)


def _norm(path: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name in ("weight", "bias", "running_mean", "running_var"):
        yield f"{path}.{name}", (width,)


def _resnet(path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{path}.conv1.weight", (TINY["stem"], 3, 7, 7)
    yield from _norm(f"{path}.bn1", TINY["stem"])
    before = TINY["stem"]
    for stage, (after, depth) in enumerate(zip(TINY["widths"], TINY["depths"], strict=True), start=1):
        for block in range(depth):
            yield from _bottleneck(f"{path}.layer{stage}.{block}", before, after, after // 4)
            before = after


def _bottleneck(path: str, before: int, after: int, inner: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for index, shape in enumerate(((inner, before, 1, 1), (inner, inner, 3, 3), (after, inner, 1, 1)), start=1):
        yield f"{path}.conv{index}.weight", shape
        yield from _norm(f"{path}.bn{index}", shape[0])
    if path.endswith(".0"):
        yield f"{path}.downsample.0.weight", (after, before, 1, 1)
        yield from _norm(f"{path}.downsample.1", after)
