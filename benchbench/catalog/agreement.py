"""A runtime's call, compared with eager PyTorch at the first call of each input shape, before anything is timed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Inputs
from benchbench.catalog.model_outputs import output_names, output_of
from benchbench.errors import CannotRun
from benchbench.types import Json

if TYPE_CHECKING:
    from torch import Tensor, nn

Call = Callable[..., Any]
ROUNDING = 20
"""In units of a dtype's last place, how far outputs in half precision may lie apart in any runtime."""
TF32 = 2**-10
"""The last place of what is rounded to TF32, which has the 10 bits of float16."""


@dataclass(frozen=True)
class Written:
    """A file that a runtime reads: all its bytes, also those beside it, and its kind in words."""

    path: Path
    nbytes: int
    words: str


class Agreeing(ABC):
    """Called like the model it is of. A runtime says in `ready` what it does for inputs of a shape not seen before.

    `facts` tell what was made so far: `deviation` of each output, and what else the runtime writes down.
    """

    def __init__(self, runtime: str, model: nn.Module, tolerance: float) -> None:
        self.model = model
        self._runtime, self._tolerance = runtime, tolerance
        self._calls: dict[object, Call] = {}
        self.facts: dict[str, Json] = {"name": runtime}

    def __call__(self, **inputs: Tensor) -> Any:
        shapes = tuple((name, tuple(each.shape)) for name, each in inputs.items())
        if shapes not in self._calls:
            self._calls[shapes] = self.ready(inputs)
        return self._calls[shapes](**inputs)

    @abstractmethod
    def ready(self, inputs: Inputs) -> Call:
        """A call for inputs of these shapes that was compared. Raises CannotRun."""

    def write(self, inputs: Inputs, folder: Path) -> Written | None:
        """The file that is run, written into a folder; None where a runtime has none. Raises CannotRun."""
        del inputs, folder
        return None

    def compare(self, call: Call, inputs: Inputs) -> None:
        """Raises CannotRun naming the output that lies too far from the eager one, and how far."""
        import torch

        with torch.no_grad():
            eager, found = self.model(**inputs), call(**inputs)
        told = dict(self._deviations())
        for name in output_names(eager):
            expected = output_of(eager, name)
            apart, limit = deviation(output_of(found, name), expected), allowed(self._tolerance, expected)
            if not apart <= limit:
                raise CannotRun(
                    f"{self._runtime} computes '{name}' differently: {apart:.2g} of the largest eager value, "
                    f"{limit:.2g} allowed",
                    "nothing is timed that computes something else; measure this variant in another runtime",
                )
            told[name] = max(apart, told.get(name, 0.0))
        self.facts["deviation"] = dict(told)

    def words(self) -> list[str]:
        """The facts, for whoever reads numbers taken with this."""
        told = ", ".join(f"{value:.1e} of '{name}'" for name, value in self._deviations().items())
        return [f"{self._runtime}: outputs differ from eager by at most {told}, of the largest value"] if told else []

    def _deviations(self) -> dict[str, float]:
        told = self.facts.get("deviation", {})
        return {name: float(str(value)) for name, value in told.items()} if isinstance(told, dict) else {}


def deviation(found: Tensor, expected: Tensor) -> float:
    """Largest absolute difference over the largest absolute expected value (or itself, where that is 0).

    Infinite where shapes differ or anything found is not finite.
    """
    one, other = found.detach().cpu().double(), expected.detach().cpu().double()
    if one.shape != other.shape or not one.isfinite().all():
        return math.inf
    if not one.numel():
        return 0.0
    largest, apart = float(other.abs().max()), float((one - other).abs().max())
    return apart / largest if largest else apart


def allowed(tolerance: float, expected: Tensor) -> float:
    """The tolerance, or what rounding alone does where that is more: in half precision, and in float32 on a GPU whose
    convolutions are rounded to TF32."""
    import torch

    if expected.is_cuda and expected.dtype == torch.float32 and torch.backends.cudnn.allow_tf32:
        return max(tolerance, ROUNDING * TF32)
    if not expected.is_floating_point() or expected.dtype in (torch.float32, torch.float64):
        return tolerance
    return max(tolerance, ROUNDING * torch.finfo(expected.dtype).eps)
