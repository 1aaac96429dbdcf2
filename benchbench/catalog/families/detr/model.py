"""Making the model: random or from a checkpoint, each tensor accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchbench.catalog.checkpoints import config_beside
from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.detr.anatomy import FROZEN
from benchbench.catalog.families.detr.architecture import check, config_of, named, sizes, sizes_of
from benchbench.catalog.families.detr.detections import category_ids
from benchbench.catalog.families.detr.layouts import convert
from benchbench.catalog.families.detr.loss import keep_layers
from benchbench.catalog.weight_files import compare, fill, read, read_config
from benchbench.errors import BadCheckpoint, BenchbenchError

_TIMM = {"resnet18": "resnet-18", "resnet34": "resnet-34", "resnet50": "resnet-50", "resnet101": "resnet-101"}


def make(weights: Weights, seed: int, settings: dict[str, Any]) -> nn.Module:
    """Build and fill a model; `settings` are only the sizes that were named. See `architecture.build`."""
    if weights.path is None:
        return _constructed(config_of(sizes(settings)), seed)
    beside = config_beside(weights.path)
    model = _from_config(beside, settings, seed) if beside else _constructed(config_of(sizes(settings)), seed)
    fill(model, convert(read(weights.path)), weights.path)
    return model


def _from_config(path: Path, settings: dict[str, Any], seed: int) -> nn.Module:
    from huggingface_hub.errors import StrictDataclassError

    try:
        model = _constructed(_read_config(path), seed)
        own = sizes_of(model.config)
        check(own)
        category_ids(model.config)
    except (StrictDataclassError, ValueError) as error:
        raise BadCheckpoint(f"no DETR can be built of {path}: {error}") from error
    compare(named(settings), own, path)
    return model


def _constructed(config: dict[str, Any], seed: int) -> nn.Module:
    try:
        from transformers import DetrConfig, DetrForObjectDetection
    except ImportError as error:
        raise BenchbenchError(f"transformers has no DETR: {error}", "tested with transformers 5.23") from error
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: nn.Module = DetrForObjectDetection(DetrConfig.from_dict(config))
    for name, parameter in model.named_parameters():
        # transformers 5.23 looks for `stage.1` in names that read `stages.1`, and so freezes the whole ResNet.
        parameter.requires_grad_(not name.startswith(FROZEN))
    keep_layers(model)
    return model.float().eval()


def _read_config(path: Path) -> dict[str, Any]:
    """A config.json as the keys of a DetrConfig that needs no timm. Raises BadCheckpoint."""
    config = read_config(path, "detr", "DETR")
    if config.get("dilation"):
        raise BadCheckpoint(f"{path} asks for a dilated last stage (DC5)", "only timm builds it; use an undilated one")
    config.pop("backbone_kwargs", None)
    return config | _backbone(config, path) | {"use_timm_backbone": False}


def _backbone(config: dict[str, Any], path: Path) -> dict[str, Any]:
    """Transformers' own ResNet in the place of timm's, which has the same tensors under other names."""
    resnet = config.get("backbone_config") or {}
    if resnet.get("model_type") == "resnet":
        return {"backbone": None}
    name = resnet.get("backbone") or config.get("backbone") or "resnet50"
    if name not in _TIMM:
        raise BadCheckpoint(f"{path} has the backbone '{name}'", f"known: {', '.join(_TIMM)}")
    return {"backbone": None, "backbone_config": config_of(sizes({"backbone": _TIMM[name]}))["backbone_config"]}
