"""What makes two trials the same fact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from benchbench.types import Json, Settings, Trial, Use

WRITTEN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
TEACHER = "teacher"
"""The setting of a training step that names a variant."""


def key(trial: Trial, *, fingerprints: Mapping[str, str], versions: Mapping[str, str], environment: Settings) -> str:
    """The sha256 (hex) of everything a trial's numbers depend on, and of nothing else.

    Hashed are the declaration (recipe, architecture, checkpoint, input, probe, condition, seed), the fingerprints of
    weights and data, the versions of the code involved (probe, family, steps, preprocessing) and the environment as
    given: nothing for counts, which are equal everywhere; hardware, libraries and threads for times and memory; the
    libraries alone for scores, since hardware moves them by far less than their interval.

    Titles, notes, names, places and the document are not: renaming a variant measures nothing anew. A trial without
    a fingerprint named "data" reads no images: then its scale's dataset is left out and the size of its timing input
    counts; with one it is the other way round. A timed trial's ratio belongs to its reference: name that one's recipe
    among the fingerprints too.
    """
    parts: dict[str, Json] = {
        "declaration": _declaration(trial, "data" in fingerprints),
        "fingerprints": dict(fingerprints),
        "versions": dict(versions),
        "environment": dict(environment),
    }
    return sha256(WRITTEN(parts).encode("ascii")).hexdigest()


def _declaration(trial: Trial, reads_data: bool) -> Json:
    scale, variant, probe = trial.scale, trial.variant, trial.probe
    declared: dict[str, Json] = {
        "family": scale.family,
        "checkpoint": trial.origin.checkpoint,
        "architecture": [dict(scale.architecture), dict(variant.architecture)],
        "calibration": recipe(scale.calibration) if scale.calibration and variant.steps else None,
        "input": dict(scale.input),
        "steps": [recipe(step) for step in variant.steps],
        "probe": [probe.name, dict(probe.settings)],
        "condition": dict(vars(probe.condition)),
        "seed": trial.seed,
    }
    if variant.external:
        declared["external"] = variant.external
    if reads_data:
        return declared | {"dataset": recipe(scale.dataset)}
    return declared | {"timing": list(scale.timing)}


def recipe(use: Use) -> Json:
    """A step, dataset or probe as it was asked for, without its place; a teacher is its recipe, whatever its name."""
    if use.teacher is None:
        return [use.name, dict(use.settings)]
    settings = {name: value for name, value in use.settings.items() if name != TEACHER}
    taught_by: list[Json] = [[recipe(step) for step in use.teacher.steps], dict(use.teacher.architecture)]
    own: list[Json] = [dict(use.teacher.checkpoints)] if use.teacher.checkpoints else []
    return [use.name, settings, taught_by + own]
