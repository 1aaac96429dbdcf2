"""Memory on a GPU by three counters that never mean the same, and so have three names.

`allocated` are PyTorch's own tensors at their peak, exact and the same at every run. `reserved` is what PyTorch's
allocator took from the driver for them, in blocks. `driver` is what the driver says this process holds: the blocks, the
CUDA context, and what libraries took by themselves.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from benchbench.catalog.memory import MIB, READING
from benchbench.catalog.nvidia import Panel, own, panel
from benchbench.types import Measurement, Metric

GRAIN_MIB = 1.0
"""The driver's figure comes in whole MiB."""


class Counters(Protocol):
    """The counters of one device, in bytes."""

    def begin(self) -> int:
        """Let go of what is cached, begin the peaks anew; answers what is allocated now."""

    def read(self) -> tuple[int, int, float | None]:
        """Peaks of allocated and reserved bytes since then, and the MiB that the driver tells, once all is done."""


@dataclass(frozen=True)
class CudaCounters:
    """PyTorch's, and the driver's of this process; `panel` is whoever answers for it, if anybody does."""

    device: str
    panel: Panel | None

    def begin(self) -> int:
        import torch

        torch.cuda.synchronize(self.device)
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self.device)
        return torch.cuda.memory_allocated(self.device)

    def read(self) -> tuple[int, int, float | None]:
        import torch

        torch.cuda.synchronize(self.device)
        allocated = torch.cuda.max_memory_allocated(self.device)
        return allocated, torch.cuda.max_memory_reserved(self.device), self._driver()

    def _driver(self) -> float | None:
        if self.panel is None:
            return None
        try:
            found = own(self.panel.processes(uuid_of(self.device)), os.getpid())
        except OSError:
            return None
        return found.mib if found else None


def counters_of(device: str) -> Counters:
    """Those of a GPU that is there."""
    return CudaCounters(device, panel())


def uuid_of(device: str) -> str:
    """The driver's name of a GPU that torch sees, which is the same for every process."""
    import torch

    return f"GPU-{torch.cuda.get_device_properties(torch.device(device).index or 0).uuid}"


def metrics(prefix: str, what: str) -> tuple[Metric, ...]:
    """The three, named apart: `gpu_allocated_mib` and so on."""
    return (
        Metric(f"{prefix}_allocated_mib", f"GPU: peak of PyTorch's tensors{what}", "MiB", "lower", 1, covers=READING),
        Metric(f"{prefix}_reserved_mib", f"GPU: peak of PyTorch's allocator{what}", "MiB", "lower", 1, covers=READING),
        Metric(
            f"{prefix}_driver_mib", f"GPU: held by the process, by the driver{what}", "MiB", "lower", 0, covers=READING
        ),
    )


def peaks(call: Callable[[], object], counters: Counters, prefix: str) -> tuple[list[Measurement], list[str]]:
    """The peaks of one call after it was called before. The driver's figure is left out where it does not tell."""
    before = counters.begin()
    result = call()
    allocated, reserved, driver = counters.read()
    del result
    found = [_told(f"{prefix}_allocated_mib", allocated / MIB), _told(f"{prefix}_reserved_mib", reserved / MIB)]
    notes = [f"{before / MIB:.1f} MiB were allocated before the pass"]
    if driver is None:
        return found, [*notes, "the driver does not tell what this process holds on the GPU"]
    return [*found, _told(f"{prefix}_driver_mib", driver, GRAIN_MIB)], notes


def _told(name: str, value: float, grain: float = 0.0) -> Measurement:
    return Measurement(name, (value,), interval=(value - grain, value + grain))
