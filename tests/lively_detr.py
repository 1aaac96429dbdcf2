"""A tiny DETR in which every part matters, and the masks that silence parts of it without removing any.

Freshly initialised weights are too small for a test that could fail; these keep signals near 1 everywhere.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.contracts import Inputs, Labelled, Subject, Weights
from benchbench.catalog.families.detr import FAMILY, Detr

ARCHITECTURE: dict[str, Any] = {
    "d_model": 64,
    "heads": 8,
    "encoder_layers": 6,
    "decoder_layers": 6,
    "ffn": 48,
    "queries": 7,
    "num_labels": 5,
    "stem": 8,
    "widths": [16, 32, 64],
    "depths": [2, 1, 2],
}
RANDOM = Weights("random", "random")
LAYERS, HEADS, HEAD_DIM, FFN = 6, 8, 8, 48
ATTENTIONS = [f"encoder.{n}.self_attn" for n in range(LAYERS)] + [
    f"decoder.{n}.{kind}" for n in range(LAYERS) for kind in ("self_attn", "encoder_attn")
]
Seen = dict[str, Tensor]


class Scored(Detr):
    """DETR with the loss that transformers computes when it is handed labels."""

    def loss(self, model: Any, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        labels, device = targets["labels"], outputs.logits.device
        loss: Tensor = model.loss_function(
            outputs.logits, labels, device, outputs.pred_boxes, model.config, None, None
        )[0]
        return loss


@cache
def _original(backbone: str | None) -> nn.Module:
    """Bottleneck stages of our own size, or a whole ResNet of basic blocks by its name."""
    resnet = {"backbone": backbone, "widths": None, "depths": None, "stem": None} if backbone else {}
    model = FAMILY.build(RANDOM, seed=0, **{**ARCHITECTURE, **resnet})
    enliven(model, seed=1)
    return model


def subject(backbone: str | None = None, calibrated: bool = False) -> Subject:
    """A fresh copy each time."""
    return Subject(copy.deepcopy(_original(backbone)), Scored(), calibrate=calibration if calibrated else None)


@torch.no_grad()
def enliven(model: nn.Module, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        norm = isinstance(module, nn.LayerNorm) or hasattr(module, "running_mean")
        own = dict(module.named_parameters(recurse=False)) | dict(module.named_buffers(recurse=False))
        for name, tensor in own.items():
            noise = torch.randn(tensor.shape, generator=generator)
            tensor.copy_(_lively(name, noise, norm, isinstance(module, nn.Embedding)))


def _lively(name: str, noise: Tensor, norm: bool, embedding: bool) -> Tensor:
    if name == "running_var":
        return (1 + 0.2 * noise).abs() + 0.1
    if name != "weight":
        return 0.2 * noise
    if norm:
        return 1 + 0.2 * noise
    return noise if embedding else noise * (1.5 / noise[0].numel()) ** 0.5


def inputs() -> Inputs:
    """Two images, the second padded."""
    pixels = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(2))
    mask = torch.ones(2, 64, 96, dtype=torch.int64)
    mask[1, 40:], mask[1, :, 70:] = 0, 0
    return {"pixel_values": pixels * mask[:, None], "pixel_mask": mask}


def calibration() -> list[Labelled]:
    """Two batches with one and three objects in an image."""
    boxes = torch.rand(3, 4, generator=torch.Generator().manual_seed(3)) * 0.4 + 0.3
    labels = [{"class_labels": torch.arange(n), "boxes": boxes[:n]} for n in (1, 3)]
    first = inputs()
    second = {**first, "pixel_values": first["pixel_values"].flip(-1)}
    return [Labelled(batch, {"labels": labels}) for batch in (first, second)]


@torch.no_grad()
def observe(model: nn.Module) -> Seen:
    """Outputs of every stage and layer, by the layer's present number, and the final ones."""
    seen: Seen = {}
    hooks = []
    for name, module in watched(model).items():
        hooks.append(module.register_forward_hook(lambda _, __, output, key=name: seen.update({key: output})))
    final = model(**inputs())
    for hook in hooks:
        hook.remove()
    return seen | {"logits": final.logits, "boxes": final.pred_boxes}


def watched(model: Any) -> dict[str, nn.Module]:
    resnet = model.model.backbone.model
    found = {f"stage{n + 1}": stage for n, stage in enumerate(resnet.encoder.stages)}
    found["projection"] = model.model.input_projection
    found |= {f"encoder.{n}": layer for n, layer in enumerate(model.model.encoder.layers)}
    return found | {f"decoder.{n}": layer for n, layer in enumerate(model.model.decoder.layers)}


def difference(one: Tensor, other: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((one - other).abs().max() / other.abs().max().clamp_min(1e-30))


def assert_equal(one: Seen, other: Seen, names: Mapping[str, str] | None = None, tolerance: float = 1e-5) -> None:
    """Each of `one` equals that of `other`; `names` translate where layers were renumbered."""
    assert len(one) > 5
    for name, tensor in one.items():
        assert difference(tensor, other[(names or {}).get(name, name)]) <= tolerance, name


def assert_matters(masked: Seen, original: Seen) -> None:
    assert difference(masked["logits"], original["logits"]) > 1e-3
    assert difference(masked["boxes"], original["boxes"]) > 1e-3


def without(tensor: Tensor, kept: Collection[int], dimension: int, each: int = 1) -> Tensor:
    """Zero all channels but these."""
    count = tensor.shape[dimension]
    gate = torch.tensor([float(index // each in kept) for index in range(count)])
    return tensor * gate.view(-1, *(1,) * (-dimension - 1))


def mask_outputs(module: nn.Module, kept: Collection[int], dimension: int = -3) -> None:
    module.register_forward_hook(lambda _, __, output: without(output, kept, dimension))


def mask_inputs(module: nn.Module, kept: Collection[int], each: int = 1) -> None:
    module.register_forward_pre_hook(lambda _, args: (without(args[0], kept, -1, each), *args[1:]))


def mask_heads(model: Any, kept: Mapping[str, Sequence[int]]) -> None:
    for name, heads in kept.items():
        stack, layer, attention = name.split(".")
        owner = getattr(getattr(model.model, stack).layers[int(layer)], attention)
        mask_inputs(owner.o_proj, heads, each=HEAD_DIM)


def skip_layers(model: Any, stack: str, kept: Collection[int]) -> None:
    for index, layer in enumerate(getattr(model.model, stack).layers):
        if index not in kept:
            layer.register_forward_hook(lambda _, args, __: args[0])


def mask_hidden(model: Any, kept: Mapping[str, Collection[int]]) -> None:
    for name, units in kept.items():
        stack, layer, _ = name.split(".")
        mask_inputs(getattr(model.model, stack).layers[int(layer)].mlp.fc2, units)


def mask_backbone(model: Any, kept: Mapping[str, Collection[int]]) -> None:
    """Inner widths behind norm and activation; outputs behind each block, where branch and shortcut have met."""
    resnet = model.model.backbone.model
    for name, channels in kept.items():
        if ".inner" in name:
            path, inner = name.split(".inner")
            stage, block = path.removeprefix("stage").split(".")
            mask_outputs(resnet.encoder.stages[int(stage) - 1].layers[int(block)].layer[int(inner) - 1], channels)
            continue
        for part in name.split("+"):
            blocks = [resnet.embedder.embedder] if part == "stem" else resnet.encoder.stages[int(part[5:]) - 1].layers
            for block in blocks:
                mask_outputs(block, channels)


def kept_of(of: Subject, number: int = -1) -> dict[str, list[int]]:
    kept = of.surgery[number]["kept"]
    assert isinstance(kept, dict)
    return {name: [int(str(index)) for index in indices] for name, indices in kept.items() if isinstance(indices, list)}


def parameters(model: nn.Module) -> int:
    return sum(tensor.numel() for tensor in model.parameters())
