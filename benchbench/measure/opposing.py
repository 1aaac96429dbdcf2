"""Two checkouts against each other: a process of each holds the same models, and one of both computes at a time.

A round is one call of every model in either process. The models come in an order that is random and known, and so do
the two sides of each: both calls of a pair are neighbours, so that what drifts, drifts for both.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from math import exp, inf, log, sqrt
from statistics import median
from typing import Any, Literal

from benchbench.errors import BenchbenchError, Crashed
from benchbench.measure.process import Message, WorkerProcess
from benchbench.side_worker import TWIN
from benchbench.types import Measurement

Turn = tuple[int, str]
"""Which side, and which arm of it."""
SIDES = (0, 1)
Clock = Literal["value", "cpu_s"]
T_99 = 3.0
"""About the 99 % quantile of Student's t for some ten rounds: to decide when to stop, not what was found."""


@dataclass(frozen=True)
class Limits:
    """At least so many rounds, then until every pair is known to `half_width` with 99 %, or `seconds` have passed."""

    rounds: int = 12
    seconds: float = 60.0
    half_width: float = 0.03
    seed: int = 0
    timeout_s: float = 900.0


@dataclass(frozen=True)
class Match:
    """What came of a cohort: by turn one value and the columns of each round; errors of arms that fell."""

    metric: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict)
    rounds: tuple[Mapping[Turn, Message], ...] = ()
    fallen: Mapping[Turn, str] = field(default_factory=dict)

    def measurement(self, side: int, name: str, reference: str, clock: Clock = "value") -> Measurement:
        """One side's samples of an arm, with the columns of a timed measurement; the twin's where it took turns.

        By the clock "cpu_s" the samples are seconds of the processor instead of the probe's metric.
        """
        calls = [each[side, name]["call"] for each in self.rounds]
        columns: dict[str, tuple[float, ...]] = {"round": tuple(map(float, range(len(self.rounds))))}
        columns |= {key: tuple(float(call[key]) for call in calls) for key in ("cpu_s", "minor_faults", "steal")}
        if all((0, TWIN) in each and (0, reference) in each for each in self.rounds):
            columns |= {"reference": self._values(0, reference, clock), "twin": self._values(0, TWIN, clock)}
        return Measurement(self.metric, self._values(side, name, clock), columns)

    def _values(self, side: int, name: str, clock: Clock) -> tuple[float, ...]:
        answers = [each[side, name] for each in self.rounds]
        return tuple(float(each["value"] if clock == "value" else each["call"][clock]) for each in answers)


class Opponent(WorkerProcess):
    """A process of one checkout that does what it is told, one thing after another."""

    def ask(self, timeout_s: float, **command: Any) -> Message:
        """Its last answer to a command. Raises Crashed, and BenchbenchError for what it raised itself."""
        self._tell(json.dumps(command) + "\n")
        *_, answer = [{"say": "nothing"}, *self.messages(timeout_s)]
        if answer["say"] in ("refused", "failed"):
            raise BenchbenchError(answer["error"], answer["hint"])
        return answer


class _Fell(Exception):
    """An arm of one side cannot go on."""

    def __init__(self, turn: Turn, error: str) -> None:
        super().__init__(error)
        self.turn, self.error = turn, error


Start = Callable[[], Opponent]


def oppose(
    starts: tuple[Start, Start],
    openings: tuple[Message, Message],
    names: Sequence[str],
    reference: str,
    limits: Limits,
    tell: Callable[[str], None],
) -> Match:
    """Time these arms of both sides by turns; one that falls on one side is left out on both, and the rest begin anew.

    The reference is among the names. Raises BenchbenchError where a side cannot even open its cohort.
    """
    fallen: dict[Turn, str] = {}
    while left := [name for name in names if not {(side, name) for side in SIDES} & fallen.keys()]:
        try:
            with ExitStack() as stack:
                hands = [stack.enter_context(closing(start())) for start in starts]
                found = _Playing(hands, openings, reference, limits, tell).play(left)
            return Match(found.metric, found.environment, found.rounds, fallen)
        except _Fell as fell:
            fallen[fell.turn] = fell.error
    return Match(fallen=fallen)


class _Playing:
    def __init__(
        self,
        hands: Sequence[Opponent],
        openings: tuple[Message, Message],
        reference: str,
        limits: Limits,
        tell: Callable[[str], None],
    ) -> None:
        self._hands, self._limits, self._tell = hands, limits, tell
        self._openings, self._reference = openings, reference

    def play(self, names: Sequence[str]) -> Match:
        patience = self._limits.timeout_s
        pairs = [
            hand.ask(patience, do="open", **opening) for hand, opening in zip(self._hands, self._openings, strict=True)
        ]
        units = [[(side, name) for side in SIDES] for name in names]
        if self._reference in names:
            units[list(names).index(self._reference)].append((0, TWIN))
        for turn in (turn for unit in units for turn in unit):
            self._tell(f"building {turn[1]} of {('BASE', 'HEAD')[turn[0]]}")
            self._asked(turn, "build")
        for hand in self._hands:
            hand.ask(patience, do="rouse")
        return Match(pairs[1]["metric"], pairs[1]["environment"], tuple(self._rounds(units, names)))

    def _rounds(self, units: Sequence[Sequence[Turn]], names: Sequence[str]) -> list[Mapping[Turn, Message]]:
        rounds: list[Mapping[Turn, Message]] = []
        start = time.monotonic()
        while not self._is_enough(rounds, names, time.monotonic() - start):
            rounds.append({turn: self._asked(turn, "call") for turn in order(units, self._limits.seed, len(rounds))})
            self._tell(f"round {len(rounds)}, ±{widest(rounds, names):.1%}")
        return rounds

    def _is_enough(self, rounds: Sequence[Mapping[Turn, Message]], names: Sequence[str], seconds: float) -> bool:
        if len(rounds) < self._limits.rounds:
            return False
        return seconds >= self._limits.seconds or widest(rounds, names) <= self._limits.half_width

    def _asked(self, turn: Turn, what: str) -> Message:
        try:
            return self._hands[turn[0]].ask(self._limits.timeout_s, do=what, arm=turn[1])
        except Crashed as crash:
            hand = self._hands[turn[0]]
            hand.kill()
            raise _Fell(self._blamed(turn), f"{crash}; {(hand.log().splitlines() or [''])[-1]}") from crash
        except BenchbenchError as error:
            raise _Fell(self._blamed(turn), error.what) from error

    def _blamed(self, turn: Turn) -> Turn:
        """What a twin does is its reference's doing."""
        return (0, self._reference) if turn == (0, TWIN) else turn


def order(units: Sequence[Sequence[Turn]], seed: int, number: int) -> list[Turn]:
    """The random order of a round, the same whenever it is asked for: units in any order, and turns within a unit."""
    chance, shuffled = random.Random(f"{seed}/{number}"), [list(unit) for unit in units]
    chance.shuffle(shuffled)
    for unit in shuffled:
        chance.shuffle(unit)
    return [turn for unit in shuffled for turn in unit]


def widest(rounds: Sequence[Mapping[Turn, Message]], names: Sequence[str]) -> float:
    """The greatest relative half-width of a pair's ratio over the rounds, of about 99 %; infinite under two rounds."""
    if len(rounds) < 2:
        return inf
    return max(_half_width([log(each[1, name]["value"] / each[0, name]["value"]) for each in rounds]) for name in names)


def _half_width(gaps: Sequence[float]) -> float:
    """By the median distance from the median, which a few calls that were held up do not move."""
    middle = median(gaps)
    deviation = 1.4826 * median(abs(gap - middle) for gap in gaps)
    return exp(T_99 * deviation / sqrt(len(gaps))) - 1
