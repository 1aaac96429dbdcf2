"""A tiny ViT and a tiny DeiT in which every part matters, and the masks that silence parts without removing any.

Freshly initialised weights are too small for a test that could fail; these keep signals near 1 everywhere.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import nn

from benchbench.catalog.contracts import Inputs, Labelled, Subject, Weights
from benchbench.catalog.families.vit import FAMILY
from tests.lively_detr import Seen, difference, without

SIZES: dict[str, Any] = {
    "hidden": 48,
    "layers": 4,
    "heads": 6,
    "mlp": 40,
    "patch": 8,
    "image": 32,
    "classes": 7,
}
RANDOM = Weights("random", "random")
LAYERS, HEADS, HEAD_DIM, HIDDEN, MLP = 4, 6, 8, 48, 40
ATTENTIONS = [f"encoder.{n}.attention" for n in range(LAYERS)]
FEED_FORWARDS = [f"encoder.{n}.mlp" for n in range(LAYERS)]


@cache
def _original(distilled: bool) -> nn.Module:
    model = FAMILY.build(RANDOM, seed=0, **SIZES, distilled=distilled)
    enliven(model, seed=1)
    return model


@torch.no_grad()
def enliven(model: nn.Module, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.named_parameters():
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith(("_token", "embeddings")):
            tensor.copy_(noise)
        elif tensor.dim() > 1:
            tensor.copy_(noise * (1.5 / tensor[0].numel()) ** 0.5)
        else:
            tensor.copy_(0.2 * noise + (1.0 if "norm" in name and name.endswith("weight") else 0.0))


def subject(distilled: bool = False, calibrated: bool = False) -> Subject:
    """A fresh copy each time."""
    return Subject(copy.deepcopy(_original(distilled)), FAMILY, calibrate=calibration if calibrated else None)


def core(model: Any) -> Any:
    return model.deit if hasattr(model, "deit") else model.vit


def inputs() -> Inputs:
    return {"pixel_values": torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(2))}


def calibration() -> list[Labelled]:
    first = inputs()
    second = {"pixel_values": first["pixel_values"][:2].flip(-1)}
    return [Labelled(batch, {"labels": torch.arange(len(batch["pixel_values"]))}) for batch in (first, second)]


@torch.no_grad()
def observe(model: nn.Module) -> Seen:
    """Outputs of the embeddings and of every layer, by its present number, and the logits."""
    seen: Seen = {}
    named = {"embeddings": core(model).embeddings} | {
        f"encoder.{n}": layer for n, layer in enumerate(core(model).layers)
    }
    hooks = [
        module.register_forward_hook(lambda _, __, output, key=name: seen.update({key: output}))
        for name, module in named.items()
    ]
    seen["logits"] = model(**inputs()).logits
    for hook in hooks:
        hook.remove()
    return seen


def assert_equal(one: Seen, other: Seen, names: Mapping[str, str] | None = None, tolerance: float = 1e-5) -> None:
    """Each of `one` equals that of `other`; `names` translate where layers were renumbered."""
    assert len(one) > 2
    for name, tensor in one.items():
        assert difference(tensor, other[(names or {}).get(name, name)]) <= tolerance, name


def assert_matters(masked: Seen, original: Seen) -> None:
    assert difference(masked["logits"], original["logits"]) > 1e-3


def skip_layers(model: Any, kept: Collection[int]) -> None:
    for index, layer in enumerate(core(model).layers):
        if index not in kept:
            layer.register_forward_hook(lambda _, args, __: args[0])


def mask_heads(model: Any, kept: Mapping[str, Sequence[int]]) -> None:
    for name, heads in kept.items():
        _mask_inputs(core(model).layers[int(name.split(".")[1])].attention.o_proj, heads, HEAD_DIM)


def mask_hidden(model: Any, kept: Mapping[str, Collection[int]]) -> None:
    for name, units in kept.items():
        _mask_inputs(core(model).layers[int(name.split(".")[1])].mlp.fc2, units, 1)


def mask_stream(model: Any, kept: Collection[int]) -> None:
    """Nothing is read from the other channels: they are zero behind the embeddings and behind all that adds to them.

    Norms are over the channels that are kept.
    """
    indices = torch.tensor(sorted(kept))
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            module.register_forward_hook(lambda of, args, _: _narrow_norm(args[0], of, indices))
    core(model).embeddings.register_forward_hook(lambda _, __, output: without(output, kept, -1))
    for layer in core(model).layers:
        layer.register_forward_hook(lambda _, __, output: without(output, kept, -1))
        layer.attention.o_proj.register_forward_hook(lambda _, __, output: without(output, kept, -1))


def _narrow_norm(hidden: torch.Tensor, norm: nn.LayerNorm, indices: torch.Tensor) -> torch.Tensor:
    weight, bias = norm.weight[indices], norm.bias[indices]
    some = nn.functional.layer_norm(hidden[..., indices], (len(indices),), weight, bias, norm.eps)
    return torch.zeros_like(hidden).index_copy(-1, indices, some)


def _mask_inputs(module: nn.Module, kept: Collection[int], each: int) -> None:
    module.register_forward_pre_hook(lambda _, args: (without(args[0], kept, -1, each), *args[1:]))
