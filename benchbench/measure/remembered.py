"""A block's calls, remembered while a batch is worked on by one model after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from benchbench.measure.call_values import equal, returns_tensors, tensors, versions

PATIENCE = 3
"""Calls that were compared in vain before a block is given up."""


@dataclass
class Room:
    """Bytes that may be held, each storage counted once however many calls refer to it."""

    limit: int
    used: int = 0
    peak: int = 0
    _held: dict[int, int] = field(default_factory=dict)

    def take(self, tensors: Iterable[Tensor]) -> bool:
        """Hold these, if there is room."""
        sizes = _storages(tensors)
        more = sum(size for place, size in sizes.items() if place not in self._held)
        if self.used + more > self.limit:
            return False
        for place in sizes:
            self._held[place] = self._held.get(place, 0) + 1
        self.used += more
        self.peak = max(self.peak, self.used)
        return True

    def give(self, tensors: Iterable[Tensor]) -> None:
        """Let go of what was taken."""
        for place, size in _storages(tensors).items():
            self._held[place] -= 1
            if not self._held[place]:
                del self._held[place]
                self.used -= size


def _storages(tensors: Iterable[Tensor]) -> dict[int, int]:
    """Bytes of each storage, by its address."""
    return {storage.data_ptr(): storage.nbytes() for storage in map(Tensor.untyped_storage, tensors)}


@dataclass(frozen=True, eq=False)
class Call:
    """What went into a block and came out, with the versions of all tensors: writing in place raises a version."""

    given: tuple[Any, ...]
    outputs: Any
    tensors: list[Tensor]
    versions: list[int]

    def whole(self) -> bool:
        """Whether nobody has written into what is remembered."""
        return self.versions == [each._version for each in self.tensors]


@dataclass(eq=False)
class Block:
    """The same block of several models, which take turns in the order of `modules`: later ones find it computed.

    A call is answered from memory if its inputs are bit for bit those of a remembered one. What does not fit into the
    room, or is no tensor or tuple of tensors, is not remembered; a block that is compared in vain `PATIENCE` times, or
    whose remembered tensors somebody writes into, is given up. An arm whose weights somebody writes into goes alone.
    """

    modules: Mapping[int, nn.Module]
    room: Room
    hits: int = 0
    misses: int = 0
    given_up: bool = False
    _calls: dict[int, list[Call]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arms = tuple(self.modules)
        weights = {arm: [*each.parameters(), *each.buffers()] for arm, each in self.modules.items()}
        self._weights = {arm: (each, [tensor._version for tensor in each]) for arm, each in weights.items()}

    def call(
        self, arm: int, batch: int, forward: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        """What `forward` makes of these inputs, from memory if it is there."""
        if not self._untouched(arm):
            return forward(*given, **named)
        found = None if self.given_up else self._found(batch, (given, named))
        if found is None:
            keep = not self.given_up and arm != self.arms[-1]
            return self._computed(batch, forward, given, named) if keep else forward(*given, **named)
        self.hits += 1
        if arm == self.arms[-1]:
            self._calls[batch].remove(found)
            self.room.give(found.tensors)
        return found.outputs

    def forget(self) -> None:
        """Let go of everything."""
        for calls in self._calls.values():
            for call in calls:
                self.room.give(call.tensors)
        self._calls.clear()

    def _untouched(self, arm: int) -> bool:
        weights, versions = self._weights[arm]
        return versions == [each._version for each in weights]

    def _found(self, batch: int, inputs: tuple[Any, ...]) -> Call | None:
        calls = self._calls.get(batch, [])
        if not all(call.whole() for call in calls):
            self._give_up()
            return None
        for call in calls:
            if equal(call.given, inputs):
                return call
        self.misses += bool(calls)
        if self.misses >= PATIENCE and not self.hits:
            self._give_up()
        return None

    def _computed(self, batch: int, forward: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        inputs = list(tensors((given, named)))
        before = versions(inputs)
        outputs = forward(*given, **named)
        held = [*inputs, *tensors(outputs)]
        after = versions(held)
        if before is None or after is None or before != after[: len(before)] or not returns_tensors(outputs):
            self._give_up()
        elif self.room.take(held):
            self._calls.setdefault(batch, []).append(Call((given, named), outputs, held, after))
        return outputs

    def _give_up(self) -> None:
        self.given_up = True
        self.forget()
