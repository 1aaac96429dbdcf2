"""Which weights a trial's model gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchbench.catalog.contracts import Absent, Weights
from benchbench.errors import BadCheckpoint
from benchbench.types import Json, Trial


def chosen(found: Weights | Absent, trial: Trial, *, trained: bool) -> Weights:
    """The scale's checkpoint as it was `found`; random weights where it is absent or cannot fit, which changes no cost.

    With `trained`, only where the scale or the variant calls its checkpoint "random" there may be random ones: else
    raises BadCheckpoint.
    """
    if isinstance(found, Absent):
        misfit, remedy = found.reason, found.remedy
    elif found.kind == "random":
        return _random(trial.seed)
    elif trial.variant.architecture and trial.scale.name not in trial.variant.checkpoints:
        misfit, remedy = "its architecture is not the checkpoint's", "declare its own under `checkpoints:`"
    else:
        return found
    if trained:
        raise BadCheckpoint(f"no weights for '{trial.variant.name}' ({trial.origin.checkpoint}): {misfit}", remedy)
    return _random(trial.seed, misfit)


def filled(begun: Weights, surgery: Sequence[Mapping[str, Json]]) -> Weights:
    """What a subject's weights are after its steps: random ones that a training took further are trained ones."""
    taken = [entry["step"] for entry in surgery if entry.get("artifact")]
    if begun.kind != "random" or not taken:
        return begun
    return replace(begun, kind="trained", origin=f"{begun.origin}, trained by {taken[-1]}")


def _random(seed: int, why: str = "") -> Weights:
    return Weights("random", f"random, seed {seed}", None, "random weights" + (f": {why}" if why else ""))
