"""What a training costs: seconds and the peak of memory."""

from __future__ import annotations

import ctypes
import gc
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from benchbench.catalog import memory
from benchbench.catalog.memory import MIB

if TYPE_CHECKING:
    import torch


class Meter:
    """Begins when it is made. `earlier` are the seconds and the MiB of parts of the training that came before.

    On a GPU the peak is the allocator's; on the CPU it is how far the process rose above what it held at the beginning,
    by Linux's own mark (VmHWM), or, where that cannot be reset, by the largest of what `look` saw. What trainings
    before left to the C library is given back first: else the last of several in one process would look the largest.
    """

    def __init__(self, device: torch.device, earlier: tuple[float, float] = (0.0, 0.0)) -> None:
        self._device, self._earlier = device, earlier
        self._start = time.perf_counter()
        _give_back()
        self._held = 0.0 if device.type == "cuda" else memory.resident() / MIB
        self.marked = _reset(device)
        self._seen = 0.0

    @property
    def seconds(self) -> float:
        return self._earlier[0] + time.perf_counter() - self._start

    def look(self) -> None:
        """Take a sample, where samples are all there is."""
        if not self.marked:
            self._seen = max(self._seen, memory.resident() / MIB)

    @property
    def peak_mib(self) -> float:
        return max(self._earlier[1], self.highest_mib - self._held)

    @property
    def highest_mib(self) -> float:
        """What was held at the beginning included, and earlier parts left out."""
        self.look()
        return _marked(self._device) if self.marked else self._seen


def _give_back() -> None:
    """Free memory goes back to the system, although a worker's C library is told to keep it."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _reset(device: torch.device) -> bool:
    """Whether there is a mark of the peak, which now begins anew."""
    if device.type != "cuda":
        return memory.begin_anew()
    import torch

    torch.cuda.reset_peak_memory_stats(device)
    return True


def _marked(device: torch.device) -> float:
    if device.type != "cuda":
        return memory.status("VmHWM") / MIB
    import torch

    return torch.cuda.max_memory_allocated(device) / MIB
