"""A cut model on disk: its weights, and the surgery that an uncut one must undergo before they fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Family, Step, Subject, Weights
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadCheckpoint, BenchbenchError
from benchbench.types import Json
from benchbench.whole_files import whole

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.shelf import Shelf

WEIGHTS, SURGERY, SCHEMA = "model.safetensors", "surgery.json", 1


def save(subject: Subject, folder: Path, weights: Weights, architecture: Mapping[str, Json]) -> None:
    """Write `model.safetensors` and `surgery.json` into a folder, each whole or not at all.

    `weights` and `architecture` are what the family's `build` made the model of before it was cut.
    """
    from safetensors.torch import save_file

    story: dict[str, Json] = {
        "schema": SCHEMA,
        "family": subject.family.name,
        "family-version": subject.family.version,
        "weights": {"kind": weights.kind, "fingerprint": weights.fingerprint, "origin": weights.origin},
        "architecture": dict(architecture),
        "seed": subject.seed,
        "surgery": list(subject.surgery),
    }
    tensors = {name: tensor.contiguous() for name, tensor in subject.model.state_dict().items()}
    with whole(folder / WEIGHTS) as tensor_file, whole(folder / SURGERY) as story_file:
        # transformers opens no file whose header does not say whose tensors these are.
        save_file(tensors, tensor_file, metadata={"format": "pt"})
        story_file.write_text(json.dumps(story), encoding="utf-8")


def load(
    family: Family, folder: Path, steps: Mapping[str, Step] | Shelf[Step], weights: Weights | None = None
) -> Subject:
    """Rebuild the uncut model, repeat its surgery, load its weights: outputs equal the saved model's exactly.

    `weights` are those the saved model was made of, whose config it shares; none are needed where they were random.
    Raises BadCheckpoint for whatever does not fit, before any weight is read where the surgery is at fault.
    """
    place = folder / SURGERY
    story = _story(family, place)
    subject = Subject(model=_uncut(family, story, weights, place), family=family, seed=story["seed"])
    for number, entry in enumerate(story["surgery"]):
        try:
            steps[str(entry.get("step"))].reapply(subject, entry)
        except KeyError as error:
            raise BadCheckpoint(f"{place}: entry {number}: no step {error}") from error
        except BenchbenchError as error:
            raise BadCheckpoint(f"{place}: entry {number}: {error.what}", error.hint) from error
    _fill(subject.model, folder / WEIGHTS)
    return subject


def _story(family: Family, path: Path) -> dict[str, Any]:
    try:
        story = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: cannot be read: {error}") from error
    if not isinstance(story, dict) or story.get("schema") != SCHEMA:
        raise BadCheckpoint(f"{path}: not a surgery file of schema {SCHEMA}")
    if (story.get("family"), story.get("family-version")) != (family.name, family.version):
        found = f"{story.get('family')!r} version {story.get('family-version')!r}"
        raise BadCheckpoint(f"{path}: made with {found}, not with '{family.name}' version {family.version}")
    _refuse_misfits(story, path)
    return story


def _refuse_misfits(story: Mapping[str, Any], path: Path) -> None:
    kinds = {"weights": dict, "architecture": dict, "seed": int, "surgery": list}
    for name, kind in kinds.items():
        if not isinstance(story.get(name), kind):
            raise BadCheckpoint(f"{path}: '{name}' is missing or no {kind.__name__}")
    if not all(isinstance(entry, dict) for entry in story["surgery"]):
        raise BadCheckpoint(f"{path}: 'surgery' must be a list of entries")


def _uncut(family: Family, story: Mapping[str, Any], weights: Weights | None, path: Path) -> nn.Module:
    made_of = story["weights"]
    if weights is None and made_of.get("kind") == "random":
        weights = Weights("random", str(made_of.get("fingerprint")))
    if weights is None or weights.fingerprint != made_of.get("fingerprint"):
        origin = f"{made_of.get('origin')} ({str(made_of.get('fingerprint'))[:16]})"
        raise BadCheckpoint(f"{path}: the model was cut from {origin}", "give the same checkpoint")
    architecture = story["architecture"]
    if not (set(settings_of(family.build)) - {"seed"}).issuperset(architecture):
        raise BadCheckpoint(f"{path}: 'architecture' holds unknown settings of {family.name}")
    try:
        return family.build(weights, seed=story["seed"], **architecture)
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"{path}: 'architecture' cannot be built: {error}") from error


def _fill(model: nn.Module, path: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        model.load_state_dict(load_file(path), strict=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadCheckpoint(f"{path}: does not fit the model that its surgery leaves: {error}") from error
