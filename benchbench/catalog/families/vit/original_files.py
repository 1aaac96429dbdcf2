"""A model from the original's .npz file: sized by its arrays, each of them looked at before it is unpacked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchbench.catalog import npz_files
from benchbench.catalog.families.vit.architecture import config_of, is_hybrid, named, sizes
from benchbench.catalog.families.vit.entry import Entry
from benchbench.catalog.families.vit.original import POSITIONS, arrays, grid_of, is_linen, published_name, sizes_in
from benchbench.catalog.families.vit.positions import resampled
from benchbench.catalog.families.vit.transformer import constructed, constructed_hybrid, represent
from benchbench.catalog.weight_files import HINT, compare
from benchbench.errors import BadCheckpoint

_SHOWN = 4
_BESIDE_RESNET = ("classes", "layers", "heads", "mlp")


def opened(path: Path, settings: Mapping[str, Any], seed: int) -> nn.Module:
    """The model of a file, whose sizes are its own; what is named besides must agree, but for the size of the image.

    Raises BadCheckpoint naming every array that is missing, unexpected or of another shape.
    """
    linen = is_linen(heads := npz_files.headers(path))
    names = {(published_name(name) if linen else name): name for name in heads}
    shapes = {name: heads[written].shape for name, written in names.items()}
    model = _sized(path, shapes, settings, seed)
    if "pre_logits/bias" in shapes:
        represent(model, shapes["pre_logits/bias"][0])
    entries = arrays(model)
    _refuse_misfits(path, shapes, entries)
    _fill(entries, {written: name for name, written in names.items()}, path)
    return model


def _sized(path: Path, shapes: Mapping[str, tuple[int, ...]], settings: Mapping[str, Any], seed: int) -> nn.Module:
    """An unfilled model of the file's sizes, for images of the size that is named."""
    found = sizes_in(shapes)
    if is_hybrid(settings):
        own: dict[str, Any] = {name: found[name] for name in _BESIDE_RESNET if name in found}
        compare({name: settings[name] for name in own if name in settings}, own, path)
        model = constructed_hybrid({**settings, **own}, seed, grid_of(shapes.get(POSITIONS, (1, 0, 0))))
    else:
        wanted = named(settings)
        compare({name: wanted[name] for name in found if name in wanted and name != "image"}, found, path)
        try:
            model = constructed(config_of(sizes({**found, **wanted})), seed)
        except ValueError as error:
            raise BadCheckpoint(f"no Vision Transformer can be built of {path}: {error}") from error
    return model


def _refuse_misfits(path: Path, shapes: Mapping[str, tuple[int, ...]], entries: Mapping[str, Entry]) -> None:
    other = [
        f"{name}: {shapes[name]} in the file, {entry.shape} in the model"
        for name, entry in entries.items()
        if name in shapes and not _fits(name, entry, shapes[name])
    ]
    complaints = (
        _listed("missing", entries.keys() - shapes.keys()),
        _listed("unexpected", shapes.keys() - entries.keys()),
        _listed("of another shape", other),
    )
    if any(complaints):
        raise BadCheckpoint(f"{path} does not fit: " + "; ".join(filter(None, complaints)), HINT)


def _fits(name: str, entry: Entry, shape: tuple[int, ...]) -> bool:
    """Position embeddings of another size of image are resampled."""
    if name == POSITIONS:
        return len(shape) == 3 and (shape[0], shape[2]) == (entry.shape[0], entry.shape[2])
    return entry.fits(shape)


def _listed(what: str, names: Iterable[str]) -> str:
    found = sorted(names)
    rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{len(found)} {what}: {', '.join(found[:_SHOWN])}{rest}" if found else ""


@torch.no_grad()
def _fill(entries: Mapping[str, Entry], names: Mapping[str, str], path: Path) -> None:
    for written, array in npz_files.read(path, names):
        name, entry = names[written], entries[names[written]]
        own = array.astype("float32", copy=False)
        entry.tensor.copy_(entry.read(resampled(own, grid_of(entry.shape)) if name == POSITIONS else own))
