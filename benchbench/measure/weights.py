"""Which weights a trial's model gets."""

from __future__ import annotations

from benchbench.catalog.contracts import Absent, Weights
from benchbench.errors import BadCheckpoint
from benchbench.types import Trial


def chosen(found: Weights | Absent, trial: Trial, *, trained: bool) -> Weights:
    """The scale's checkpoint as it was `found`; random weights where it is absent or cannot fit, which changes no cost.

    With `trained`, only a scale whose checkpoint is called "random" may have random ones: else raises BadCheckpoint.
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


def _random(seed: int, why: str = "") -> Weights:
    return Weights("random", f"random, seed {seed}", None, "random weights" + (f": {why}" if why else ""))
