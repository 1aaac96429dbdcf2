"""The original's .npz files (google-research/vision_transformer): a name for each array, written and read back.

Kernels have their inputs first, attention's are split into heads, and blocks keep the names of Flax before Linen
(`LayerNorm_2` is the second norm), as the published files do; those of Linen are understood too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from benchbench.catalog import npz_files
from benchbench.catalog.families.vit.entry import Entry
from benchbench.catalog.families.vit.hybrid_layout import KERNEL, resnet_arrays
from benchbench.catalog.parts import part
from benchbench.errors import CannotRun

POSITIONS = "Transformer/posembed_input/pos_embedding"
Shapes = Mapping[str, tuple[int, ...]]

_LINEN = (
    (r"/LayerNorm_1/", "/LayerNorm_2/"),
    (r"/MultiHeadDotProductAttention_0/", "/MultiHeadDotProductAttention_1/"),
    (r"/MlpBlock_0/", "/MlpBlock_3/"),
)
_BLOCK = re.compile(r"^Transformer/encoderblock_(\d+)/")


def write(model: nn.Module, path: Path) -> None:
    """Write a model as the original does, in float32. Raises CannotRun for a DeiT, which is published otherwise."""
    npz_files.write(path, ((name, entry.array()) for name, entry in arrays(model).items()))


def arrays(model: nn.Module) -> dict[str, Entry]:
    """Every array of a model's file, by its name in it. Raises CannotRun as `write` does."""
    if hasattr(model, "deit"):
        raise CannotRun("a DeiT was never published as .npz", "export it as safetensors or onnx")
    found = {**resnet_arrays(model)} if hasattr(model, "resnet") else {}
    found |= _embeddings(model)
    for index, layer in enumerate(part(model, "vit.layers", nn.ModuleList)):
        found |= _block(layer, f"vit.layers.{index}", f"Transformer/encoderblock_{index}")
    found |= _norm(model, "vit.layernorm", "Transformer/encoder_norm")
    if isinstance(part(model, "classifier", nn.Module), nn.Linear):
        return found | _dense(model, "classifier", "head")
    return found | _dense(model, "classifier.pre_logits", "pre_logits") | _dense(model, "classifier.head", "head")


def published_name(name: str) -> str:
    """An array's name in the published files, for that of a file written by Flax Linen."""
    if _BLOCK.match(name) is None:
        return name
    for pattern, after in _LINEN:
        name = re.sub(pattern, after, name)
    return name


def is_linen(names: Mapping[str, Any]) -> bool:
    """Whether blocks bear the names of Flax Linen, which counts modules of each kind apart."""
    return any("/MultiHeadDotProductAttention_0/" in name for name in names)


def sizes_in(shapes: Shapes) -> dict[str, Any]:
    """What the shapes of a file's arrays tell of a plain ViT's sizes; what is missing or misshapen tells nothing."""
    found: dict[str, Any] = {"distilled": False}
    kernel, table = shapes.get("embedding/kernel", ()), shapes.get(POSITIONS, ())
    query = shapes.get("Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel", ())
    hidden = shapes.get("Transformer/encoderblock_0/MlpBlock_3/Dense_0/kernel", ())
    head = shapes.get("head/bias", shapes.get("head/kernel", ())[1:])
    blocks = [int(match[1]) for name in shapes if (match := _BLOCK.match(name))]
    found |= {"hidden": kernel[3], "patch": kernel[0]} if len(kernel) == 4 else {}
    found |= {"image": kernel[0] * grid_of(table)} if len(kernel) == 4 and len(table) == 3 else {}
    found |= {"heads": query[1]} if len(query) == 3 else {}
    found |= {"mlp": hidden[1]} if len(hidden) == 2 else {}
    found |= {"classes": head[0]} if len(head) == 1 else {}
    return found | ({"layers": max(blocks) + 1} if blocks else {})


def grid_of(table: tuple[int, ...]) -> int:
    """Patches along one side, by the shape (1, 1 + n * n, d) of position embeddings."""
    return math.isqrt(max(table[1] - 1, 0))


def _embeddings(model: nn.Module) -> dict[str, Entry]:
    own = part(model, "vit.embeddings", nn.Module)
    convolution = part(own, "patch_embeddings.projection", nn.Conv2d)
    out, into, *sides = convolution.weight.shape
    path = "vit.embeddings"
    named = (("cls", "cls_token"), (POSITIONS, "position_embeddings"))
    found = {name: _same(own, path, parameter) for name, parameter in named}
    projection = f"{path}.patch_embeddings.projection"
    found["embedding/kernel"] = Entry(f"{projection}.weight", convolution.weight, KERNEL, (*sides, into, out))
    return found | {"embedding/bias": _same(convolution, projection, "bias")}


def _block(layer: nn.Module, path: str, name: str) -> dict[str, Entry]:
    attention = part(layer, "attention", nn.Module)
    found = _norm(layer, "layernorm_before", f"{name}/LayerNorm_0", path)
    found |= _norm(layer, "layernorm_after", f"{name}/LayerNorm_2", path)
    for letter, word in (("q", "query"), ("k", "key"), ("v", "value"), ("o", "out")):
        place = f"{name}/MultiHeadDotProductAttention_1/{word}"
        found |= _projection(attention, f"{letter}_proj", f"{path}.attention", place)
    for index in (0, 1):
        found |= _dense(layer, f"mlp.fc{index + 1}", f"{name}/MlpBlock_3/Dense_{index}", path)
    return found


def _projection(attention: Any, letter: str, path: str, name: str) -> dict[str, Entry]:
    """Kernels (hidden, heads, head_dim) of query, key and value, (heads, head_dim, hidden) of the output."""
    linear = part(attention, letter, nn.Linear)
    out, into = linear.weight.shape
    width = attention.head_dim
    outwards = letter == "o_proj"
    shape = (into // width, width, out) if outwards else (into, out // width, width)
    bias = (out,) if outwards else (out // width, width)
    return {
        f"{name}/kernel": Entry(f"{path}.{letter}.weight", linear.weight, (1, 0), shape),
        f"{name}/bias": Entry(f"{path}.{letter}.bias", linear.bias, (0,), bias),
    }


def _dense(module: nn.Module, place: str, name: str, path: str = "") -> dict[str, Entry]:
    linear = part(module, place, nn.Linear)
    where = f"{path}.{place}" if path else place
    out, into = linear.weight.shape
    kernel = Entry(f"{where}.weight", linear.weight, (1, 0), (into, out))
    return {f"{name}/kernel": kernel, f"{name}/bias": _same(linear, where, "bias")}


def _norm(module: nn.Module, place: str, name: str, path: str = "") -> dict[str, Entry]:
    norm, where = part(module, place, nn.LayerNorm), f"{path}.{place}" if path else place
    return {f"{name}/scale": _same(norm, where, "weight"), f"{name}/bias": _same(norm, where, "bias")}


def _same(module: nn.Module, path: str, parameter: str) -> Entry:
    tensor = module.get_parameter(parameter)
    return Entry(f"{path}.{parameter}", tensor, tuple(range(tensor.ndim)), tuple(tensor.shape))
