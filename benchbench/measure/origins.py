"""Where weights and data come from: what recoveries ask, and the answer of a process of our own."""

from __future__ import annotations

from typing import Protocol

from benchbench.catalog.contracts import Absent, Located, Weights
from benchbench.measure.journal import bare, digest
from benchbench.measure.shelves import Shelves, keywords
from benchbench.types import Scale, Use


class Origins(Protocol):
    """What finds checkpoints and data."""

    def weights(self, scale: Scale) -> Weights | Absent:
        """The checkpoint of a scale."""

    def data(self, use: Use) -> Located | Absent:
        """A dataset as a suite uses it."""


class Found:
    """Origins looked up on these shelves, each of them once."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._weights: dict[tuple[str, str], Weights | Absent] = {}
        self._data: dict[str, Located | Absent] = {}

    def weights(self, scale: Scale) -> Weights | Absent:
        """As in Origins."""
        name = (scale.family, scale.checkpoint)
        if name not in self._weights:
            self._weights[name] = self._shelves.families[scale.family].locate(scale.checkpoint)
        return self._weights[name]

    def data(self, use: Use) -> Located | Absent:
        """As in Origins."""
        name = digest(bare(use))
        if name not in self._data:
            self._data[name] = self._shelves.datasets[use.name].locate(**keywords(use.settings))
        return self._data[name]
