"""What stands beside a timing."""

from dataclasses import replace

import pytest

from benchbench.measure.meters import Call
from benchbench.measure.notes import far_out, notes
from benchbench.measure.rounds import Round, measurement
from tests.measure.invented import BASE, TWIN, plan, rounds_of

QUIET = {BASE: [1.0, 1.01, 0.99, 1.0, 1.0], TWIN: [1.0, 1.0, 1.0, 1.01, 1.0], "half": [0.5, 0.505, 0.495, 0.5, 0.5]}


def with_calls(rounds: list[Round], **changes: float) -> list[Round]:
    def changed(call: Call) -> Call:
        return replace(call, **changes)  # type: ignore[arg-type]

    return [replace(each, calls={name: changed(call) for name, call in each.calls.items()}) for each in rounds]


def test_a_quiet_resolved_run_needs_no_words() -> None:
    assert notes(plan("half"), rounds_of(QUIET), "half", 1) == ()
    assert notes(plan("half"), rounds_of(QUIET), BASE, 1) == ()


def test_what_is_not_resolved_says_by_how_much() -> None:
    walls = {**QUIET, "half": [0.5, 0.9, 0.4, 0.8, 0.6]}
    (unresolved, spread) = notes(plan("half"), rounds_of(walls), "half", 1)
    assert unresolved.startswith("not resolved: half-width ")
    assert "after 5 rounds, 2.0% wanted" in unresolved
    assert "samples spread by" in spread
    assert notes(plan("half"), rounds_of(walls), BASE, 1) == ()


@pytest.mark.parametrize(
    ("changes", "threads", "words"),
    [
        ({"cpu_s": 0.2}, 1, "threads waited"),
        ({"cpu_s": 0.5}, 2, "threads waited"),
        ({"steal": 0.02}, 1, "2.0% of the time was stolen"),
        ({"wall_s": 0.0005, "cpu_s": 0.0005}, 1, "shorter than a millisecond"),
    ],
)
def test_each_kind_of_doubt_is_told(changes: dict[str, float], threads: int, words: str) -> None:
    found = notes(plan("half"), with_calls(rounds_of(QUIET), **changes), "half", threads)
    assert any(words in note for note in found), found


def test_a_busy_machine_is_told() -> None:
    rounds = [replace(each, others=0.4) for each in rounds_of(QUIET)]
    assert notes(plan("half"), rounds, "half", 1) == ("other processes took 40% of the machine meanwhile",)


def test_a_failed_self_check_is_told_on_every_arm() -> None:
    bad = {**QUIET, TWIN: [2 * wall for wall in QUIET[TWIN]]}
    twice = rounds_of(bad) + rounds_of(bad, attempt=1)
    for arm in (BASE, "half"):
        told = notes(plan("half"), twice, arm, 1)[0]
        assert "A/A check failed, also when repeated: the identical twin took ×2.004 [1.976, 2.033]" in told
        assert "], then ×2.004 [1.976, 2.033]" in told
    healed = rounds_of(bad) + rounds_of(QUIET, attempt=1)
    (told,) = notes(plan("half"), healed, "half", 1)
    assert told.startswith("the run was repeated: its first A/A check failed, with ×2.004 [")


def test_outliers_are_told_and_kept() -> None:
    walls = {**QUIET, "half": [0.5, 0.505, 0.495, 0.5, 0.9]}
    rounds = rounds_of(walls)
    assert "1 of 5 samples lie far out; they are kept" in notes(plan("half"), rounds, "half", 1)
    assert measurement("s", plan("half"), rounds, "half").samples == tuple(walls["half"])


@pytest.mark.parametrize(
    ("samples", "count"),
    [([1.0], 0), ([1.0, 9.0], 0), ([1, 1, 1, 1, 1.05], 0), ([1, 1, 1, 1, 1.2, 0.8], 2), ([1, 2, 3, 4, 5, 12], 0)],
)
def test_far_out_is_beyond_what_the_rest_varies_by(samples: list[float], count: int) -> None:
    assert far_out(samples) == count
