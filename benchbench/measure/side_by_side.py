"""Models side by side: the blocks that several have in common from the beginning on.

They are walked module by module, in the order of their definition, as long as they are the same. A block is what has
weights and no list of layers within: a stage or a unit of a ResNet, an embedding, a Transformer layer. Where models
part inside a block, what comes before within it is still found: the projection on a residual unit's shortcut, say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import nn

from benchbench.measure.sameness import Sameness

Cell = dict[int, nn.Module]
"""Modules that lie in the same place of several models, by arm."""


class Walk:
    """Models side by side. `shared` are the blocks that were found."""

    def __init__(self) -> None:
        self._sameness = Sameness()
        self.shared: list[Cell] = []

    def along(self, cell: Cell, covered: tuple[frozenset[int], ...]) -> list[Cell]:
        """Find what these modules share, and tell which of them are still the same at their end.

        `covered` are sets of arms that share a block around: what only they share inside is never called twice.
        """
        if len(cell) < 2:
            return [cell]
        classes = list(_split(cell, lambda arm: self._sameness.number(cell[arm])))
        for each in classes:
            arms = frozenset(each)
            if len(each) > 1 and is_block(next(iter(each.values()))) and not any(arms <= around for around in covered):
                self.shared.append(each)
                covered = (*covered, arms)
        if len(classes) == 1 and any(set(cell) <= around for around in covered):
            return classes
        return self._children(cell, covered) or classes

    def _children(self, cell: Cell, covered: tuple[frozenset[int], ...]) -> list[Cell]:
        inside = {arm: list(module.named_children()) for arm, module in cell.items()}
        cells = [cell] if any(inside.values()) else []
        for place in range(max(map(len, inside.values()), default=0)):
            cells = [after for before in cells for after in self._step(before, inside, place, covered)]
        return cells

    def _step(
        self,
        cell: Cell,
        inside: dict[int, list[tuple[str, nn.Module]]],
        place: int,
        covered: tuple[frozenset[int], ...],
    ) -> Iterator[Cell]:
        """The cell after one more child of each; who has no more children parts from who has."""
        for each in _split(cell, lambda arm: inside[arm][place][0] if place < len(inside[arm]) else None):
            if any(place >= len(inside[arm]) for arm in each):
                yield each
                continue
            for after in self.along({arm: inside[arm][place][1] for arm in each}, covered):
                yield {arm: cell[arm] for arm in after}

    def ordered(self, models: Mapping[int, nn.Module]) -> dict[int, int]:
        """Each arm's place when those with common prefixes stand together: sorted by the numbers of their leaves."""
        leaves = {
            arm: [self._sameness.number(each) for each in model.modules() if not any(True for _ in each.children())]
            for arm, model in models.items()
        }
        return {arm: place for place, arm in enumerate(sorted(models, key=lambda arm: (leaves[arm], arm)))}


def _split(cell: Cell, key: Callable[[int], object]) -> Iterator[Cell]:
    parts: dict[object, Cell] = {}
    for arm, module in cell.items():
        parts.setdefault(key(arm), {})[arm] = module
    yield from parts.values()


def is_block(module: nn.Module) -> bool:
    """Whether a module is called, has weights worth remembering for, and no list of layers within."""
    if type(module).forward is nn.Module.forward or any(
        isinstance(each, nn.ModuleList | nn.ModuleDict) for each in module.modules()
    ):
        return False
    return any(parameter.dim() > 1 for parameter in module.parameters())
