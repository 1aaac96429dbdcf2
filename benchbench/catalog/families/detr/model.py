"""Making the model: random or from a checkpoint, each tensor accounted for."""

from __future__ import annotations

import argparse
import json
import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.detr.anatomy import FROZEN
from benchbench.catalog.families.detr.architecture import check, config_of, named, sizes, sizes_of
from benchbench.catalog.families.detr.checkpoints import config_beside
from benchbench.catalog.families.detr.detections import category_ids
from benchbench.catalog.families.detr.layouts import convert
from benchbench.errors import BadCheckpoint, BenchbenchError

_TIMM = {"resnet18": "resnet-18", "resnet34": "resnet-34", "resnet50": "resnet-50", "resnet101": "resnet-101"}
_SHOWN = 12


def make(weights: Weights, seed: int, settings: dict[str, Any]) -> nn.Module:
    """Build and fill a model; `settings` are only the sizes that were named. See `architecture.build`."""
    if weights.path is None:
        return _constructed(config_of(sizes(settings)), seed)
    beside = config_beside(weights.path)
    model = _from_config(beside, settings, seed) if beside else _constructed(config_of(sizes(settings)), seed)
    _fill(model, convert(_read(weights.path)), weights.path)
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
    _compare(named(settings), own, path)
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
    return model.float().eval()


def _read_config(path: Path) -> dict[str, Any]:
    """A config.json as the keys of a DetrConfig that needs no timm. Raises BadCheckpoint."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadCheckpoint(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict) or config.get("model_type") != "detr":
        raise BadCheckpoint(f"{path} is not the config of a DETR", "its model_type must be 'detr'")
    if config.get("dilation"):
        raise BadCheckpoint(f"{path} asks for a dilated last stage (DC5)", "only timm builds it; use an undilated one")
    config = {name: value for name, value in config.items() if name not in ("dtype", "torch_dtype", "backbone_kwargs")}
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


def _compare(wanted: dict[str, Any], own: dict[str, Any], path: Path) -> None:
    """A checkpoint's config decides; what a suite names besides must agree with it."""
    differing = [f"{name} {wanted[name]} named, {own[name]} there" for name in wanted if wanted[name] != own[name]]
    if differing:
        raise BadCheckpoint(f"{path} is of another architecture: {'; '.join(differing)}", "correct `architecture`")


def _read(path: Path) -> dict[str, Tensor]:
    """A state dict from safetensors or a pickle of tensors alone. Raises BadCheckpoint."""
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as error:
            raise BadCheckpoint(f"{path} cannot be read: {error}", "fetch it anew") from error
    return _state_of(_unpickled(path), path)


def _unpickled(path: Path) -> Any:
    """The original's training checkpoints hold their command line, an argparse.Namespace: nothing else is let in."""
    try:
        with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Detected pickle protocol", category=UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error))
        reason = f"it asks for {named[1]}, which is code" if named else "its pickle is damaged or holds other things"
        hint = "only files of tensors are opened: nothing in a checkpoint may run"
        raise BadCheckpoint(f"{path} is not a plain file of tensors: {reason}", hint) from error
    except (RuntimeError, EOFError, OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise BadCheckpoint(
            f"{path} cannot be read: {type(error).__name__} {error}".rstrip(), "fetch it anew"
        ) from error


def _state_of(found: Any, path: Path) -> dict[str, Tensor]:
    state = found.get("model", found) if isinstance(found, Mapping) else found
    if not isinstance(state, Mapping) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise BadCheckpoint(f"{path} holds no state dict", "expected tensors by name, at the top or under 'model'")
    return dict(state)


def _fill(model: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Copy every tensor into its place, as float32. Raises BadCheckpoint listing all that have none."""
    own = model.state_dict()
    shapes = [
        f"{name}: {tuple(state[name].shape)} in the file, {tuple(own[name].shape)} in the model"
        for name in own.keys() & state.keys()
        if state[name].shape != own[name].shape
    ]
    complaints = [
        _listed("missing", own.keys() - state.keys()),
        _listed("unexpected", state.keys() - own.keys()),
        _listed("of another shape", shapes),
    ]
    if any(complaints):
        hint = "name the checkpoint's sizes under `architecture`, or give another checkpoint"
        raise BadCheckpoint(f"{path} does not fit: " + "; ".join(filter(None, complaints)), hint)
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})


def _listed(what: str, names: Iterable[str]) -> str:
    found = sorted(names)
    rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{len(found)} {what}: {', '.join(found[:_SHOWN])}{rest}" if found else ""
