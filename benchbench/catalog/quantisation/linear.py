"""Linear layers with int8 weights, as plain tensors: counted, copied, moved and saved like any other layer's.

Weights are symmetric with one scale for each output channel, scale = max|w| / 127 and q = round(w / scale), so that no
weight moves by more than half a scale (Krishnamoorthi, arXiv 1806.08342, section 2.3). The dynamic scheme does the same
to the activations of each token at every call and multiplies integers; what a token becomes does not depend on the
others of its batch. Imports torch: steps load it when they quantise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchbench.errors import CannotRun

LEVELS = 127
"""The largest integer; -128 is left out, so that the range is symmetric."""
TorchScheme = Literal["dynamic", "weight-only"]


class Int8Linear(nn.Linear):
    """A linear layer of (out, in) int8 weights and (out, 1) float32 scales; its bias stays float32.

    `weight-only` multiplies floats after restoring the weights; `dynamic` multiplies integers and needs a processor.
    """

    scale: Tensor

    def __init__(self, source: nn.Linear, scheme: TorchScheme) -> None:
        super().__init__(source.in_features, source.out_features, bias=False, device="meta")
        weight, scale = quantised(source.weight.detach())
        self.scheme = scheme
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = source.bias
        self.register_buffer("scale", scale)

    def forward(self, input: Tensor) -> Tensor:
        """(..., in) to (..., out), float32."""
        if input.is_meta or self.scheme == "weight-only":
            # Of shapes alone: the products of the float layer, which are what is counted.
            return functional.linear(input, self.weight.to(input.dtype) * self.scale, self.bias)
        codes, scale = quantised(input.reshape(-1, self.in_features))
        output = torch._int_mm(codes, self.weight.t()).to(input.dtype) * scale * self.scale.view(-1)
        output = output if self.bias is None else output + self.bias
        return output.view(*input.shape[:-1], self.out_features)

    def _apply(self, fn: Callable[..., Tensor], recurse: bool = True) -> Int8Linear:
        """Moving and casting. Raises CannotRun for what integers are not multiplied in."""
        moved = fn(self.scale)
        if moved.dtype != torch.float32:
            raise CannotRun(
                f"int8 layers are run beside float32, not {str(moved.dtype).removeprefix('torch.')}",
                "`dtype: float32` in the condition",
            )
        if self.scheme == "dynamic" and moved.device.type not in ("cpu", "meta"):
            raise CannotRun(
                f"dynamic int8 layers run on the processor, not on '{moved.device.type}'",
                "`device: cpu`, or `scheme: weight-only`",
            )
        return super()._apply(fn, recurse)  # type: ignore[no-any-return, no-untyped-call]

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, scheme={self.scheme}"


def quantised(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(n, k) floats to (n, k) int8 codes and (n, 1) scales: rows are restored as codes * scale.

    A row of zeros has a scale of 1. What is not finite stays so in the scale, and hence in every product.
    """
    scale = rows.abs().amax(dim=1, keepdim=True) / LEVELS
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    return (rows / scale).round_().to(torch.int8), scale


def exact_products() -> bool:
    """Whether this processor adds up int8 products without saturation; some without VNNI stop at 16 bits."""
    codes = torch.full((32, 64), LEVELS, dtype=torch.int8)
    expected = LEVELS * LEVELS * 64
    return bool((torch._int_mm(codes, codes.t()) == expected).all())
