"""A process's memory by the kernel: its peak, what is left, and the surroundings in which each tells something."""

from __future__ import annotations

import sys
from pathlib import Path

from benchbench.catalog.control_groups import memory_left
from benchbench.errors import BenchbenchError

MIB = 2**20
PROCESS = Path("/proc/self")
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "MALLOC_ARENA_MAX": "1",
}
"""Freed blocks go back to the system at once. It slows calls down: nothing is timed in such a process."""
KEEP = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "67108864",
}
"""glibc would give memory back after every forward and fault it in again: a bias in ratios, up to 14 %."""
ACCURACY_MIB = 1.5
"""How far the kernel's peak was from a known live peak at most: the interval of a single reading."""
READING = "known error of a reading"
"""What such an interval covers: all that a reading may be off by, and nothing of chance."""


def begin_anew() -> bool:
    """Whether there is a mark of the peak (VmHWM), which now begins anew: writing 5 to clear_refs resets it."""
    if sys.platform != "linux":
        return False
    try:
        (PROCESS / "clear_refs").write_text("5")
    except OSError:
        return False
    return True


def status(field: str) -> int:
    """Bytes that the kernel tells of this process under a name: VmRSS now, VmHWM at its peak."""
    for line in (PROCESS / "status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == field:
            return int(rest.split()[0]) * 1024
    raise BenchbenchError(f"/proc/self/status has no {field}", "peak memory needs a Linux kernel's figures")


def resident() -> int:
    """Bytes that this process holds now, on any system."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def available() -> int:
    """Bytes that may still be allocated: free in the machine, and within the control groups' limits, if any."""
    import psutil

    free, left = int(psutil.virtual_memory().available), memory_left()
    return free if left is None else min(free, left)
