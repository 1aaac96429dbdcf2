"""Models and inputs where, and as what, a condition wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchbench.catalog.contracts import Family, Inputs
from benchbench.errors import BenchbenchError
from benchbench.types import Condition, Scale

if TYPE_CHECKING:
    from torch import nn


def finish(model: nn.Module, condition: Condition) -> None:
    """Eval mode, no gradients, on the condition's device, in its dtype. Raises BenchbenchError for what we lack."""
    if condition.device.startswith("cuda") and not torch.cuda.is_available():
        raise BenchbenchError(f"device '{condition.device}' is not there", "only 'cpu' is, in this environment")
    model.zero_grad(set_to_none=True)
    model.eval().to(condition.device, dtype_of(condition))


def placed(inputs: Inputs, condition: Condition) -> Inputs:
    """Inputs on the condition's device; floating-point ones in its dtype."""
    dtype = dtype_of(condition)
    return {
        name: each.to(condition.device, dtype if each.is_floating_point() else each.dtype)
        for name, each in inputs.items()
    }


def inputs_for(family: Family, scale: Scale, condition: Condition, seed: int) -> Inputs:
    """A batch of random input for cost probes, ready for the model."""
    return placed(family.example(condition.batch, *scale.timing, seed), condition)


def dtype_of(condition: Condition) -> torch.dtype:
    """The condition's dtype. Raises BenchbenchError for what torch does not know."""
    dtype = getattr(torch, condition.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise BenchbenchError(f"'{condition.dtype}' is no dtype of torch", "float32, float16 or bfloat16")
    return dtype
