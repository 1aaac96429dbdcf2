"""Batches as a pure function of (seed, position): whoever asks, and whenever, gets the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.contracts import Family, Inputs, Sample, Samples
from benchbench.catalog.training.augmentation import mirrored, perturbed
from benchbench.catalog.training.recipe import Augment
from benchbench.errors import CannotTrain

if TYPE_CHECKING:
    from torch import Tensor

KEPT_BYTES = 128 * 2**20
"""Decoded samples kept in memory; preparing them anew takes a fraction of decoding, and depends on the mirroring. The
first that fit stay: among more than fit, each seen once an epoch, turning out the oldest would never find any."""


@dataclass(frozen=True)
class Drawn:
    """A batch: what the student sees, what the teacher sees (the same but for strong augmentation), the samples."""

    inputs: Inputs
    clean: Inputs
    samples: Sequence[Sample]


class Feed:
    """Draws from samples, each once in every epoch, in an order of the seed alone."""

    def __init__(self, samples: Samples, family: Family, given: Mapping[str, Any], augment: Augment, seed: int) -> None:
        if not len(samples):
            raise CannotTrain("there is not one sample to train on", "check the scale's training data")
        self._samples, self._family, self._given = samples, family, given
        self._augment, self._seed = augment, seed
        self._kept: dict[int, Sample] = {}
        self._bytes = 0

    def draw(self, first: int, count: int) -> Drawn:
        """The samples at positions `first` to `first + count` of the endless sequence."""
        taken = [self._at(position) for position in range(first, first + count)]
        inputs = self._family.collate([prepared for _, _, prepared in taken])
        changed = self._augment == "strong"
        clean = self._family.collate([prepared for _, prepared, _ in taken]) if changed else inputs
        return Drawn(inputs, clean, [sample for sample, _, _ in taken])

    def _at(self, position: int) -> tuple[Sample, Tensor, Tensor]:
        """The sample, mirrored or not, its image prepared, and the same perturbed."""
        rng = np.random.default_rng([self._seed, 1, position])
        mirror = self._augment != "none" and rng.random() < 0.5
        sample = self._decoded(index_at(self._seed, len(self._samples), position))
        sample = mirrored(sample, self._family.task) if mirror else sample
        clean = self._prepared(sample)
        if self._augment != "strong":
            return sample, clean, clean
        sample = replace(sample, image=perturbed(sample.image, rng))
        return sample, clean, self._prepared(sample)

    def _decoded(self, index: int) -> Sample:
        found = self._kept.get(index)
        if found is None:
            found = self._samples[index]
            size = _bytes(found)
            if self._bytes + size <= KEPT_BYTES:
                self._kept[index] = found
                self._bytes += size
        return found

    def _prepared(self, sample: Sample) -> Tensor:
        return self._family.prepare(sample.image, **self._given)


def index_at(seed: int, samples: int, position: int) -> int:
    """Which sample stands at a position: every epoch is a shuffle of its own."""
    epoch, place = divmod(position, samples)
    return int(_shuffled(seed, samples, epoch)[place])


@lru_cache(maxsize=4)
def _shuffled(seed: int, samples: int, epoch: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, 0, epoch]).permutation(samples)


def _bytes(sample: Sample) -> int:
    return sum(array.nbytes for array in (sample.image, *sample.target.values()))
