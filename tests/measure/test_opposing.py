"""Turns of two processes, played by small scripts that speak as a checkout's process does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchbench.errors import BenchbenchError
from benchbench.measure.opposing import Limits, Match, Opponent, oppose, order, widest
from benchbench.side_worker import TWIN

SCRIPT = """
import json, os, sys, time
told = json.loads(sys.argv[1])
for line in sys.stdin:
    command = json.loads(line)
    with open(told["diary"], "a") as diary:
        diary.write(f"{told['side']} {command['do']} {command.get('arm', '')}\\n")
    answer = {"say": command["do"], "metric": "latency_ms", "environment": {"cpu": "toy"}}
    if command.get("arm") == told.get("dies") and command["do"] == "call":
        os._exit(3)
    if command.get("arm") == told.get("raises") and command["do"] == "build":
        answer = {"say": "failed", "error": "RuntimeError: no", "hint": ""}
    if command["do"] == "open" and told.get("shut"):
        answer = {"say": "refused", "error": "no such family", "hint": "mend it"}
    if command["do"] == "call":
        call = {"wall_s": 1.0, "cpu_s": 1.0, "minor_faults": 0, "steal": 0.0}
        answer = {"say": "called", "value": told["values"].get(command["arm"], 1.0), "call": call}
    print(json.dumps(answer), flush=True)
    print(json.dumps({"say": "done"}), flush=True)
"""
LIMITS = Limits(rounds=4, seconds=0.0, timeout_s=30.0)
Play = Callable[..., Match]


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    return tmp_path / "diary"


@pytest.fixture
def play(diary: Path) -> Play:
    def played(names: list[str], first: dict[str, Any], second: dict[str, Any]) -> Match:
        def started(side: int, told: dict[str, Any]) -> Opponent:
            words = json.dumps({"diary": str(diary), "side": side, "values": {}, **told})
            return Opponent([sys.executable, "-c", SCRIPT, words], os.environ)

        starts = lambda: started(0, first), lambda: started(1, second)
        return oppose(starts, ({}, {}), names, "base", LIMITS, lambda _words: None)

    return played


def test_every_round_has_every_arm_of_both_sides_and_the_twin(play: Play, diary: Path) -> None:
    found = play(["base", "cut"], {}, {"values": {"cut": 1.5}})
    assert len(found.rounds) == 4
    assert all(each.keys() == {(0, "base"), (0, TWIN), (1, "base"), (0, "cut"), (1, "cut")} for each in found.rounds)
    assert found.measurement(1, "cut", "base").samples == (1.5,) * 4
    assert found.measurement(0, "cut", "base").columns["twin"] == (1.0,) * 4
    assert found.fallen == {}
    calls = [line.split() for line in diary.read_text().splitlines() if " call " in line]
    pairs = [(ours[2], theirs[2]) for ours, theirs in pairwise(calls)]
    assert ("cut", "cut") in pairs


def test_an_arm_that_raises_on_one_side_is_left_out_on_both(play: Play) -> None:
    found = play(["base", "cut", "thin"], {}, {"raises": "cut"})
    assert found.fallen == {(1, "cut"): "RuntimeError: no"}
    assert {name for _, name in found.rounds[0]} == {"base", "thin", TWIN}


def test_an_arm_that_ends_its_process_is_left_out_and_the_rest_begins_anew(play: Play) -> None:
    found = play(["base", "cut"], {}, {"dies": "cut"})
    assert "ended with status 3" in found.fallen[1, "cut"]
    assert len(found.rounds) == 4


def test_a_twin_that_falls_is_its_reference(play: Play) -> None:
    found = play(["base", "cut"], {"raises": TWIN}, {})
    assert found.fallen.keys() == {(0, "base")}
    assert {name for _, name in found.rounds[0]} == {"cut"}
    assert "twin" not in found.measurement(0, "cut", "base").columns


def test_nobody_left_is_a_match_without_rounds(play: Play) -> None:
    assert play(["base"], {"raises": "base"}, {}).rounds == ()


def test_a_side_that_cannot_open_is_told_and_no_process_is_left(play: Play) -> None:
    before = set(psutil.Process().children())
    with pytest.raises(BenchbenchError, match="no such family"):
        play(["base"], {"shut": True}, {})
    left = set(psutil.Process().children()) - before
    assert not [each for each in left if each.status() != psutil.STATUS_ZOMBIE]


def test_orders_differ_from_round_to_round_and_pairs_are_neighbours() -> None:
    units = [[(0, name), (1, name)] for name in "abcd"]
    orders = [order(units, 0, number) for number in range(40)]
    assert orders == [order(units, 0, number) for number in range(40)]
    assert len({tuple(each) for each in orders}) > 30
    assert all(each[2 * place][1] == each[2 * place + 1][1] for each in orders for place in range(4))
    assert 20 < sum(each[0][0] for each in orders) + sum(each[2][0] for each in orders) < 60


def test_the_widest_pair_decides_and_one_round_tells_nothing() -> None:
    def round_of(value: float) -> dict[tuple[int, str], dict[str, float]]:
        ones = {(0, "a"): {"value": 1.0}, (1, "a"): {"value": 1.0}, (0, "b"): {"value": 1.0}}
        return {**ones, (1, "b"): {"value": value}}

    assert widest([round_of(1.0)], ["a", "b"]) == inf
    rounds = [round_of(value) for value in (0.9, 1.0, 1.1, 1.2)]
    assert widest(rounds, ["a"]) == 0
    assert widest(rounds, ["a", "b"]) > 0.1
