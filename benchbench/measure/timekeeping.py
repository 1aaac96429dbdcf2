"""Timing calls where their work is done: by the clock on a processor, by events of the device on a GPU.

A GPU is handed its work and computes it later, so that a clock beside the call tells how long handing out took. An
event before and one after the call, both in its stream, are timed by the device itself; the host waits once, for the
last one. The wall time of all that, and the part of it until the call returned, stand beside it: a small model is done
before the next of its kernels has been handed out, and then it is the host that is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

import torch

from benchbench.catalog.gpu_memory import uuid_of
from benchbench.catalog.memory import available
from benchbench.catalog.nvidia import Panel, others, panel
from benchbench.measure.devices import is_cuda
from benchbench.measure.meters import Call, Meters
from benchbench.measure.placing import free_on

WARM_UP_CALLS = 2
WARM_UP_GPU_S = 1.0
"""For a GPU's clocks to rise."""
Run = Callable[[], object]


class Events(Protocol):
    """Marks in the work of a device."""

    def mark(self) -> Any:
        """A mark behind everything that was handed to the device so far."""

    def wait(self, mark: Any) -> None:
        """Until the device has reached it."""

    def seconds(self, first: Any, last: Any) -> float:
        """By the device's clock, between two marks that it has reached."""


@dataclass(frozen=True)
class CudaEvents:
    """Events in the current stream of a device; their times resolve about half a microsecond."""

    device: str

    def mark(self) -> torch.cuda.Event:
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self.device))
        return event

    def wait(self, mark: torch.cuda.Event) -> None:
        mark.synchronize()

    def seconds(self, first: torch.cuda.Event, last: torch.cuda.Event) -> float:
        return float(first.elapsed_time(last)) / 1000


@dataclass(frozen=True, kw_only=True)
class GpuMeters(Meters):
    """The instruments, with the device's own clock beside the host's.

    A turn ends when the device has reached its last event, so that the next one begins with nothing to do. A runtime
    with a stream of its own (ONNX Runtime) returns when it is done: the second event is behind it, too.
    """

    events: Events

    def time(self, call: Run) -> Call:
        marks: list[tuple[float, float]] = []
        found = super().time(lambda: marks.append(self.turn(call)))
        ((device_s, launch_s),) = marks
        return replace(found, device_s=device_s, launch_s=launch_s)

    def turn(self, call: Run) -> tuple[float, float]:
        """Seconds by the device's clock, and those of the host until the call had returned."""
        first, start = self.events.mark(), self.wall()
        call()
        launched = self.wall() - start
        last = self.events.mark()
        self.events.wait(last)
        return self.events.seconds(first, last), launched


@dataclass
class Watch:
    """A look at a device between rounds, not more often than can be asked without disturbing it."""

    panel: Panel | None
    uuid: str
    clock: Callable[[], float]
    _seen: dict[str, float] = field(default_factory=dict)
    _at: float = float("-inf")

    def look(self) -> dict[str, float]:
        """What is known, as columns; nothing where nobody can be asked."""
        if self.panel is None or self.clock() - self._at < self.panel.pause_s:
            return dict(self._seen)
        try:
            self._seen = _columns(self.panel, self.uuid)
        except OSError:
            self._seen = {}
        self._at = self.clock()
        return dict(self._seen)


class Timekeeper(Protocol):
    """Times the calls of one device with its `meters`."""

    @property
    def meters(self) -> Meters: ...

    def warm(self, call: Run) -> None:
        """A fixed number of calls, never "until stable"."""

    def rouse(self, calls: Sequence[Run]) -> None:
        """What must be done right before the first round, when all arms are built."""

    def look(self) -> dict[str, float]:
        """How the device is now, as columns of a measurement."""

    def room(self) -> int:
        """Bytes that models may still take where they are computed."""


@dataclass(frozen=True)
class OnProcessor:
    """Whoever calls does the work."""

    meters: Meters

    def warm(self, call: Run) -> None:
        for _ in range(WARM_UP_CALLS):
            call()

    def rouse(self, calls: Sequence[Run]) -> None:
        """Nothing: a processor is as fast after a pause."""

    def look(self) -> dict[str, float]:
        return {}

    def room(self) -> int:
        return available()


@dataclass(frozen=True)
class OnGpu:
    """Whoever calls hands out work."""

    meters: GpuMeters
    watch: Watch
    free: Callable[[], int]

    def warm(self, call: Run) -> None:
        for _ in range(WARM_UP_CALLS):
            self.meters.turn(call)

    def rouse(self, calls: Sequence[Run]) -> None:
        """Everyone in turn for a second: while the last one was built the device's clocks have fallen.

        What a call raises is met again in its turn, and told there whose it was.
        """
        start, left = self.meters.wall(), list(calls)
        while left and self.meters.wall() - start < WARM_UP_GPU_S:
            for call in list(left):
                try:
                    self.meters.turn(call)
                except Exception:
                    left.remove(call)

    def look(self) -> dict[str, float]:
        return self.watch.look()

    def room(self) -> int:
        return self.free()


def timekeeper(device: str, meters: Meters) -> Timekeeper:
    """The one of a condition's device, which must be there."""
    if not is_cuda(device):
        return OnProcessor(meters)
    own = {each.name: getattr(meters, each.name) for each in fields(Meters)}
    watch = Watch(panel(), uuid_of(device), meters.wall)
    return OnGpu(GpuMeters(**own, events=CudaEvents(device)), watch, lambda: free_on(device))


def _columns(panel: Panel, uuid: str) -> dict[str, float]:
    state = panel.state(uuid)
    found = {
        "gpu_sm_mhz": state.sm_mhz,
        "gpu_memory_mhz": state.memory_mhz,
        "gpu_celsius": state.temperature_c,
        "gpu_watts": state.power_w,
        "gpu_slowing": state.slowing,
        "gpu_others": others(panel.processes(uuid)),
    }
    return {name: float(value) for name, value in found.items() if value is not None}
