"""The tensors of a model's output, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchbench.errors import CannotRun

OUTPUTS = ("logits", "pred_boxes", "predicted_depth", "logits_per_image")
"""What predictions are made of. Everything else that a model hands out (hidden states, attentions) is left out."""


def output_names(output: Any) -> tuple[str, ...]:
    """Those of OUTPUTS that there are, else all tensors; `output` for a bare one. Raises CannotRun where none are."""
    from torch import Tensor

    if isinstance(output, Tensor):
        return ("output",)
    known = [name for name in OUTPUTS if isinstance(getattr(output, name, None), Tensor)]
    attributes = dict(output) if isinstance(output, Mapping) else getattr(output, "__dict__", {})
    found = known or [name for name, value in attributes.items() if isinstance(value, Tensor)]
    if not found:
        raise CannotRun(
            f"the model's output ({type(output).__name__}) has no tensors under a name",
            f"it should be a tensor, or have attributes such as {', '.join(OUTPUTS)}",
        )
    return tuple(found)


def output_of(output: Any, name: str) -> Any:
    """The tensor of this name; a bare tensor has any name."""
    from torch import Tensor

    if isinstance(output, Tensor):
        return output
    return getattr(output, name) if hasattr(output, name) else output[name]
