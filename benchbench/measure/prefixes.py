"""Shared prefixes: models that are bit-identical up to some depth compute what they have in common once per batch.

A walk over the models side by side finds the blocks that two or more have in common from the beginning on; these
remember their calls. That a call's inputs are the same is never concluded from the order: they are compared, bit for
bit, and what differs is computed. So the walk decides what is gained, and never what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import torch
from torch import nn

from benchbench.catalog.memory import available
from benchbench.measure.remembered import Block, Room
from benchbench.measure.sameness import known
from benchbench.measure.side_by_side import Cell, Walk


class _Arm(Protocol):
    @property
    def index(self) -> int: ...


Item = TypeVar("Item")
AnyArm = TypeVar("AnyArm", bound=_Arm)
SHARE = 0.1
"""Of the free memory, what remembered calls may fill."""


class Prefixes:
    """What the models of a scored cohort share. `models` are those that run eagerly, by arm."""

    def __init__(self, models: Mapping[int, nn.Module], memory: int) -> None:
        """`memory` is the free memory in bytes, of which SHARE is used at most."""
        walk = Walk()
        walk.along({arm: model for arm, model in models.items() if known(model)}, ())
        self._order = walk.ordered(models) if walk.shared else {}
        self._room = Room(int(SHARE * memory))
        self.blocks: list[Block] = []
        self._wrapped: dict[int, list[tuple[nn.Module, Block]]] = {}
        self._per_batch = 0
        for cell in walk.shared:
            self._share(cell)

    def _share(self, cell: Cell) -> None:
        block = Block({arm: cell[arm] for arm in sorted(cell, key=self._order.__getitem__)}, self._room)
        self.blocks.append(block)
        for arm, module in cell.items():
            self._wrapped.setdefault(arm, []).append((module, block))

    @property
    def words(self) -> str:
        """For the line of progress."""
        return f", {len(self._wrapped)} of them with common prefixes" if self._wrapped else ""

    @property
    def peak(self) -> int:
        """Bytes that remembered calls held at most."""
        return self._room.peak

    def turns(self, arms: Sequence[AnyArm], stretch: Sequence[Item]) -> Iterator[tuple[AnyArm, Sequence[Item]]]:
        """Whose turn it is, on which batches: those with the longest common prefix follow each other."""
        for piece in self.pieces(stretch):
            for arm in sorted(arms, key=lambda arm: self._order.get(arm.index, len(self._order))):
                yield arm, piece

    def pieces(self, stretch: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """A stretch of batches in pieces whose remembered calls fit into the room; after each they are forgotten.

        The first batch of all is a piece by itself and shows how much a batch needs.
        """
        left = stretch
        while left:
            size = self._size(len(left))
            try:
                yield left[:size]
            finally:
                self._per_batch = self._per_batch or max(1, self._room.peak)
                for block in self.blocks:
                    block.forget()
            left = left[size:]

    def _size(self, most: int) -> int:
        if not self._wrapped:
            return most
        return max(1, self._room.limit // self._per_batch) if self._per_batch else 1

    @contextmanager
    def turn(self, arm: int, batch: int) -> Iterator[None]:
        """An arm's forward pass over a batch, without gradients, with its shared blocks remembering.

        Tensors of inference mode would not tell when they are written into: where blocks are shared, it is off.
        """
        wrapped = self._wrapped.get(arm)
        if not wrapped:
            with torch.inference_mode():
                yield
            return
        try:
            for module, block in wrapped:
                vars(module)["forward"] = _remembering(block, arm, batch, module.forward)
            with torch.no_grad():
                yield
        finally:
            for module, _ in wrapped:
                vars(module).pop("forward", None)


def free(device: str) -> int:
    """Bytes that are free where models on this device keep their tensors."""
    return torch.cuda.mem_get_info(device)[0] if device.startswith("cuda") else available()


def _remembering(block: Block, arm: int, batch: int, forward: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **named: block.call(arm, batch, forward, given, named)
