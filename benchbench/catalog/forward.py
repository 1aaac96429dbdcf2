"""A subject's forward pass as a call: what every cost probe measures, and its seconds in the probes' unit."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.types import Condition


def forward_of(subject: Subject, inputs: Inputs) -> Callable[[], object]:
    """The call of the model alone on inputs that are ready; it records no gradients."""
    import torch

    def call() -> object:
        with torch.inference_mode():
            return subject.compute(**inputs)

    return call


def milliseconds(seconds: float, condition: Condition) -> float:
    """Milliseconds of one call, whatever its batch."""
    del condition
    return seconds * 1000
