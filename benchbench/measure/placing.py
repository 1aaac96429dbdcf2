"""Models and inputs where, and as what, a condition wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchbench.catalog.contracts import Family, Inputs
from benchbench.catalog.memory import available
from benchbench.errors import BenchbenchError, CannotRun
from benchbench.measure.devices import TF32, index_of, is_cuda, tf32, unfit
from benchbench.types import Condition, Json, Scale

if TYPE_CHECKING:
    from torch import nn

SDPA = ("cudnn", "flash", "mem_efficient", "math")


def finish(model: nn.Module, condition: Condition) -> None:
    """Eval mode, no gradients, on the condition's device, in its dtype. Raises BenchbenchError for what we lack."""
    lack = unfit(condition)
    if lack is not None:
        raise CannotRun(lack.reason, lack.remedy)
    if is_cuda(condition.device) and not torch.cuda.is_available():
        raise CannotRun(f"PyTorch cannot use '{condition.device}'", "see what torch.cuda.init() says, and nvidia-smi")
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


def ready(device: str) -> dict[str, Json]:
    """Make a GPU this process's current one, set how it rounds float32, and tell what torch knows of it.

    Nothing for a processor, nor for a GPU that torch cannot use: what is built for it says why.
    """
    if not is_cuda(device) or not torch.cuda.is_available() or index_of(device) >= torch.cuda.device_count():
        return {}
    torch.cuda.set_device(index_of(device))
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = TF32["matmul"], TF32["cudnn"]
    return rounding() | {
        "gpu": torch.cuda.get_device_name(device),
        "cuda": torch.version.cuda,
        "cudnn": _dotted(torch.backends.cudnn.version()),  # type: ignore[no-untyped-call]
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
    }


def rounding() -> dict[str, Json]:
    """Where float32 is rounded to TF32 on a GPU, and which implementations of attention PyTorch may choose among."""
    products, convolutions = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    enabled = [name for name in SDPA if getattr(torch.backends.cuda, f"{name}_sdp_enabled")()]
    return {"tf32": tf32(matmul=products, cudnn=convolutions), "sdpa": ", ".join(enabled)}


def free_on(device: str) -> int:
    """Bytes that may still be taken there; on a GPU also those that PyTorch holds without using them."""
    if not is_cuda(device):
        return available()
    free, _ = torch.cuda.mem_get_info(index_of(device))
    return free + torch.cuda.memory_reserved(index_of(device)) - torch.cuda.memory_allocated(index_of(device))


def _dotted(version: int | None) -> str:
    """cuDNN's 90100 as 9.1.0; before 9 it wrote 8907."""
    if version is None:
        return "none"
    major, rest = divmod(version, 10_000 if version >= 90_000 else 1_000)
    return f"{major}.{rest // 100}.{rest % 100}"
