"""Models kept for the next cohort, as far as memory goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from benchbench.catalog.memory import available

if TYPE_CHECKING:
    from torch import nn

Thing = TypeVar("Thing")
SHARE = 0.15
"""Of the free memory, what one collection of kept things may fill."""


class Kept(Generic[Thing]):
    """Things by key, no more of them than fit; what does not fit is not kept."""

    def __init__(self, weigh: Callable[[Thing], int], free: Callable[[], int] = available) -> None:
        self._weigh, self._free = weigh, free
        self._things: dict[str, Thing] = {}

    def get(self, key: str) -> Thing | None:
        return self._things.get(key)

    def put(self, key: str, thing: Thing) -> None:
        if sum(map(self._weigh, [*self._things.values(), thing])) <= SHARE * self._free():
            self._things[key] = thing

    def clear(self) -> None:
        self._things.clear()


def nbytes(model: nn.Module) -> int:
    """Bytes of a model's parameters and buffers."""
    return sum(tensor.nbytes for tensor in [*model.parameters(), *model.buffers()])
