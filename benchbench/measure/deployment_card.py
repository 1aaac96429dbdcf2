"""What a machine can read of an exported model: how it was made, what goes in, what comes out, what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from inspect import Parameter
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from benchbench import __version__
from benchbench.catalog.contracts import Family
from benchbench.catalog.shelf import settings_of
from benchbench.measure.cuts import parameters
from benchbench.measure.deployed import CARD, README, SCHEMA
from benchbench.measure.deployment import TOLERANCES, Deployment, Written
from benchbench.measure.environment import environment
from benchbench.measure.recoveries import words
from benchbench.measure.shelves import keywords
from benchbench.measure.versions import installed, versions
from benchbench.types import Json, Settings, Use

LIBRARIES = ("onnx", "onnxruntime", "onnxscript", "safetensors")
LABEL = "LABEL_"
"""How transformers calls a class that nobody has named."""


def card_of(deployment: Deployment, written: Written) -> dict[str, Json]:
    """The card of a folder that holds everything but the card and the page."""
    trial, subject = deployment.trial, deployment.subject
    return {
        "schema": SCHEMA,
        "format": deployment.export.format,
        **deployment.export.story,
        "variant": trial.variant.name,
        "title": trial.variant.title,
        "scale": trial.scale.name,
        "family": trial.scale.family,
        "task": deployment.workshop.family.task,
        "seed": trial.seed,
        "weights": _weights(deployment),
        "architecture": keywords({**trial.scale.architecture, **trial.variant.architecture}),  # type: ignore[dict-item]
        "steps": [_step(use) for use in trial.variant.steps],
        "surgery": list(subject.surgery),
        "recovery": words(trial.variant, deployment.workshop.shelves.steps),
        "parameters": parameters(subject.model),
        "opens_with_transformers": written.stock,
        "input": _input(deployment, written),
        "outputs": [_tensor(name, tensor) for name, tensor in written.outputs.items()],
        "classes": classes(subject.model),
        "deviation": _deviation(deployment, written),
        "numbers": [dict(each) for each in deployment.export.known],
        "files": _files(deployment.export.folder),
        "made": {"by": f"benchbench {__version__}", "at": datetime.now(UTC).isoformat(timespec="seconds")},
        "machine": {name: environment(1)[name] for name in ("cpu", "os") if name in environment(1)},
        "versions": {**versions(trial, deployment.workshop.shelves), **{name: installed(name) for name in LIBRARIES}},
        "licence": _licence(deployment),
    }


def _weights(deployment: Deployment) -> dict[str, Json]:
    weights = deployment.weights
    return {"kind": weights.kind, "fingerprint": weights.fingerprint, "origin": weights.origin}


def _step(use: Use) -> Json:
    told: dict[str, Json] = {"step": use.name, "settings": dict(use.settings)}
    return told | ({"teacher": use.teacher.name} if use.teacher is not None else {})


def _input(deployment: Deployment, written: Written) -> dict[str, Json]:
    """Names, dtypes and sizes, and how a picture becomes them."""
    family, free = deployment.workshop.family, written.free or {}
    tensors = [_tensor(name, each, free.get(name, ())) for name, each in deployment.inputs.items()]
    settings = preprocessing(family, deployment.trial.scale.input)
    told = "a picture, (height, width, 3) uint8 RGB, by `prepare` of the family with these settings"
    return {
        "tensors": list(tensors),
        "layout": "channels first: batch, channel (red, green, blue), height, width",
        "from": told,
        "preprocessing": settings,
        "normalisation": normalisation(family, deployment.trial.scale.input, deployment.trial.scale.timing),
    }


def _tensor(name: str, tensor: Tensor, free: tuple[int, ...] = ()) -> dict[str, Json]:
    sizes: list[Json] = ["any" if axis in free else size for axis, size in enumerate(tensor.shape)]
    made: dict[str, Json] = {"shape": sizes, "made_with": list(tensor.shape)} if free else {"shape": sizes}
    return {"name": name, "dtype": str(tensor.dtype).removeprefix("torch."), **made}


def preprocessing(family: Family, given: Settings) -> dict[str, Json]:
    """Every setting of the family's `prepare`, also those left as they are."""
    found = settings_of(family.prepare)
    own = {name: each.default for name, each in found.items() if each.default is not Parameter.empty}
    return {**own, **keywords(given)}


def normalisation(family: Family, given: Settings, size: tuple[int, int]) -> dict[str, Json]:
    """Mean and deviation of each channel in 0..1, read off what becomes of a black and of a white picture."""
    black, white = (family.prepare(np.full((*size, 3), value, np.uint8), **keywords(given)) for value in (0, 255))
    deviation = 1 / (white - black).flatten(1).double().mean(1)
    mean = -black.flatten(1).double().mean(1) * deviation
    told = {"mean": mean, "deviation": deviation}
    return {name: [round(float(each), 6) for each in values] for name, values in told.items()}


def classes(model: Any) -> list[Json] | None:
    """The names of a model's classes, in the order of its logits; None where nobody named them."""
    names: Mapping[int, str] = getattr(getattr(model, "config", None), "id2label", None) or {}
    found = [str(names[key]) for key in sorted(names)]
    return None if not found or all(name.startswith(LABEL) for name in found) else [*found]


def _deviation(deployment: Deployment, written: Written) -> dict[str, Json]:
    told: dict[str, Json] = {
        "from": "the eager PyTorch model in float32, on random input",
        "largest_relative_to_the_largest_value": written.deviation,
        "notes": list(written.notes),
    }
    quantised = deployment.converted is not None
    return told | {"tolerance": None if quantised else TOLERANCES[deployment.export.format]}


def _files(folder: Path) -> list[Json]:
    found: list[Json] = []
    for path in sorted(folder.iterdir()):
        if path.name not in (CARD, README):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found.append({"name": path.name, "bytes": path.stat().st_size, "sha256": digest})
    return found


def _licence(deployment: Deployment) -> str:
    """What may be said of rights without knowing them."""
    if deployment.weights.kind == "random":
        return "weights are random: nobody's"
    origin = deployment.weights.origin
    return f"the weights come from {origin}: its licence holds for them; this card grants nothing"
