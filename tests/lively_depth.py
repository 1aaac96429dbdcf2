"""A tiny Depth Anything in which every part matters, and the masks that silence parts of it without removing any.

Freshly initialised it puts out nearly nothing; these weights keep signals near 1 everywhere.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Inputs, Labelled, Subject, Weights
from benchbench.catalog.depth.anatomy import anatomy
from tests.lively_detr import Seen, difference, without

RANDOM = Weights("random", "random")
LAYERS, HEADS, HEAD_DIM, FFN, TAPS = 12, 4, 8, 64, (2, 5, 8, 11)
NECK, FUSION, HEAD = (8, 12, 16, 24), 16, 8
ATTENTIONS = [f"encoder.{n}.attention" for n in range(LAYERS)]
SIZES = ((56, 56), (70, 84))


class Lively:
    """A family of just what steps and the store ask for."""

    name, version = "lively-depth", 1

    def build(self, weights: Weights, *, seed: int, layers: int = LAYERS, taps: list[int] | None = None) -> nn.Module:
        del weights
        torch.manual_seed(seed)
        model: nn.Module = DepthAnythingForDepthEstimation(config(layers, taps or TAPS)).eval()
        enliven(model, seed)
        return model

    def anatomy(self, model: nn.Module) -> Anatomy:
        return anatomy(model)

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        del model
        error: Tensor = (outputs.predicted_depth - targets["depth"]).abs().mean()
        return error


FAMILY: Any = Lively()


def config(layers: int = LAYERS, taps: Sequence[int] = TAPS) -> Any:
    encoder = Dinov2Config(
        hidden_size=HEADS * HEAD_DIM,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        mlp_ratio=2,
        image_size=SIZES[0][0],
        out_indices=[tap + 1 for tap in taps],
        reshape_hidden_states=False,
        use_mask_token=False,
    )
    return DepthAnythingConfig(
        backbone_config=encoder,
        reassemble_hidden_size=HEADS * HEAD_DIM,
        neck_hidden_sizes=list(NECK[: len(taps)]),
        fusion_hidden_size=FUSION,
        head_hidden_size=HEAD,
    )


@torch.no_grad()
def enliven(model: Any, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.named_parameters():
        noise = torch.randn(tensor.shape, generator=generator)
        around = 1.0 if name.endswith(("norm1.weight", "norm2.weight", "layernorm.weight", "lambda1")) else 0.0
        # Each pixel behind a transposed convolution is made of the input's channels alone.
        fan = tensor.shape[0] if "resize" in name else tensor[:1].numel()
        scale = (1.5 / fan) ** 0.5 if tensor.dim() > 1 and "embeddings" not in name else 0.2
        tensor.copy_(around + scale * noise)
    # Of depths that a rectifier hides nothing would be seen.
    model.head.conv3.bias.fill_(3.0)


@cache
def _original() -> nn.Module:
    model: nn.Module = FAMILY.build(RANDOM, seed=1)
    return model


def subject(calibrated: bool = False) -> Subject:
    """A fresh copy each time."""
    return Subject(copy.deepcopy(_original()), FAMILY, seed=1, calibrate=calibration if calibrated else None)


def inputs(size: tuple[int, int] = SIZES[0]) -> Inputs:
    return {"pixel_values": torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(2))}


def calibration() -> list[Labelled]:
    """Batches of two images and of one, whose depth is what the whole model sees, a little blurred."""
    images = inputs()["pixel_values"]
    with torch.no_grad():
        depth = _original()(pixel_values=images).predicted_depth
    depth = nn.functional.avg_pool2d(depth, 3, stride=1, padding=1)
    return [
        Labelled({"pixel_values": images}, {"depth": depth}),
        Labelled({"pixel_values": images[1:].flip(-1)}, {"depth": depth[1:].flip(-1)}),
    ]


@torch.no_grad()
def observe(model: Any, size: tuple[int, int] = SIZES[0]) -> Seen:
    """What the head reads, what fusion puts out, the head's widths, and the depth."""
    seen: Seen = {}

    def see(name: str, output: Any) -> None:
        maps = getattr(output, "feature_maps", output)
        parts = {name: maps} if isinstance(maps, Tensor) else {f"{name}.{n}": each for n, each in enumerate(maps)}
        seen.update(parts)

    watched = {"taps": model.backbone, "fused": model.neck, "head.1": model.head.conv1, "head.2": model.head.conv2}
    hooks = [
        module.register_forward_hook(lambda _, __, output, key=name: see(key, output))
        for name, module in watched.items()
    ]
    final = model(**inputs(size))
    for hook in hooks:
        hook.remove()
    return seen | {"depth": final.predicted_depth}


def assert_equal(one: Seen, other: Seen, tolerance: float = 1e-5) -> None:
    assert set(one) == set(other)
    assert len(one) > 5
    for name, tensor in one.items():
        assert difference(tensor, other[name]) <= tolerance, name


def assert_matters(masked: Seen, original: Seen) -> None:
    assert difference(masked["depth"], original["depth"]) > 1e-3


def skip_layers(model: Any, kept: Collection[int]) -> None:
    """The other layers hand on what they get."""
    for index, layer in enumerate(model.backbone.encoder.layer):
        if index not in kept:
            layer.forward = lambda hidden, *_, **__: hidden


def read_layers(model: Any, layers: Sequence[int]) -> None:
    """Let the head read these layers of the whole model, by transformers' own switch."""
    model.config.backbone_config.out_indices = [layer + 1 for layer in layers]


def mask_heads(model: Any, kept: Mapping[str, Sequence[int]]) -> None:
    for name, heads in kept.items():
        projection = model.backbone.encoder.layer[int(name.split(".")[1])].attention.o_proj
        _mask_inputs(projection, heads, HEAD_DIM)


def mask_hidden(model: Any, kept: Mapping[str, Collection[int]]) -> None:
    for name, units in kept.items():
        _mask_inputs(model.backbone.encoder.layer[int(name.split(".")[1])].mlp.fc2, units, 1)


def mask_features(model: Any, kept: Mapping[str, Collection[int]]) -> None:
    """Zero channels behind every module that puts them out."""
    for name, channels in kept.items():
        for module in _writers(model, *name.split(".")):
            module.register_forward_hook(lambda _, __, output, of=channels: without(output, of, -3))


def _writers(model: Any, part: str, *path: str) -> list[nn.Module]:
    if part == "head":
        return [getattr(model.head, f"conv{path[0]}")]
    if part == "reassemble":
        branch = model.neck.reassemble_stage.layers[int(path[0])]
        return [branch.resize if path[1:] else branch.projection]
    levels = model.neck.fusion_stage.layers
    if path == ("output",):
        return [levels[-1].projection]
    number = int(path[0])
    units = [levels[number].residual_layer1, levels[number].residual_layer2]
    if path[1:]:
        return [units[int(path[1][-1]) - 1].convolution1]
    before = [levels[number - 1].projection] if number else []
    return [*before, model.neck.convs[len(levels) - 1 - number], *(unit.convolution2 for unit in units)]


def _mask_inputs(module: nn.Module, kept: Collection[int], each: int) -> None:
    module.register_forward_pre_hook(lambda _, args: (without(args[0], kept, -1, each), *args[1:]))
