"""Making the model: random or from a checkpoint, each tensor accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchbench.catalog.checkpoints import config_beside
from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.vit.architecture import check, config_of, is_hybrid, named, sizes, sizes_of
from benchbench.catalog.families.vit.distillation_token import with_token
from benchbench.catalog.families.vit.layouts import convert, likeness, sizes_in
from benchbench.catalog.families.vit.positions import resampled
from benchbench.catalog.families.vit.transformer import constructed, constructed_hybrid
from benchbench.catalog.weight_files import State, compare, fill, read, read_config
from benchbench.errors import BadCheckpoint


def make(weights: Weights, seed: int, settings: Mapping[str, Any]) -> nn.Module:
    """Build and fill a model; `settings` are only the sizes that were named. See `architecture.build`."""
    path = weights.path
    if path is None:
        return (
            constructed_hybrid(settings, seed) if is_hybrid(settings) else constructed(config_of(sizes(settings)), seed)
        )
    state = {} if path.suffix == ".npz" else convert(read(path))
    has_token = is_hybrid(settings) or any(name.startswith("deit.") for name in state)
    if settings.get("distilled") and not has_token:
        return with_token(_opened(path, state, {**settings, "distilled": False}, seed), seed)
    return _opened(path, state, settings, seed)


def _opened(path: Path, state: State, settings: Mapping[str, Any], seed: int) -> nn.Module:
    """The model of a checkpoint, of which `state` are the tensors where it is no .npz."""
    if path.suffix == ".npz":
        from benchbench.catalog.families.vit.original_files import opened

        return opened(path, settings, seed)
    if is_hybrid(settings):
        raise BadCheckpoint(f"{path}: hybrids are read from the original's .npz files alone")
    beside = config_beside(path)
    config = _of_folder(beside, settings) if beside else _of_file(path, settings, state)
    model = constructed(config, seed)
    fill(model, _resized(state, model), path, _note(state))
    return model


def _of_folder(path: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a Hugging Face folder; what is named besides must agree with it, but for the size of the image."""
    from huggingface_hub.errors import StrictDataclassError
    from transformers import DeiTConfig, ViTConfig

    config = read_config(path, ("vit", "deit"), "ViT or DeiT")
    wanted = named(settings)
    kind = DeiTConfig if config["model_type"] == "deit" else ViTConfig
    try:
        own = sizes_of(kind.from_dict(dict(config)))
        check({**own, "image": wanted.get("image", own["image"])})
    except (StrictDataclassError, ValueError, TypeError) as error:
        raise BadCheckpoint(f"no Vision Transformer can be built of {path}: {error}") from error
    compare({name: value for name, value in wanted.items() if name != "image"}, own, path)
    return config | {"image_size": wanted.get("image", own["image"])}


def _of_file(path: Path, settings: Mapping[str, Any], state: State) -> dict[str, Any]:
    """The config that the shapes of a file without one tell; heads are as named, or of 64 dimensions."""
    found, wanted = sizes_in(state), named(settings)
    told = {name: value for name, value in found.items() if name in wanted and name not in ("image", "heads")}
    compare({name: wanted[name] for name in told}, told, path)
    try:
        # DeiT and timm, whose files these are, compute the exact GELU.
        return config_of(sizes({**found, **wanted})) | {"hidden_act": "gelu"}
    except ValueError as error:
        raise BadCheckpoint(f"no Vision Transformer can be built of {path}: {error}") from error


def _resized(state: State, model: nn.Module) -> State:
    """The state with its position embeddings for the model's size of image."""
    for name, tokens in (("vit.embeddings.position_embeddings", 1), ("deit.embeddings.position_embeddings", 2)):
        table, own = state.get(name), model.state_dict().get(name)
        if table is None or own is None or table.ndim != 3 or table.shape == own.shape:
            continue
        if (table.shape[0], table.shape[2]) == (own.shape[0], own.shape[2]):
            side = round((own.shape[1] - tokens) ** 0.5)
            state = state | {name: torch.from_numpy(resampled(table.float().numpy(), side, tokens))}
    return state


def _note(state: State) -> str:
    size = likeness(sizes_in(state))
    return f" (it looks like {size})" if size else ""
