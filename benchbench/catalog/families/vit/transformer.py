"""Making transformers' ViT and DeiT of a config, with random weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from benchbench.catalog.families.vit.architecture import DEFAULT
from benchbench.catalog.parts import part
from benchbench.errors import BenchbenchError


def constructed(config: Mapping[str, Any], seed: int) -> nn.Module:
    """A ViTForImageClassification, or a DeiT with both heads where the config's model type says so; float32, eval.

    Raises what transformers raises for a config that it refuses.
    """
    try:
        from transformers import DeiTConfig, DeiTForImageClassificationWithTeacher, ViTConfig, ViTForImageClassification
    except ImportError as error:
        raise BenchbenchError(f"transformers has no ViT: {error}", "tested with transformers 5.23") from error
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: nn.Module
        if config["model_type"] == "deit":
            model = DeiTForImageClassificationWithTeacher(DeiTConfig.from_dict(dict(config)))
        else:
            model = ViTForImageClassification(ViTConfig.from_dict(dict(config)))
    return model.float().eval()


def constructed_hybrid(settings: Mapping[str, Any], seed: int, grid: int | None = None) -> nn.Module:
    """A hybrid, for images of the size that is named, or whose ResNet leaves `grid` patches along a side.

    Raises ValueError for what cannot be built.
    """
    from benchbench.catalog.families.vit.hybrid import hybrid, hybrid_config

    own = {name: value for name, value in settings.items() if name not in ("size", "classes", "image", "distilled")}
    if settings.get("distilled"):
        raise ValueError("a hybrid has no distillation token")
    classes = settings.get("classes", DEFAULT["classes"])
    image = settings.get("image", DEFAULT["image"])
    if grid and "image" not in settings:
        image = grid * hybrid_config(settings["size"], classes=classes, image=image, **own).patch_size
    return hybrid(settings["size"], classes=classes, image=image, seed=seed, **own)


def represent(model: Any, width: int) -> None:
    """Put the original's representation layer, a tanh behind it, before the head: models pre-trained without AugReg."""
    head = part(model, "classifier", nn.Linear)
    with torch.random.fork_rng(devices=[]):
        first, last = nn.Linear(head.in_features, width), nn.Linear(width, head.out_features)
    model.classifier = nn.Sequential(OrderedDict(pre_logits=first, activation=nn.Tanh(), head=last))
