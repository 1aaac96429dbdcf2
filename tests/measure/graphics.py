"""A GPU that is not there: its driver, its events and its counters, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchbench.catalog.nvidia import Gpu, Process, State
from benchbench.measure.devices import Surroundings
from benchbench.measure.meters import Meters, Ticks
from benchbench.measure.timekeeping import GpuMeters, OnGpu, Watch

CARD = Gpu("GPU-0", "Card", 16384, "555.42", (8, 0))
OLD = Gpu("GPU-1", "Old Card", 8192, "555.42", (7, 5))
CALM = State(1400, 5000, 60, 200, 0)


def surroundings(*gpus: Gpu, cuda: str | None = "12.6", driver: bool = True) -> Surroundings:
    return Surroundings(lambda: gpus, lambda: {"__version__": "2.9.0", "cuda": cuda}, Path("/" if driver else "/none"))


@dataclass
class Driver:
    """Shows these states one after another, the last one for ever; raises what it is told to."""

    states: list[State] = field(default_factory=lambda: [CALM])
    running: tuple[Process, ...] = (Process(1, 400.0),)
    failure: OSError | None = None
    name: str = "a driver of tests"
    pause_s: float = 0.0
    looks: int = 0

    def gpus(self) -> tuple[Gpu, ...]:
        return (CARD,)

    def state(self, uuid: str) -> State:
        assert uuid == CARD.uuid
        if self.failure:
            raise self.failure
        self.looks += 1
        return self.states[min(self.looks, len(self.states)) - 1]

    def processes(self, uuid: str) -> tuple[Process, ...]:
        assert uuid == CARD.uuid
        if self.failure:
            raise self.failure
        return self.running


@dataclass
class Clock:
    """Seconds of the host, which pass only when something is done."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Device:
    """A stream: work is handed out at once and done later, one piece after another. Its marks are `Events`."""

    clock: Clock
    done_at: float = 0.0
    waits: int = 0

    def launch(self, seconds: float, host: float) -> None:
        """The host needs `host` seconds to hand out work that takes the device `seconds`."""
        self.clock.work(host)
        self.done_at = max(self.done_at, self.clock.now) + seconds

    def mark(self) -> float:
        return max(self.done_at, self.clock.now)

    def wait(self, mark: float) -> None:
        self.waits += 1
        self.clock.now = max(self.clock.now, mark)

    def seconds(self, first: float, last: float) -> float:
        assert self.clock.now >= last, "read before the device has reached it"
        return last - first


def keeper(device: Device, driver: Driver | None = None, free: Callable[[], int] = lambda: 2**30) -> OnGpu:
    """The timekeeper of that device, as that of a real one."""
    host = Meters(device.clock, lambda: 0.0, lambda: 0, Ticks)
    meters = GpuMeters(host.wall, host.cpu, host.faults, host.ticks, events=device)
    return OnGpu(meters, Watch(driver or Driver(), CARD.uuid, device.clock), free)
