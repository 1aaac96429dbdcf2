"""What is read around a timed call: the clock, the processor's time, page faults, and what others took."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")


@dataclass(frozen=True)
class Ticks:
    """Ticks of all processors since boot: every kind, those spent at work, those stolen by the hypervisor."""

    total: int = 0
    busy: int = 0
    stolen: int = 0


@dataclass(frozen=True)
class Call:
    """One timed call: wall and CPU seconds (all threads of the process), minor page faults, share of time stolen.

    On a GPU also the seconds by the device's own clock, and those of the host until it had handed everything out.
    """

    wall_s: float
    cpu_s: float
    minor_faults: int
    steal: float
    device_s: float | None = None
    launch_s: float | None = None

    @property
    def seconds(self) -> float:
        """How long it took, by the clock of the device that did the work."""
        return self.wall_s if self.device_s is None else self.device_s


def read_ticks(path: Path = STAT) -> Ticks:
    """The first line of /proc/stat; zeros where there is none. Guest time is already counted in user time."""
    try:
        fields = [int(field) for field in path.read_text().partition("\n")[0].split()[1:9]]
    except (OSError, ValueError):
        return Ticks()
    user, nice, system, idle, waiting, hard, soft, stolen = fields
    busy = user + nice + system + hard + soft
    return Ticks(busy + idle + waiting + stolen, busy, stolen)


def minor_faults() -> int:
    """Minor page faults of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


@dataclass(frozen=True)
class Meters:
    """The instruments; tests bring their own."""

    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] = time.process_time
    faults: Callable[[], int] = minor_faults
    ticks: Callable[[], Ticks] = read_ticks
    ticks_per_s: float = float(os.sysconf("SC_CLK_TCK"))

    def time(self, call: Callable[[], object]) -> Call:
        """One call between readings; the clocks are innermost."""
        ticks, faults = self.ticks(), self.faults()
        cpu, wall = self.cpu(), self.wall()
        call()
        wall, cpu = self.wall() - wall, self.cpu() - cpu
        faults, after = self.faults() - faults, self.ticks()
        passed = after.total - ticks.total
        return Call(wall, cpu, faults, (after.stolen - ticks.stolen) / passed if passed else 0.0)

    def others(self, before: Ticks, cpu_s: float) -> float:
        """The share of the whole machine that other processes took since `before`, in which we took `cpu_s` seconds."""
        after = self.ticks()
        passed = after.total - before.total
        foreign = after.busy - before.busy - cpu_s * self.ticks_per_s
        return min(1.0, max(0.0, foreign / passed)) if passed else 0.0
