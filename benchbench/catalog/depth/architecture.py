"""Sizes of a DINOv2 encoder and the DPT head on it: what a suite may name, and the transformers config they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from benchbench.catalog.possible_sizes import check_counts, check_multiples

Encoder = Literal["vits", "vitb", "vitl"]

PATCH, IMAGE, BRANCHES = 14, 518, 4
ENCODERS: dict[str, dict[str, Any]] = {
    "vits": {"width": 384, "layers": 12, "heads": 6, "taps": [2, 5, 8, 11]},
    "vitb": {"width": 768, "layers": 12, "heads": 12, "taps": [2, 5, 8, 11]},
    "vitl": {"width": 1024, "layers": 24, "heads": 16, "taps": [4, 11, 17, 23]},
}
"""DINOv2's encoders and the layers that Depth Anything V2's head taps, counted from 0 (depth_anything_v2/dpt.py)."""

HEADS: dict[str, dict[str, Any]] = {
    "vits": {"fusion": 64, "neck": [48, 96, 192, 384]},
    "vitb": {"fusion": 128, "neck": [96, 192, 384, 768]},
    "vitl": {"fusion": 256, "neck": [256, 512, 1024, 1024]},
}
"""Channels of Depth Anything V2's head on each encoder: behind the fusion, and of the four branches before it."""

ENCODER_SIZES = ("width", "layers", "heads", "ffn", "patch", "image")


def known(width: int, layers: int) -> str:
    """The encoder of these sizes; "" for one of our own."""
    return next((name for name, each in ENCODERS.items() if (each["width"], each["layers"]) == (width, layers)), "")


def named(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes that settings fix: those named, and those of the encoder they name. Raises ValueError."""
    encoder = settings.get("encoder")
    if encoder is None:
        return dict(settings)
    if encoder not in ENCODERS:
        raise ValueError(f"unknown encoder '{encoder}'; known: {', '.join(ENCODERS)}")
    own = {name: value for name, value in settings.items() if name != "encoder"}
    found = {**ENCODERS[encoder], **HEADS[encoder], "patch": PATCH, "image": IMAGE, **own}
    if "taps" not in own and "layers" in own:
        found["taps"] = spread(found["layers"])
    return found


def sizes(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All sizes of an encoder and its DPT head, those not named as in ViT-S. Raises ValueError for impossible ones."""
    found = {"head_hidden": 32, **named({"encoder": "vits", **settings})}
    found.setdefault("ffn", 4 * found["width"])
    check_encoder(found)
    check_head(found)
    return found


def head_of(encoder: Mapping[str, Any]) -> dict[str, Any]:
    """Taps and channels of a DPT head for an encoder: Depth Anything V2's, where it is one of DINOv2's.

    Others get taps evenly spread and branches of 1/4, 1/2, 2/3 and all of the width, fused at a third of it: in the
    proportions of the large ones, the head of a small encoder would starve.
    """
    width, layers = encoder["width"], encoder["layers"]
    name = known(width, layers)
    if name:
        return {**HEADS[name], "taps": ENCODERS[name]["taps"], "head_hidden": 32}
    fusion = max(2, width // 3)
    neck = [max(1, width * share // 12) for share in (3, 6, 8, 12)]
    return {"taps": spread(layers), "neck": neck, "fusion": fusion, "head_hidden": min(32, fusion)}


def spread(layers: int) -> list[int]:
    """Four taps evenly spread, the last on the last layer: 12 layers give 2, 5, 8, 11 and 4 give 0, 1, 2, 3."""
    return [(index + 1) * layers // BRANCHES - 1 for index in range(BRANCHES)]


def check_encoder(found: Mapping[str, Any]) -> None:
    """Raises ValueError, saying the arithmetic, for sizes of which no encoder can be built."""
    check_counts(found, ENCODER_SIZES)
    rules = (
        ("width", "heads", "cannot be split into {} heads"),
        ("ffn", "width", "is no multiple of the width {}, as transformers' mlp_ratio must be whole"),
        ("image", "patch", "is no multiple of the patch {}"),
    )
    check_multiples(found, rules)


def check_head(found: Mapping[str, Any]) -> None:
    """Raises ValueError for a DPT head that cannot be built, or that taps layers which are not there."""
    taps, neck = found["taps"], found["neck"]
    if len(taps) != BRANCHES:
        raise ValueError(f"the DPT head takes exactly {BRANCHES} taps, {len(taps)} are named: {taps}")
    check_taps(taps, found["layers"])
    if len(neck) != BRANCHES or min(neck) < 1:
        raise ValueError(f"neck must be {BRANCHES} widths of at least 1: {neck}")
    if found["fusion"] < 2 or found["head_hidden"] < 1:
        raise ValueError("fusion must be at least 2 and head_hidden at least 1")


def check_taps(taps: Sequence[int], layers: int) -> None:
    """Raises ValueError unless the taps are distinct, ascending and within 0 to layers - 1."""
    if not taps or min(taps) < 0 or max(taps) >= layers:
        raise ValueError(f"taps {list(taps)} are not all within the layers, 0 to {layers - 1}")
    if any(first >= second for first, second in pairwise(taps)):
        raise ValueError(f"taps must be distinct and ascending: {list(taps)}")


def encoder_config(found: Mapping[str, Any]) -> dict[str, Any]:
    """The encoder's sizes as the keys of a transformers Dinov2Config, a mask token included, as DINOv2 publishes it."""
    return {
        "model_type": "dinov2",
        "hidden_size": found["width"],
        "num_hidden_layers": found["layers"],
        "num_attention_heads": found["heads"],
        "mlp_ratio": found["ffn"] // found["width"],
        "patch_size": found["patch"],
        "image_size": found["image"],
    }


def tapped(encoder: Mapping[str, Any], taps: Sequence[int]) -> dict[str, Any]:
    """The keys of a Dinov2Config whose backbone hands out these layers' outputs, counted from 0, as tokens."""
    outputs = ("out_indices", "out_features", "stage_names", "dtype", "torch_dtype")
    kept = {name: value for name, value in encoder.items() if name not in outputs}
    return kept | {"out_indices": [tap + 1 for tap in taps], "reshape_hidden_states": False, "apply_layernorm": True}


def head_config(found: Mapping[str, Any], max_depth: int | None) -> dict[str, Any]:
    """The head's sizes as keys of a DepthAnythingConfig: metric up to `max_depth` metres, or relative for None."""
    return {
        "model_type": "depth_anything",
        "patch_size": found["patch"],
        "reassemble_hidden_size": found["width"],
        "neck_hidden_sizes": list(found["neck"]),
        "fusion_hidden_size": found["fusion"],
        "head_hidden_size": found["head_hidden"],
        "depth_estimation_type": "relative" if max_depth is None else "metric",
        "max_depth": 1 if max_depth is None else max_depth,
    }


def encoder_sizes_of(config: Any) -> dict[str, Any]:
    """The way back: the sizes a Dinov2Config holds, under the names of the settings."""
    return {
        "width": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "ffn": int(config.hidden_size * config.mlp_ratio),
        "patch": _side(config.patch_size),
        "image": _side(config.image_size),
    }


def _side(size: Any) -> int:
    if not isinstance(size, int):
        raise ValueError(f"patches and images must be squares, given by one side: {size}")
    return size


def sizes_of(config: Any) -> dict[str, Any]:
    """The sizes a DepthAnythingConfig holds; stage 0 of a backbone is its embedding, stage n the output of layer n."""
    encoder = config.backbone_config
    metric = config.depth_estimation_type == "metric"
    return {
        **encoder_sizes_of(encoder),
        "taps": [index % (encoder.num_hidden_layers + 1) - 1 for index in encoder.out_indices],
        "neck": list(config.neck_hidden_sizes),
        "fusion": config.fusion_hidden_size,
        "head_hidden": config.head_hidden_size,
        "head": config.depth_estimation_type,
        **({"max_depth": config.max_depth} if metric else {}),
    }


def metres(max_depth: float | None) -> int | None:
    """A metric head's range as transformers' config holds it. Raises ValueError unless it is whole and positive."""
    if max_depth is None:
        return None
    if max_depth != int(max_depth) or max_depth < 1:
        raise ValueError(f"max_depth {max_depth} must be a whole number of metres")
    return int(max_depth)
