"""A device as its driver tells of it, and who can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SLOWING = {
    0x4: "its power limit",
    0x8: "a hardware slowdown",
    0x20: "heat (software)",
    0x40: "heat (hardware)",
    0x80: "a power brake",
}
"""Bits of NVML's reasons for a lower clock that bend a measurement; an idle device and chosen clocks do not."""


@dataclass(frozen=True)
class Gpu:
    """One device. `capability` is the compute capability (major, minor), where the driver tells it."""

    uuid: str
    name: str
    memory_mib: int
    driver: str
    capability: tuple[int, int] | None = None


@dataclass(frozen=True)
class State:
    """How a device is now: clocks in MHz, temperature in degrees Celsius, power in watts; `slowing` are the bits of
    NVML's reasons for a lower clock. None where the driver does not tell."""

    sm_mhz: float | None = None
    memory_mhz: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    slowing: int | None = None


@dataclass(frozen=True)
class Process:
    """A process that computes on a device, under the id that the driver knows it by, and what it holds there."""

    pid: int
    mib: float | None = None


class Panel(Protocol):
    """Somebody who answers for the driver. Devices are in the order of the PCI bus. Raises OSError when it cannot."""

    name: str
    pause_s: float
    """How long to wait between two looks at a device's state, so that asking does not disturb it."""

    def gpus(self) -> tuple[Gpu, ...]: ...

    def state(self, uuid: str) -> State: ...

    def processes(self, uuid: str) -> tuple[Process, ...]: ...


def slowed_by(bits: int) -> list[str]:
    """The reasons among these bits that bend a measurement, in words."""
    return [words for bit, words in SLOWING.items() if bits & bit]


def own(processes: Sequence[Process], pid: int) -> Process | None:
    """The process of this id; in a container, which knows it by another one, the only one there is."""
    found = next((each for each in processes if each.pid == pid), None)
    return processes[0] if found is None and len(processes) == 1 else found


def others(processes: Sequence[Process]) -> int | None:
    """How many compute there beside this one, which holds a context itself; None where not even that is shown."""
    return len(processes) - 1 if processes else None
