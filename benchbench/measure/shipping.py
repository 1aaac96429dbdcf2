"""Recovered weights made small enough to ship."""

from __future__ import annotations

from pathlib import Path

from benchbench.errors import BadCheckpoint
from benchbench.measure.artifacts import Artifact, Artifacts


def ship(artifact: Artifact, folder: Path) -> Artifact:
    """Write an artifact into another folder with its tensors in float16, half the size and three digits.

    Raises BadCheckpoint for a tensor whose range is too wide for that.
    """
    from safetensors.torch import load_file

    found = load_file(artifact.weights)
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in found.items()}
    wide = [name for name, tensor in halves.items() if tensor.is_floating_point() and not bool(tensor.isfinite().all())]
    if wide:
        raise BadCheckpoint(f"{artifact.weights}: '{wide[0]}' does not fit into float16")
    return Artifacts(folder).keep(artifact.card.key, halves, artifact.card)
