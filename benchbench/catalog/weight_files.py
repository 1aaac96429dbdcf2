"""Reading files of weights without running anything in them, and filling a model so that every tensor is accounted for.

Imports torch: families load it when they build.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from benchbench.errors import BadCheckpoint

State = dict[str, Tensor]
HINT = "name the checkpoint's sizes under `architecture`, or give another checkpoint"
_SHOWN = 4


def read(path: Path) -> State:
    """A state dict from safetensors or a pickle of tensors alone. Raises BadCheckpoint."""
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as error:
            raise BadCheckpoint(f"{path} cannot be read: {error}", "fetch it anew") from error
    return _state_of(_unpickled(path), path)


def read_config(path: Path, model_type: str | Collection[str], title: str) -> dict[str, Any]:
    """A config.json of this `model_type`, or one of these, without the number format of its weights.

    Raises BadCheckpoint.
    """
    known = (model_type,) if isinstance(model_type, str) else tuple(model_type)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadCheckpoint(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict) or config.get("model_type") not in known:
        raise BadCheckpoint(
            f"{path} is not the config of a {title}", f"its model_type must be {' or '.join(map(repr, known))}"
        )
    return {name: value for name, value in config.items() if name not in ("dtype", "torch_dtype")}


def compare(wanted: Mapping[str, Any], own: Mapping[str, Any], path: Path, misfits: Iterable[str] = ()) -> None:
    """A checkpoint's config decides; what a suite names besides must agree with it. Raises BadCheckpoint."""
    differing = [f"{name} {wanted[name]} named, {own[name]} there" for name in wanted if wanted[name] != own[name]]
    if differing:
        found = "; ".join([*differing, *misfits])
        raise BadCheckpoint(f"{path} is of another architecture: {found}", "correct `architecture`")


def fill(model: nn.Module, state: Mapping[str, Tensor], path: Path, note: str = "") -> None:
    """Copy every tensor into its place, as float32. Raises BadCheckpoint listing all that have none, after `note`."""
    complaints = misfits(model, state)
    if complaints:
        raise BadCheckpoint(f"{path} does not fit{note}: " + "; ".join(complaints), HINT)
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})


def misfits(model: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """What keeps a state dict from being this model's: missing, unexpected and misshaped tensors, a line for each."""
    own = model.state_dict()
    shapes = [
        f"{name}: {tuple(state[name].shape)} in the file, {tuple(own[name].shape)} in the model"
        for name in own.keys() & state.keys()
        if state[name].shape != own[name].shape
    ]
    complaints = (
        _listed("missing", own.keys() - state.keys()),
        _listed("unexpected", state.keys() - own.keys()),
        _listed("of another shape", shapes),
    )
    return [complaint for complaint in complaints if complaint]


def _listed(what: str, names: Iterable[str]) -> str:
    found = sorted(names)
    rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{len(found)} {what}: {', '.join(found[:_SHOWN])}{rest}" if found else ""


def _unpickled(path: Path) -> Any:
    """Training checkpoints of DETR hold their command line, an argparse.Namespace: nothing else is let in."""
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


def _state_of(found: Any, path: Path) -> State:
    state = found.get("model", found) if isinstance(found, Mapping) else found
    if not isinstance(state, Mapping) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise BadCheckpoint(f"{path} holds no state dict", "expected tensors by name, at the top or under 'model'")
    return dict(state)
