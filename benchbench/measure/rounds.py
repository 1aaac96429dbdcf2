"""Rounds of a timed cohort: their order, when there are enough, whether the run can be trusted. No clock in here."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

from benchbench.measure.meters import Call
from benchbench.twins import apart, plain_ratio
from benchbench.types import Budget, Measurement

ATTEMPTS = 2
Read = Callable[[float], float]
"""Seconds of one call to the metric's value."""


@dataclass(frozen=True)
class Round:
    """One turn of every arm. `others` is the share of the machine that other processes took meanwhile.

    `device` are columns of how a GPU was at its end.
    """

    attempt: int
    seconds: float
    others: float
    calls: Mapping[str, Call]
    device: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Who takes turns: the reference, its identical twin and the other arms; and until when."""

    reference: str
    twin: str
    arms: tuple[str, ...]
    budget: Budget
    seed: int

    @property
    def everyone(self) -> tuple[str, ...]:
        return (self.reference, self.twin, *self.arms)

    def without(self, arm: str) -> Plan:
        """The plan after an arm has failed."""
        return replace(self, arms=tuple(each for each in self.arms if each != arm))

    def order(self, attempt: int, number: int) -> list[str]:
        """The random order of a round, the same whenever it is asked for."""
        order = list(self.everyone)
        random.Random(f"{self.seed}/{attempt}/{number}").shuffle(order)
        return order


def relevant(plan: Plan, rounds: Sequence[Round]) -> list[Round]:
    """The rounds in which all of the plan's arms had their turn."""
    return [each for each in rounds if each.calls.keys() >= set(plan.everyone)]


def attempt(plan: Plan, rounds: Sequence[Round]) -> int | None:
    """The attempt to which the next round belongs, or None when the run is over.

    An attempt whose twin differs from the reference is repeated once, within what is left of the budget.
    """
    for number in range(ATTEMPTS):
        of_it = played(plan, rounds, number)
        left = plan.budget.seconds - sum(each.seconds for each in relevant(plan, rounds) if each.attempt < number)
        if not enough(plan, of_it, left):
            return number
        if trustworthy(plan, of_it):
            return None
    return None


def played(plan: Plan, rounds: Sequence[Round], number: int) -> list[Round]:
    """The relevant rounds of one attempt."""
    return [each for each in relevant(plan, rounds) if each.attempt == number]


def last(plan: Plan, rounds: Sequence[Round]) -> list[Round]:
    """The rounds of the last attempt: those that count."""
    return played(plan, rounds, max((each.attempt for each in relevant(plan, rounds)), default=0))


def enough(plan: Plan, rounds: Sequence[Round], seconds: float) -> bool:
    """Whether an attempt may end: at least the minimum of rounds (never under two), and resolved or out of time."""
    if len(rounds) < max(2, plan.budget.min_rounds):
        return False
    return sum(each.seconds for each in rounds) >= seconds or widest(plan, rounds) <= plan.budget.half_width


def widest(plan: Plan, rounds: Sequence[Round]) -> float:
    """The greatest relative half-width of an arm's paired ratio; of the twin's where there is no other arm."""
    return max(half_width(plan, rounds, arm) for arm in plan.arms or (plan.twin,))


def half_width(plan: Plan, rounds: Sequence[Round], arm: str) -> float:
    """Relative half-width of the 95 % interval of the arm's paired ratio; infinite under two rounds."""
    if len(rounds) < 2:
        return float("inf")
    known = plain_ratio(measurement("seconds", plan, rounds, arm))
    return sqrt(known.high / known.low) - 1


def trustworthy(plan: Plan, rounds: Sequence[Round]) -> bool:
    """The A/A check: the interval of the identical twin's ratio to the reference includes 1."""
    return apart(measurement("seconds", plan, rounds, plan.reference)) is None


def measurement(metric: str, plan: Plan, rounds: Sequence[Round], arm: str, read: Read = float) -> Measurement:
    """An arm's samples with the columns of a timed measurement."""
    calls = [each.calls[arm] for each in rounds]
    columns = {
        "round": tuple(float(number) for number in range(len(rounds))),
        "cpu_s": tuple(call.cpu_s for call in calls),
        "minor_faults": tuple(float(call.minor_faults) for call in calls),
        "steal": tuple(call.steal for call in calls),
        "reference": tuple(read(each.calls[plan.reference].seconds) for each in rounds),
        "twin": tuple(read(each.calls[plan.twin].seconds) for each in rounds),
    }
    return Measurement(metric, tuple(read(call.seconds) for call in calls), columns | _on_device(rounds, calls))


def _on_device(rounds: Sequence[Round], calls: Sequence[Call]) -> dict[str, tuple[float, ...]]:
    """The columns of a GPU: both clocks, and whatever was seen of it in every round."""
    has_clock = all(call.device_s is not None for call in calls)
    named = {"device_s": "device_s", "host_s": "wall_s", "launch_s": "launch_s"} if has_clock else {}
    seen = set.intersection(*(set(each.device) for each in rounds)) if rounds else set()
    timed = {column: tuple(float(getattr(call, name)) for call in calls) for column, name in named.items()}
    return timed | {name: tuple(each.device[name] for each in rounds) for name in sorted(seen)}
