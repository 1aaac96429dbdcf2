"""Batches of a dataset, decoded and prepared once for all variants, ahead of the models that wait for them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Family, Inputs, Samples
from benchbench.catalog.formulas.rows import Arrays
from benchbench.measure.shelves import keywords
from benchbench.types import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchbench.measure.prepared import Prepared

ROOM = 256 * 2**20
"""Bytes of prepared input that may wait."""
DEEPEST = 32
"""Batches that may: enough that fetching a small model's weights anew does not show, few enough to tell progress by."""


@dataclass(frozen=True)
class Batch:
    """Images number * size and on, in the dataset's order; `sizes` are (height, width) before preparation.

    `images` are the first of them as they were decoded, where pictures are made of them.
    """

    number: int
    ids: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    targets: tuple[Arrays, ...]
    inputs: Inputs
    images: tuple[NDArray[np.uint8], ...] = ()

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in self.inputs.values())


@dataclass(frozen=True)
class Reader:
    """Fixed batches of `size` images: the same whatever was done before, so that results are the same too.

    Of the first `pictures` samples the decoded images are kept with their batch. What lies `prepared` on disk is taken
    from there.
    """

    samples: Samples
    family: Family
    settings: Settings
    size: int
    pictures: int = 0
    prepared: Prepared | None = None

    def __len__(self) -> int:
        return (len(self.samples) + self.size - 1) // self.size

    def batch(self, number: int) -> Batch:
        """Decode, prepare and collate one batch. Raises BadData naming the file that cannot be read."""
        if self.prepared is None:
            return self._made(number)
        found = self.prepared.read(number)
        if found is None:
            start = time.thread_time()
            found = self._made(number)
            self.prepared.offer(found, time.thread_time() - start)
        return found

    def _made(self, number: int) -> Batch:
        span = range(number * self.size, min((number + 1) * self.size, len(self.samples)))
        found = [self.samples[index] for index in span]
        images = [self.family.prepare(sample.image, **keywords(self.settings)) for sample in found]
        return Batch(
            number,
            tuple(sample.id for sample in found),
            tuple((sample.image.shape[0], sample.image.shape[1]) for sample in found),
            tuple(sample.target for sample in found),
            self.family.collate(images),
            tuple(sample.image for sample in found[: max(0, self.pictures - span.start)]),
        )

    def ahead(self, numbers: Sequence[int], room: int = ROOM) -> Generator[Batch, None, None]:
        """These batches in order, read by a thread while the last one is worked on."""
        return ahead(self.batch, numbers, lambda batch: room // max(1, batch.nbytes))

    def stretches(self, numbers: Sequence[int], room: int = ROOM) -> Generator[list[Batch], None, None]:
        """These batches, several at a time as far as there is room, while the next ones are read.

        A model that is given several in a row finds its weights in the processor's cache.
        """
        batches = self.ahead(numbers, room)
        for first in batches:
            more = max(1, min(DEEPEST, room // max(1, first.nbytes))) - 1
            yield [first, *islice(batches, more)]


def ahead(
    read: Callable[[int], Batch], numbers: Sequence[int], fit: Callable[[Batch], int]
) -> Generator[Batch, None, None]:
    """Batches in order; as many as `fit` (told from the latest, 1 to DEEPEST) are read before they are asked for."""
    left, waiting = iter(numbers), deque[Future[Batch]]()
    pool = ThreadPoolExecutor(1, "reader")
    try:
        waiting.extend(pool.submit(read, number) for number in islice(left, 1))
        while waiting:
            batch = waiting.popleft().result()
            room = max(1, min(DEEPEST, fit(batch))) - len(waiting)
            waiting.extend(pool.submit(read, number) for number in islice(left, max(0, room)))
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)
