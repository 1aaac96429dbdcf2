"""What a run's identical twin does to the intervals of its ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench import stats, twins
from benchbench.report.conditions import twin_text
from benchbench.types import Entry, Estimate, Measurement, Ruling
from tests.claimed_suite import claim, measured, reading, stated, timed, trial, verdict

NEAR = [1.0, 1.01, 0.99, 1.0, 1.005, 0.995]
FAR = [1.04, 1.05, 1.06, 1.05, 1.045, 1.055]
SLIGHT = [1.005, 1.0055, 1.0045, 1.005, 1.0052, 1.0048]
HALF = [0.5, 0.505, 0.495, 0.5, 0.5, 0.502]
SLOWER = claim("change", reading(stated("-45%", -0.45, 0.025), "latency_ms", "change"), conditions={"hardware": "any"})


def run(ratios: Sequence[float], twin: Sequence[float]) -> Measurement:
    """An arm and a twin that took these ratios to the reference of their round."""
    base = [1 + 0.1 * number for number in range(len(ratios))]
    columns = {
        "round": tuple(map(float, range(len(base)))),
        "reference": tuple(base),
        "twin": tuple(one * other for one, other in zip(base, twin, strict=True)),
    }
    return Measurement("latency_ms", tuple(one * other for one, other in zip(base, ratios, strict=True)), columns)


def test_a_run_that_passes_its_check_keeps_its_intervals() -> None:
    good = run(HALF, NEAR)
    assert twins.apart(good) is None
    assert twins.ratio(good) == twins.plain_ratio(good)
    assert twins.ratio(good).scope == stats.ratio(good).scope
    assert "excludes" not in twin_text(good)


def between(ratios: Sequence[float], *, same_run: bool) -> tuple[Estimate, Estimate]:
    """As it comes out of the rounds alone, and as it is reported."""
    arms = run(ratios, NEAR), run(NEAR, NEAR)
    return stats.ratio_between(*arms, same_run=same_run), twins.ratio_between(*arms, same_run=same_run)


def test_where_weights_lie_in_memory_adds_to_what_the_rounds_tell() -> None:
    good = run(HALF, NEAR)
    for (known, wide), models in (
        ((stats.ratio(good), twins.ratio(good)), 1),
        ((stats.twin_ratio(good), twins.twin_ratio(good)), 1),
        (between(HALF, same_run=True), 1),
        (between(HALF, same_run=False), 2),
    ):
        assert wide.value == known.value
        half, expected = (math.log(each.high / each.low) / 2 for each in (known, wide))
        assert expected**2 == pytest.approx(half**2 + models * (1.96 * twins.PLACEMENT) ** 2)
    still = run([0.5, 0.5, 0.5], [1.0, 1.0, 1.0])
    assert twins.ratio(still).high == pytest.approx(0.5 * math.exp(1.96 * twins.PLACEMENT))


def test_a_twin_that_is_off_within_that_passes() -> None:
    assert stats.twin_ratio(run(HALF, SLIGHT)).low > 1
    assert twins.apart(run(HALF, SLIGHT)) is None


def test_one_that_fails_widens_them_by_the_farther_limit_of_the_twin() -> None:
    bad = run(HALF, FAR)
    off = twins.apart(bad)
    assert off is not None
    assert off.low > 1
    known, wide = twins.plain_ratio(bad), twins.ratio(bad)
    assert wide.value == known.value
    assert wide.low == pytest.approx(known.low / off.high)
    assert wide.high == pytest.approx(known.high * off.high)
    assert wide.scope.endswith(f"widened by {off.high - 1:.1%} for the run's failed A/A check")
    assert "excludes 1 also when repeated" in twin_text(bad)


@given(st.lists(st.floats(0.5, 2), min_size=3, max_size=9), st.floats(0.8, 1.25))
def test_a_faster_twin_is_as_bad_as_a_slower_one(ratios: list[float], off: float) -> None:
    noise = [math.exp(0.001 * (-1) ** number) for number in range(len(ratios))]
    slower, faster = run(ratios, [off * each for each in noise]), run(ratios, [1 / (off * each) for each in noise])
    wide = [twins.ratio(each) for each in (slower, faster)]
    assert wide[0].low == pytest.approx(wide[1].low)
    assert wide[0].high == pytest.approx(wide[1].high)
    assert wide[0].low <= stats.ratio(slower).low


def test_two_runs_may_both_be_off() -> None:
    bad, good = run(HALF, FAR), run(NEAR, NEAR)
    within = twins.ratio_between(bad, run(NEAR, FAR), same_run=True)
    across = twins.ratio_between(bad, run(NEAR, FAR), same_run=False)
    off = twins.apart(bad)
    assert off is not None
    plain, distant = (twins.ratio_between(run(HALF, NEAR), good, same_run=same) for same in (True, False))
    assert within.high / plain.high == pytest.approx(off.high)
    assert across.high / distant.high == pytest.approx(off.high**2)
    assert twins.ratio_between(good, bad, same_run=False).high < 1.1 / HALF[2] * off.high


def test_without_a_twin_or_a_second_round_there_is_no_check() -> None:
    bad = run(HALF, FAR)
    assert twins.apart(replace(bad, columns={"round": (), "reference": ()})) is None
    once = run(HALF[:1], FAR[:1])
    assert twins.apart(once) is None
    assert twins.ratio(once).scope == stats.NO_INTERVAL


def test_a_claim_that_only_a_failed_run_refutes_stays_open() -> None:
    def entry(name: str, ratios: Sequence[float], twin: Sequence[float]) -> Entry:
        return measured(trial(name, "latency_ms"), run(ratios, twin))

    assert verdict(SLOWER, entry("layers", HALF, NEAR), timed("base", [1.0] * 6)).ruling is Ruling.REFUTED
    doubtful = verdict(SLOWER, entry("layers", HALF, FAR), entry("base", [1.0] * 6, FAR))
    assert doubtful.ruling is Ruling.UNDECIDED
    assert "for the run's failed A/A check" in doubtful.reason
