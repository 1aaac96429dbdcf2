"""Making the model: the encoder random or from a checkpoint, each tensor accounted for, the head always fresh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchbench.catalog.checkpoints import config_beside
from benchbench.catalog.contracts import Weights
from benchbench.catalog.depth.architecture import (
    ENCODER_SIZES,
    check_encoder,
    check_head,
    check_taps,
    encoder_config,
    encoder_sizes_of,
    head_config,
    head_of,
    metres,
    named,
    tapped,
)
from benchbench.catalog.depth.encoder_layout import check_heads, convert, likeness
from benchbench.catalog.depth.model import depth_anything
from benchbench.catalog.weight_files import State, compare, fill, read, read_config
from benchbench.errors import BadCheckpoint


def make(
    weights: Weights,
    seed: int,
    encoder: Mapping[str, Any],
    head: str,
    shape: Mapping[str, Any],
    max_depth: float | None,
) -> nn.Module:
    """Build and fill a model; `encoder` and `shape` are the sizes that were named. See `architecture.build`."""
    reach = metres(max_depth)
    if weights.path is None:
        return _headed(encoder_config(_sizes(encoder)), _sizes(encoder), head, shape, reach, seed)
    state = convert(read(weights.path))
    beside = config_beside(weights.path)
    if beside:
        config, sizes = _of_folder(beside, encoder, state)
        note = ""
    else:
        sizes = _sizes(encoder)
        config, note = encoder_config(sizes), _note(encoder, state)
    model = _headed(config, sizes, head, shape, reach, seed)
    fill(model.get_submodule("backbone"), state, weights.path, note)
    if not beside:
        check_heads(state, sizes["heads"], weights.path)
    return model


def _sizes(encoder: Mapping[str, Any]) -> dict[str, Any]:
    """All sizes of an encoder, those not named as in ViT-S. Raises ValueError for impossible ones."""
    found = named({"encoder": "vits", **encoder})
    found.setdefault("ffn", 4 * found["width"])
    check_encoder(found)
    return {name: found[name] for name in ENCODER_SIZES}


def _headed(
    config: Mapping[str, Any],
    sizes: Mapping[str, Any],
    head: str,
    shape: Mapping[str, Any],
    reach: int | None,
    seed: int,
) -> nn.Module:
    if head == "linear":
        return _linear(config, sizes, shape, reach, seed)
    if head != "dpt":
        raise ValueError(f"unknown head '{head}'; known: dpt, linear")
    found = {**sizes, **head_of(sizes), **shape}
    check_head(found)
    return depth_anything(head_config(found, reach), tapped(config, found["taps"]), seed)


def _linear(
    config: Mapping[str, Any], sizes: Mapping[str, Any], shape: Mapping[str, Any], reach: int | None, seed: int
) -> nn.Module:
    from transformers import Dinov2Config

    from benchbench.catalog.families.dinov2.linear import LinearDepth, LinearDepthConfig

    wrong = sorted(shape.keys() - {"taps"})
    if wrong:
        raise ValueError(f"a linear head has no {', '.join(wrong)}")
    taps = shape.get("taps", [sizes["layers"] - 1])
    check_taps(taps, sizes["layers"])
    backbone = Dinov2Config.from_dict(tapped(config, taps))
    kind = "relative" if reach is None else "metric"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LinearDepth(LinearDepthConfig(backbone, sizes["patch"], kind, reach or 1))
    return model.float().eval()


def _note(encoder: Mapping[str, Any], state: State) -> str:
    wanted = encoder.get("encoder", "vits" if "width" not in encoder else "an encoder of its own")
    return f" {wanted}: it looks like {likeness(state) or 'no DINOv2 encoder at all'}"


def _of_folder(path: Path, encoder: Mapping[str, Any], state: State) -> tuple[dict[str, Any], dict[str, Any]]:
    """The encoder's config and sizes; what a suite names besides must agree with them."""
    from huggingface_hub.errors import StrictDataclassError
    from transformers import Dinov2Config

    config = read_config(path, "dinov2", "DINOv2 encoder")
    try:
        sizes = encoder_sizes_of(Dinov2Config.from_dict(dict(config)))
        check_encoder(sizes)
    except (StrictDataclassError, ValueError, TypeError) as error:
        raise BadCheckpoint(f"no DINOv2 encoder can be built of {path}: {error}") from error
    wanted = {name: value for name, value in named(encoder).items() if name in sizes}
    compare(wanted, sizes, path, [f"it looks like {likeness(state)}"])
    return config, sizes
