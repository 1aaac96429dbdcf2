"""What a machine allows: the roofline, and how much a part that is made faster can make of the whole.

Roofline: Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009; here in multiply-adds instead of operations. Speed-up: Amdahl,
"Validity of the single processor approach to achieving large scale computing capabilities", AFIPS 1967.
"""

from __future__ import annotations

from collections.abc import Sequence


def attainable(intensity: float, peak: float, bandwidth: float) -> float:
    """The highest rate (multiply-adds a second) at an intensity (multiply-adds for each byte moved).

    `peak` is in multiply-adds a second, `bandwidth` in bytes a second: the lower of two roofs.
    """
    return min(peak, intensity * bandwidth)


def ridge(peak: float, bandwidth: float) -> float:
    """The intensity at which the roofs meet: below it memory bounds, above it arithmetic."""
    return peak / bandwidth


def cut(before: Sequence[float], after: Sequence[float]) -> list[bool]:
    """Which blocks lost work, by their multiply-adds before and after; one that is gone has 0."""
    return [now < then for then, now in zip(before, after, strict=True)]


def outside(times: Sequence[float], before: Sequence[float], after: Sequence[float]) -> float:
    """The share of the time in blocks that lost no work. Times are those before; raises ValueError on none at all."""
    total = sum(times)
    if total <= 0:
        raise ValueError("no time to share")
    return sum(time for time, is_cut in zip(times, cut(before, after), strict=True) if not is_cut) / total


def bound(times: Sequence[float], before: Sequence[float], after: Sequence[float]) -> float:
    """The highest speed-up of the whole if each block that lost work became faster in proportion, the others not.

    Amdahl's law with a factor of its own for each block: sum(t) / sum(t * after / before). Infinite where all the time
    is in blocks that are gone. Raises ValueError on no time at all.
    """
    total = sum(times)
    if total <= 0:
        raise ValueError("no time to save")
    left = sum(time * (now / then if now < then else 1.0) for time, then, now in zip(times, before, after, strict=True))
    return total / left if left else float("inf")
