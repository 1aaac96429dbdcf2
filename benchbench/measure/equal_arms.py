"""How far two equal arms come apart on this machine: its A/A noise, by the turns that time a cohort.

Each run has a pair built anew, so that where their weights come to lie in memory is part of it, as it is of a cohort.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean, median

import torch

from benchbench.measure.meters import Call, Meters
from benchbench.measure.rounds import Plan, Round, played
from benchbench.measure.turns import run
from benchbench.types import Budget

RUNS, LEAST_RUNS, SECONDS = 20, 6, 30.0
"""Runs of a pair; fewer where they take longer."""
ROUNDS = (5, 10)
STATISTICS: dict[str, Callable[[Call], float]] = {"time": lambda call: call.wall_s, "cpu time": lambda call: call.cpu_s}
WIDTH, TOKENS, LAYERS = 384, 64, 6
"""The pair are the feed-forward layers of a small transformer: some ten milliseconds a call on one core."""


def pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """Calls of two equal models, each with weights of its own, warmed up."""
    first, second = _call(), _call()
    for call in (first, second):
        call()
    return first, second


def equal_runs(
    meters: Meters, runs: int = RUNS, made: Callable[[], Sequence[Callable[[], object]]] = pair
) -> list[list[Round]]:
    """The rounds of so many runs of a pair, of fewer where the machine is slow."""
    found: list[list[Round]] = []
    start = meters.wall()
    for seed in range(runs):
        if len(found) >= LEAST_RUNS and meters.wall() - start > SECONDS:
            break
        plan = Plan("one", "other", (), Budget(0.0, max(ROUNDS), 0.0), seed)
        found.append(played(plan, run(plan, dict(zip(plan.everyone, made(), strict=True)), meters), 0))
    return found


def noise_of_a_pair(runs: Sequence[Sequence[Round]]) -> float:
    """The standard deviation of the log-ratio of two equal calls in one round, as its median tells.

    1.48 times the median of what is normally distributed, less its sign, is its standard deviation; a call in which
    somebody else had the core moves it little.
    """
    return 1.4826 * median(abs(_log_ratio(each, STATISTICS["time"])) for rounds in runs for each in rounds)


def noise_of_a_run(runs: Sequence[Sequence[Round]]) -> dict[str, float]:
    """By statistic and number of rounds: within how much of 1 the ratio of equal arms is in 95 of 100 runs."""
    found = {}
    for count in ROUNDS:
        for name, read in STATISTICS.items():
            means = [fmean(_log_ratio(each, read) for each in rounds[:count]) for rounds in runs]
            found[f"{name}, {count} rounds"] = math.expm1(1.96 * math.sqrt(fmean(mean**2 for mean in means)))
    return found


def _log_ratio(each: Round, read: Callable[[Call], float]) -> float:
    one, other = (read(each.calls[name]) for name in ("one", "other"))
    return math.log(other / one) if one > 0 and other > 0 else 0.0


def _call() -> Callable[[], object]:
    layers = [
        layer
        for _ in range(LAYERS)
        for layer in (torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.GELU(), torch.nn.Linear(4 * WIDTH, WIDTH))
    ]
    model, inputs = torch.nn.Sequential(*layers).eval(), torch.rand(TOKENS, WIDTH)

    def call() -> object:
        with torch.inference_mode():
            return model(inputs)

    return call
