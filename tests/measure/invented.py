"""Rounds that never happened, for tests of what is made of them."""

from collections.abc import Mapping, Sequence

from benchbench.measure.meters import Call
from benchbench.measure.rounds import Plan, Round
from benchbench.types import Budget

BASE, TWIN = "base", "base (twin)"


def plan(*arms: str, seconds: float = 100.0, min_rounds: int = 5, half_width: float = 0.02) -> Plan:
    return Plan(BASE, TWIN, arms, Budget(seconds, min_rounds, half_width), seed=0)


def call(wall_s: float, cpu_s: float | None = None, steal: float = 0.0) -> Call:
    return Call(wall_s, wall_s if cpu_s is None else cpu_s, 0, steal)


def round_of(walls: Mapping[str, float], attempt: int = 0, seconds: float = 1.0, others: float = 0.0) -> Round:
    return Round(attempt, seconds, others, {name: call(wall) for name, wall in walls.items()})


def rounds_of(walls: Mapping[str, Sequence[float]], attempt: int = 0, seconds: float = 1.0) -> list[Round]:
    """One round for each position of the sequences."""
    return [
        round_of(dict(zip(walls, values, strict=True)), attempt, seconds)
        for values in zip(*walls.values(), strict=True)
    ]
