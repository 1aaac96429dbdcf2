"""Making the model: random or from a checkpoint, each tensor accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from benchbench.catalog.checkpoints import config_beside
from benchbench.catalog.contracts import Weights
from benchbench.catalog.depth.architecture import (
    check_encoder,
    check_head,
    encoder_config,
    head_config,
    metres,
    named,
    sizes,
    sizes_of,
    tapped,
)
from benchbench.catalog.depth.encoder_layout import check_heads, likeness
from benchbench.catalog.depth.model import depth_anything
from benchbench.catalog.families.depth_anything.checkpoints import published_range
from benchbench.catalog.families.depth_anything.layouts import BACKBONE, convert
from benchbench.catalog.weight_files import State, compare, fill, misfits, read, read_config
from benchbench.errors import BadCheckpoint


def make(weights: Weights, seed: int, settings: Mapping[str, Any]) -> nn.Module:
    """Build and fill a model; `settings` are only the sizes that were named. See `architecture.build`."""
    if weights.path is None:
        return _of_sizes(settings, seed)
    state = convert(read(weights.path))
    beside = config_beside(weights.path)
    if beside:
        return _from_folder(beside, state, settings, seed, weights.path)
    model: Any = _of_sizes(_completed(settings, weights.path), seed)
    fill(model, state, weights.path, _note(state, settings))
    check_heads(state, model.config.backbone_config.num_attention_heads, weights.path, BACKBONE)
    filled: nn.Module = model
    return filled


def _of_sizes(settings: Mapping[str, Any], seed: int) -> nn.Module:
    found = sizes({name: value for name, value in settings.items() if name not in ("head", "max_depth")})
    metric = settings.get("head", "relative") == "metric"
    reach = metres(settings.get("max_depth"))
    if metric != (reach is not None):
        wrong = "a relative head knows no max_depth" if reach else "a metric head needs its max_depth"
        raise ValueError(f"{wrong}: name `head: metric` with `max-depth: 20` (indoors) or 80, or neither")
    return depth_anything(head_config(found, reach), tapped(encoder_config(found), found["taps"]), seed)


def _completed(settings: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What a published file's name says of its head, where the settings say nothing."""
    reach = published_range(path.name)
    if reach is None or {"head", "max_depth"} & settings.keys():
        return dict(settings)
    return {**settings, "head": "metric", "max_depth": reach}


def _note(state: State, settings: Mapping[str, Any]) -> str:
    wanted = settings.get("encoder", "vits" if "width" not in settings else "an encoder of its own")
    return f" {wanted}: it looks like {likeness(state, BACKBONE) or 'no DINOv2 encoder at all'}"


def _from_folder(config: Path, state: State, settings: Mapping[str, Any], seed: int, path: Path) -> nn.Module:
    from huggingface_hub.errors import StrictDataclassError

    head = read_config(config, "depth_anything", "Depth Anything")
    encoder = head.pop("backbone_config", None)
    if not isinstance(encoder, dict) or encoder.get("model_type") != "dinov2":
        raise BadCheckpoint(f"{config} is not on a DINOv2 encoder", "its backbone_config must say so")
    if head.get("depth_estimation_type", "relative") == "relative":
        head["max_depth"] = 1
    try:
        model = depth_anything(head, {**encoder, "reshape_hidden_states": False}, seed)
        own = sizes_of(model.config)
        check_encoder(own)
        check_head(own)
    except (StrictDataclassError, ValueError, TypeError) as error:
        raise BadCheckpoint(f"no Depth Anything can be built of {config}: {error}") from error
    _compare(settings, own, config, state, seed)
    fill(model, state, path)
    return model


def _compare(settings: Mapping[str, Any], own: dict[str, Any], config: Path, state: State, seed: int) -> None:
    """A checkpoint's config decides; with sizes named that differ, the error tells which tensors would not fit them."""
    wanted = {"max_depth": None, **own} | named(settings)
    if any(wanted[name] != own.get(name) for name in wanted):
        other = _of_sizes({name: value for name, value in wanted.items() if value is not None}, seed)
        seen = f"it looks like {likeness(state, BACKBONE)}"
        compare(wanted, {"max_depth": None, **own}, config, [seen, *misfits(other, state)])
