"""What concerns several processes, or one that trains more than once: accelerate's state, and agreement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import torch

from benchbench.catalog.training.recipe import Recipe
from benchbench.errors import CannotTrain

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import Tensor

_FLOAT32 = "write precision: float32, or train on a GPU"
_PRECISION: dict[str, Literal["no", "bf16", "fp16"]] = {"float32": "no", "bf16": "bf16", "fp16": "fp16"}


def accelerator_for(recipe: Recipe) -> Accelerator:
    """A fresh one for this recipe, on the GPU where there is one. Raises CannotTrain for a precision it cannot give."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState, GradientState
    from accelerate.utils import DistributedDataParallelKwargs, GradientAccumulationPlugin

    # Both are kept for the life of a process, and the next training may want another precision.
    AcceleratorState._reset_state()
    GradientState._reset_state()
    try:
        # Parameters that a loss does not reach (a mask token, a head without its term) must not stop the others.
        reached = DistributedDataParallelKwargs(find_unused_parameters=True)
        # A plugin, since a bare number yields to an environment variable.
        parts = GradientAccumulationPlugin(num_steps=recipe.accumulate, sync_with_dataloader=False)
        made = Accelerator(
            mixed_precision=_PRECISION[recipe.precision], gradient_accumulation_plugin=parts, kwargs_handlers=[reached]
        )
    except ValueError as error:
        raise CannotTrain(f"precision: {error}", _FLOAT32) from error
    if recipe.precision != "float32" and not made.native_amp:
        # accelerate would train in float32 and say nothing.
        raise CannotTrain(f"precision: '{recipe.precision}' cannot be had on '{made.device.type}'", _FLOAT32)
    share_of(made, recipe.batch)
    return made


def share_of(accelerator: Accelerator, batch: int) -> int:
    """How many images of a batch each process takes. Raises CannotTrain where they cannot share it evenly."""
    processes = int(accelerator.num_processes)
    own, rest = divmod(batch, processes)
    if rest:
        raise CannotTrain(f"batch: {batch} images cannot be shared among {processes} processes")
    return own


def mean(accelerator: Accelerator, value: Tensor) -> float:
    """Over all processes, so that all see the same; not finite as soon as one's is not."""
    return float(accelerator.reduce(value, "mean"))


def agreed(accelerator: Accelerator, wish: bool) -> bool:
    """Whether any process wishes it: all stop at the same step, or none."""
    if accelerator.num_processes == 1:
        return wish
    return bool(accelerator.reduce(torch.tensor(float(wish), device=accelerator.device), "sum") > 0)


@contextmanager
def alone() -> Iterator[None]:
    """Leave torch's generators as they are found, and gradients on whatever surrounds the training."""
    device = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=device), torch.inference_mode(False), torch.enable_grad():
        yield
