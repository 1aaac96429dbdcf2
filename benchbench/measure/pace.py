"""How far several workers are together, and how long the rest will take them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchbench.measure.sharding import images_in


class Pace:
    """Images done: what was done before, and what each worker says of its range. Time counts from the first word."""

    def __init__(
        self, missing: Sequence[int], images: int, size: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.images = images
        self._before, self._clock = images - images_in(missing, images, size), clock
        self._own: dict[int, float] = {}
        self._begun: tuple[float, float] | None = None

    @property
    def done(self) -> float:
        return self._before + sum(self._own.values())

    def tell(self, worker: int, done: float) -> None:
        """So many images of this worker's range are done; building a model, it says 0."""
        self._own[worker] = max(done, self._own.get(worker, 0))
        if self._begun is None and done > 0:
            self._begun = self._clock(), self.done

    def words(self, variants: int, processes: int) -> str:
        """All of it on one line, with the time that is left at the pace so far."""
        return f"{self.done:g} of {self.images} images, {variants} variants, {processes} processes{self._left()}"

    def _left(self) -> str:
        if self._begun is None or self.done <= self._begun[1]:
            return ""
        since, first = self._begun
        seconds = (self._clock() - since) / (self.done - first) * (self.images - self.done)
        return f", {seconds:.0f} s left"
