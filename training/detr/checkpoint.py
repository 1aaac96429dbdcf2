"""What a run must keep to go on as if it had never stopped."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer


@dataclass
class Progress:
    """phase: "dense" or "set". step: steps done in it. seconds: processor time spent on training so far."""

    phase: str = "dense"
    step: int = 0
    seconds: float = 0.0


def save(path: Path, model: nn.Module, optimiser: Optimizer, progress: Progress) -> None:
    """Atomic: a run that dies while saving leaves the checkpoint before."""
    unfinished = path.with_suffix(".part")
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "progress": vars(progress)}
    torch.save(state, unfinished)
    unfinished.replace(path)


def load(path: Path, model: nn.Module, optimiser: Optimizer | None, phase: str) -> Progress:
    """Fills the model, and the optimiser if the checkpoint is of the same phase."""
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    if optimiser is not None and state["progress"]["phase"] == phase:
        optimiser.load_state_dict(state["optimiser"])
    return Progress(**state["progress"])
