"""Which batch to try next: upward by powers of two, and back by halves from one that memory did not hold.

Knows no model and no clock, so that it is tested against invented machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CLEARLY = 0.9
"""A throughput below this share of the best before it has fallen, and is not noise alone."""
FINE = 4
"""The search for the largest batch that fits ends within a quarter of it."""


@dataclass(frozen=True)
class Tried:
    """A batch and its images a second: the median of its calls, and the fastest; both 0 where it did not fit."""

    batch: int
    throughput: float = 0.0
    fastest: float = 0.0

    @property
    def fits(self) -> bool:
        return self.throughput > 0


def following(tried: Sequence[Tried], most: int) -> int | None:
    """The next batch of 1 to `most` (at least 1) to try, none twice; None where nothing more is to be learnt."""
    known = sorted(tried, key=lambda each: each.batch)
    bad = min((each.batch for each in known if not each.fits), default=most + 1)
    done = {each.batch for each in known}
    for rung in _ladder(most):
        below = [each for each in known if each.batch < rung]
        if rung >= bad or _fell(below):
            break
        if rung not in done:
            return rung
    return None if bad > most or _fell([each for each in known if each.fits]) else _between(known, bad)


def best(tried: Sequence[Tried]) -> Tried | None:
    """The batch of the highest median throughput, the smallest of equal ones; None where none fits."""
    fitting = sorted((each for each in tried if each.fits), key=lambda each: each.batch)
    return max(fitting, key=lambda each: each.throughput, default=None)


def _ladder(most: int) -> Iterator[int]:
    """1, 2, 4 and so on, and `most` itself."""
    rung = 1
    while rung < most:
        yield rung
        rung *= 2
    yield most


def _fell(known: Sequence[Tried]) -> bool:
    """Whether even the fastest call of the largest batch is clearly slower than the best batch below it."""
    if not known:
        return False
    *before, last = known
    return any(last.fits and last.fastest < CLEARLY * each.throughput for each in before)


def _between(known: Sequence[Tried], bad: int) -> int | None:
    good = max((each.batch for each in known if each.fits and each.batch < bad), default=0)
    return None if bad - good <= max(1, good // FINE) else (good + bad) // 2
