"""Turns of timed calls: a round is one call of everyone, in an order that is random and known. No models in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchbench.measure.meters import Meters
from benchbench.measure.rounds import Plan, Round, attempt, played

Calls = Mapping[str, Callable[[], object]]
"""What each who takes turns does in its turn."""


class Broken(Exception):
    """A call raised, for the reason that is its cause: whose."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def take_turns(
    plan: Plan, calls: Calls, meters: Meters, number: int, known: list[Round], turn: Callable[[str], None]
) -> Round:
    """The next round of an attempt, of which some may be `known`; `turn` is told whose it is. Raises Broken."""
    before, start, cpu = meters.ticks(), meters.wall(), meters.cpu()
    found = {}
    for name in plan.order(number, len(played(plan, known, number))):
        turn(name)
        try:
            found[name] = meters.time(calls[name])
        except Exception as error:
            raise Broken(name) from error
    others = meters.others(before, meters.cpu() - cpu)
    return Round(number, meters.wall() - start, others, found)


def run(plan: Plan, calls: Calls, meters: Meters) -> list[Round]:
    """Every round of a run, until it is over; nothing is kept on disk."""
    rounds: list[Round] = []
    while (number := attempt(plan, rounds)) is not None:
        rounds.append(take_turns(plan, calls, meters, number, rounds, lambda _name: None))
    return rounds
