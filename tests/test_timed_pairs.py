from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchbench.measure.opposing import Match, Turn
from benchbench.pull_request import confirmed
from benchbench.side_worker import TWIN
from benchbench.timed_pairs import Contest, Timed, contests, timed_changes
from benchbench.types import (
    Change,
    Cohort,
    Condition,
    Failed,
    Judgement,
    Measured,
    ProbeUse,
    Scale,
    Trial,
    Use,
    Variant,
)

SCALE = Scale("small", "small", "vit", "random", Use("glyphs", {}), timing=(48, 48))
ROUNDS = 24
Wall = dict[Turn, float]


def cohort(*names: str, probe: str = "latency", batch: int = 1) -> Cohort:
    use = ProbeUse(probe, condition=Condition(batch=batch, threads=1))
    trials = tuple(Trial(Variant(name, name), SCALE, use) for name in names)
    return Cohort(SCALE, use, Variant("base", "base"), trials)


def match(wall: Wall, cpu: Wall, noise: float, metric: str = "latency_ms") -> Match:
    """Rounds around these milliseconds, the clock as noisy as this and the processor's time exact to 1 %."""
    chance = np.random.default_rng(0)
    rounds = []
    for _ in range(ROUNDS):
        answers = {}
        for turn, value in wall.items():
            held_up, work = np.exp([noise, 0.01] * chance.standard_normal(2))
            call = {"cpu_s": cpu[turn] * float(work), "minor_faults": 0, "steal": 0.0}
            answers[turn] = {"value": value * float(held_up), "call": call}
        rounds.append(answers)
    return Match(metric, {}, tuple(rounds))


def turns(after: float, before: float = 10.0) -> Wall:
    return {(0, "base"): 10.0, (1, "base"): 10.0, (0, TWIN): 10.0, (0, "cut"): before, (1, "cut"): after}


def judged(found: Match) -> dict[str, Change]:
    contest = Contest(cohort("base", "cut"), cohort("base", "cut"))
    return {change.variant: change for change in timed_changes(Timed(contest, (found,)), (), 0.0)}


def test_a_quiet_clock_decides() -> None:
    found = judged(match(turns(12.0), turns(1.0, 1.0), 0.02))
    assert found["cut"].judgement is Judgement.REGRESSION
    assert found["cut"].effect is not None
    assert found["cut"].effect.value == pytest.approx(0.2, abs=0.03)
    assert "CPU time" not in found["cut"].why
    assert found["base"].judgement is Judgement.EQUIVALENT


def test_on_a_busy_machine_the_processors_time_decides() -> None:
    found = judged(match(turns(12.0), turns(12.0), 0.8))["cut"]
    assert found.judgement is Judgement.REGRESSION
    assert "by CPU time, since the machine is too busy for the clock" in found.why
    assert found.effect is not None
    assert found.effect.value == pytest.approx(0.2, abs=0.03)
    assert judged(match(turns(10.0), turns(10.0), 0.8))["cut"].judgement is not Judgement.REGRESSION


def test_more_images_a_second_for_less_work_is_an_improvement() -> None:
    found = judged(match(turns(12.0), turns(8.0), 0.8, "throughput_ips"))["cut"]
    assert found.judgement is Judgement.IMPROVEMENT


def test_work_that_the_clock_excludes_decides_nothing() -> None:
    """Slower by the clock, though not by the threshold, and twice as fast by the processor's time."""
    found = judged(match(turns(10.9), turns(5.0), 0.04))["cut"]
    assert found.judgement in (Judgement.SUSPICIOUS, Judgement.INCONCLUSIVE)


def test_a_twin_that_came_apart_is_told_and_widens() -> None:
    torn = {**turns(12.0), (0, TWIN): 13.0}
    contest = Contest(cohort("base", "cut"), cohort("base", "cut"))
    timed = Timed(contest, (match(torn, turns(1.0, 1.0), 0.02),))
    (change,) = (each for each in timed_changes(timed, (), 0.0) if each.variant == "cut")
    assert change.judgement is Judgement.SUSPICIOUS
    (note,) = timed.notes
    assert "came apart by +30" in note


def test_cohorts_are_the_same_by_names_settings_and_condition() -> None:
    before = [cohort("base"), cohort("base", batch=8), cohort("base", probe="throughput")]
    after = [cohort("base", "new", batch=8), cohort("base", batch=4)]
    (found,) = contests(before, after)
    assert (found.before, found.after) == (before[1], after[0])
    assert found.names == ["base"]


def test_who_fell_on_one_side_stands_on_both_and_who_is_gone_on_one() -> None:
    contest = Contest(cohort("base", "cut", "gone"), cohort("base", "cut", "new"))
    ours, theirs = Timed(contest, (Match(fallen={(1, "cut"): "no"}),)).standing
    assert {entry.trial.variant.name: entry.outcome for entry in ours} == {
        "cut": Measured((), ()),
        "gone": Measured((), ()),
    }
    assert {entry.trial.variant.name: entry.outcome for entry in theirs} == {"cut": Failed("no", "")}


def test_only_what_is_seen_again_stays_an_alarm() -> None:
    slow = judged(match(turns(12.0), turns(1.0, 1.0), 0.02))
    equal = judged(match(turns(10.0), turns(1.0, 1.0), 0.02))
    asked: list[list[str]] = []

    def again(found: dict[str, Change]) -> Change:
        def measured(names: list[str]) -> list[Change]:
            asked.append(names)
            return list(found.values())

        return {change.variant: change for change in confirmed(list(slow.values()), measured)}["cut"]

    assert again(slow).judgement is Judgement.REGRESSION
    assert "seen again in fresh processes (+" in again(slow).why
    assert again(equal).judgement is Judgement.SUSPICIOUS
    assert again({}).judgement is Judgement.SUSPICIOUS
    assert asked == [["cut"]] * 4
    calm = [replace(change, judgement=Judgement.EQUIVALENT) for change in slow.values()]
    assert confirmed(calm, lambda names: pytest.fail(f"{names} asked again")) == calm
