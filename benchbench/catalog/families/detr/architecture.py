"""DETR's sizes: the settings a suite may name, and the transformers config they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from benchbench.catalog.contracts import Weights
from benchbench.catalog.possible_sizes import check_counts

if TYPE_CHECKING:
    from torch import nn

Backbone = Literal["resnet-18", "resnet-34", "resnet-50", "resnet-101"]

_DEPTHS: dict[str, list[int]] = {
    "resnet-18": [2, 2, 2, 2],
    "resnet-34": [3, 4, 6, 3],
    "resnet-50": [3, 4, 6, 3],
    "resnet-101": [3, 4, 23, 3],
}
_BASIC = ("resnet-18", "resnet-34")
_ORIGINAL: dict[str, Any] = {
    "d_model": 256,
    "heads": 8,
    "encoder_layers": 6,
    "decoder_layers": 6,
    "ffn": 2048,
    "queries": 100,
    "num_labels": 91,
}


def build(
    weights: Weights,
    *,
    seed: int,
    backbone: Backbone | None = None,
    d_model: int | None = None,
    heads: int | None = None,
    encoder_layers: int | None = None,
    decoder_layers: int | None = None,
    ffn: int | None = None,
    queries: int | None = None,
    num_labels: int | None = None,
    stem: int | None = None,
    widths: list[int] | None = None,
    depths: list[int] | None = None,
) -> nn.Module:
    """A DetrForObjectDetection in float32 and eval mode; stem and first stage frozen, as the original trains it.

    None is the checkpoint's own size, or the original DETR-R50's where weights are random or the checkpoint is of the
    original layout, which carries no config. `widths` are the output channels of the ResNet's stages, `depths` their
    blocks. Raises BadCheckpoint for a checkpoint that does not fit; ValueError for sizes that cannot be built.
    """
    from benchbench.catalog.families.detr.model import make

    settings = {
        "backbone": backbone,
        "d_model": d_model,
        "heads": heads,
        "encoder_layers": encoder_layers,
        "decoder_layers": decoder_layers,
        "ffn": ffn,
        "queries": queries,
        "num_labels": num_labels,
        "stem": stem,
        "widths": widths,
        "depths": depths,
    }
    return make(weights, seed, {name: value for name, value in settings.items() if value is not None})


def sizes(settings: dict[str, Any]) -> dict[str, Any]:
    """All sizes of an architecture, those not named as in the original. Raises ValueError for impossible ones."""
    found = {**_ORIGINAL, **named({"backbone": "resnet-50", **settings})}
    check(found)
    return found


def named(settings: dict[str, Any]) -> dict[str, Any]:
    """The sizes that settings fix: those named, and those of the ResNet they name."""
    backbone = settings.get("backbone")
    if backbone is None:
        return settings
    if backbone not in _DEPTHS:
        raise ValueError(f"unknown backbone '{backbone}'; known: {', '.join(_DEPTHS)}")
    basic = backbone in _BASIC
    resnet = {
        "layer_type": "basic" if basic else "bottleneck",
        "stem": 64,
        "widths": [64, 128, 256, 512] if basic else [256, 512, 1024, 2048],
        "depths": _DEPTHS[backbone],
    }
    return resnet | {name: value for name, value in settings.items() if name != "backbone"}


def check(found: dict[str, Any]) -> None:
    """Raises ValueError, saying the arithmetic, for sizes of which no DETR can be built."""
    # No encoder at all is a row of the original's table 2.
    counts = {name: value + (name == "encoder_layers") for name, value in found.items() if isinstance(value, int)}
    counts |= {name: min(found[name], default=0) for name in ("widths", "depths")}
    check_counts(counts, counts)
    if len(found["widths"]) != len(found["depths"]):
        raise ValueError(f"{len(found['widths'])} widths for {len(found['depths'])} depths of ResNet stages")
    d_model, heads = found["d_model"], found["heads"]
    if d_model % heads:
        rest = d_model % heads
        raise ValueError(f"d_model {d_model} cannot be split into {heads} heads ({d_model} mod {heads} = {rest})")
    if d_model % 4:
        raise ValueError(f"d_model {d_model} is not a multiple of 4, as the sine position code needs")


def config_of(found: dict[str, Any]) -> dict[str, Any]:
    """The sizes as the keys of a transformers DetrConfig."""
    resnet = {
        "model_type": "resnet",
        "embedding_size": found["stem"],
        "hidden_sizes": list(found["widths"]),
        "depths": list(found["depths"]),
        "layer_type": found["layer_type"],
        "out_features": [f"stage{len(found['widths'])}"],
    }
    return {
        "model_type": "detr",
        "use_timm_backbone": False,
        "backbone_config": resnet,
        "d_model": found["d_model"],
        "encoder_attention_heads": found["heads"],
        "decoder_attention_heads": found["heads"],
        "encoder_layers": found["encoder_layers"],
        "decoder_layers": found["decoder_layers"],
        "encoder_ffn_dim": found["ffn"],
        "decoder_ffn_dim": found["ffn"],
        "num_queries": found["queries"],
        "num_labels": found["num_labels"],
    }


def sizes_of(config: Any) -> dict[str, Any]:
    """The way back: the sizes a DetrConfig holds, under the names of the settings; heads are the encoder's."""
    resnet = config.backbone_config
    return {
        "d_model": config.d_model,
        "heads": config.encoder_attention_heads,
        "encoder_layers": config.encoder_layers,
        "decoder_layers": config.decoder_layers,
        "ffn": config.encoder_ffn_dim,
        "queries": config.num_queries,
        "num_labels": config.num_labels,
        "stem": resnet.embedding_size,
        "widths": list(resnet.hidden_sizes),
        "depths": list(resnet.depths),
        "layer_type": resnet.layer_type,
    }
