"""How much fits into this machine at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import psutil

Thing = TypeVar("Thing")
SHARE = 0.7
"""Of the memory that is free, what models may fill: activations and everybody else need the rest."""

CGROUP = Path("/sys/fs/cgroup")


def available(cgroup: Path = CGROUP) -> int:
    """Bytes that may still be allocated: free in the machine, and within the control group's limit, if any."""
    free = int(psutil.virtual_memory().available)
    limit, used = (_number(cgroup / name) for name in ("memory.max", "memory.current"))
    return free if limit is None or used is None else max(0, min(free, limit - used))


def groups(things: Sequence[Thing], size: int, free: int) -> list[list[Thing]]:
    """Things of `size` bytes each, in order, in as few groups as fit into `free` one after another; at least one each.

    No things are one empty group.
    """
    room = max(1, int(SHARE * free) // max(1, size))
    return [list(things[start : start + room]) for start in range(0, len(things), room)] or [[]]


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
