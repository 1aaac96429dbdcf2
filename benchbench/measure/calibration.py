"""Calibration data as steps want them: batches of model inputs and targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from benchbench.catalog.contracts import Family, Labelled, Samples
from benchbench.measure.shelves import keywords
from benchbench.types import Settings

if TYPE_CHECKING:
    from torch import nn

BATCH = 4


class Calibration(Sequence[Labelled]):
    """Batches in the dataset's order, decoded when asked for: a calibration set at full size fills gigabytes."""

    def __init__(self, samples: Samples, family: Family, model: nn.Module, settings: Settings) -> None:
        self._samples, self._family, self._model, self._settings = samples, family, model, keywords(settings)

    def __len__(self) -> int:
        return math.ceil(len(self._samples) / BATCH)

    @overload
    def __getitem__(self, index: int) -> Labelled: ...
    @overload
    def __getitem__(self, index: slice) -> list[Labelled]: ...
    def __getitem__(self, index: int | slice) -> Labelled | list[Labelled]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        last = min((index + 1) * BATCH, len(self._samples))
        samples = [self._samples[each] for each in range(index * BATCH, last)]
        images = [self._family.prepare(sample.image, **self._settings) for sample in samples]
        return Labelled(self._family.collate(images), self._family.targets(samples, self._model))
