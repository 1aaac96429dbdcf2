"""How large a change must be to matter, by what it varies over: see docs/measurement.md, section 6."""

from __future__ import annotations

import re
from math import sqrt

from benchbench.types import Machine, Metric

SHARED, QUIET, GPU = 0.10, 0.05, 0.05
READING = 0.02
"""Of single readings of a counter (memory), whose error is known."""
POINT = 0.001
"""Of shares: a tenth of a point, the last digit that papers print."""
SHARE = 0.01
"""Of errors that have no scale of their own."""
STOLEN = 0.01
"""More than this share of time taken by other guests of the host, and a processor is no quiet one."""
_TOLD = re.compile(r"time, (\d+) rounds")


def of_time(machine: Machine | None, rounds: int, *, steal: float, gpu: bool, least: float = 0.0) -> tuple[float, str]:
    """The threshold of a time's ratio, as a share, and why it is that: `least` where that is more.

    A processor counts as quiet where it was calibrated, and twice its own noise is below the threshold of quiet ones.
    """
    noise = None if machine is None else own_noise(machine, rounds)
    quiet = noise is not None and 2 * noise <= QUIET and steal <= STOLEN
    usual, name = (GPU, "of a GPU") if gpu else (QUIET, "of a quiet CPU") if quiet else (SHARED, "of a shared CPU")
    known = [(usual, name), (least, "as asked for")]
    if noise is not None:
        known.append((2 * noise, "of twice the machine's own noise"))
    return max(known, key=lambda each: each[0])


def own_noise(machine: Machine, rounds: int) -> float:
    """How far apart equal arms come on this machine over so many rounds, as a share, in 95 of 100 runs."""
    counts = {int(found[1]): value for name, value in machine.apart.items() if (found := _TOLD.fullmatch(name))}
    fitting = [count for count in counts if count <= rounds]
    if fitting:
        return counts[max(fitting)]
    return max([1.96 * machine.noise / sqrt(max(rounds, 1)), *counts.values()])


def of_data(metric: Metric, before: float, after: float) -> float:
    """The threshold of a difference of scores, in the metric's unit."""
    is_share = metric.unit == "pt" or (metric.better == "higher" and not metric.unit)
    return POINT if is_share else SHARE * (abs(before) + abs(after)) / 2
