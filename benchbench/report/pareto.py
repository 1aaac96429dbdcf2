"""The Pareto front: what no other point betters."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Indices of the (cost, gain) points that no other point dominates, by rising cost.

    A point dominates another when it costs no more, gains no less, and is better in one of the two (Kung, Luccio and
    Preparata 1975, for two dimensions: one pass over the points sorted by cost). Equal points do not dominate each
    other and stand together.
    """
    order = sorted(range(len(points)), key=lambda index: (points[index][0], -points[index][1], index))
    kept: list[int] = []
    for index in order:
        if not kept or points[index][1] > points[kept[-1]][1] or points[index] == points[kept[-1]]:
            kept.append(index)
    return tuple(kept)
