"""A subject's forward pass as a call: what every cost probe measures."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Inputs, Subject


def forward_of(subject: Subject, inputs: Inputs) -> Callable[[], object]:
    """The call of the model alone on inputs that are ready; it records no gradients."""
    import torch

    model = subject.model

    def call() -> object:
        with torch.inference_mode():
            return model(**inputs)

    return call
