"""How much fits into this machine at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
SHARE = 0.7
"""Of the memory that is free, what models may fill: activations and everybody else need the rest."""


def groups(things: Sequence[Thing], size: int, free: int) -> list[list[Thing]]:
    """Things of `size` bytes each, in order, in as few groups as fit into `free` one after another; at least one each.

    No things are one empty group.
    """
    room = max(1, int(SHARE * free) // max(1, size))
    return [list(things[start : start + room]) for start in range(0, len(things), room)] or [[]]
