"""The rules of a gate: symmetric, monotone, corrected for their number; and its exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from benchbench.types import STATUS, Change, Estimate, Judgement, Metric
from benchbench.types.compared import Comparison
from benchbench.verify.effects import Effect
from benchbench.verify.gates import corrected, counted, exit_code, holm, judged

J = Judgement
MIRROR = {J.REGRESSION: J.IMPROVEMENT, J.IMPROVEMENT: J.REGRESSION}
Better = Literal["lower", "higher", "neither"]
BETTER = st.sampled_from(cast("tuple[Better, ...]", ("lower", "higher", "neither")))
NUMBERS = st.floats(-1, 1)
METRIC = Metric("latency_ms", "latency", "ms", "lower", 1)


@st.composite
def drawn_effects(draw: st.DrawFn) -> Effect:
    value, down, up = draw(NUMBERS), draw(st.floats(0, 1)), draw(st.floats(0, 1))
    return Effect(value, value - down, value + up, draw(st.none() | st.floats(0, 1)))


def change(judgement: Judgement, p: float | None = None, *, metric: Metric = METRIC, lost: bool = False) -> Change:
    number = Estimate(1, 1, 1)
    after = None if lost else number
    return Change("t", "s", "latency", "v", metric, "time", judgement, number, after, None, 0.1, p, "")


def of(*changes: Change) -> Comparison:
    return Comparison("a", "b", changes)


@given(drawn_effects(), st.floats(0, 1), BETTER)
def test_swapping_sides_mirrors_the_judgement(effect: Effect, threshold: float, better: Better) -> None:
    there, _ = judged(effect, threshold, better)
    back, _ = judged(effect.mirrored, threshold, better)
    assert back == MIRROR.get(there, there)


@given(drawn_effects(), st.floats(0, 1), st.floats(0, 1), BETTER)
def test_a_higher_threshold_alarms_no_more_and_never_doubts_what_is_equivalent(
    effect: Effect, one: float, other: float, better: Better
) -> None:
    low, high = sorted((one, other))
    strict, lax = judged(effect, low, better)[0], judged(effect, high, better)[0]
    assert lax in (strict, J.SUSPICIOUS, J.EQUIVALENT) or strict is J.SUSPICIOUS
    assert not (lax in MIRROR and strict not in MIRROR)
    assert strict is not J.EQUIVALENT or lax is J.EQUIVALENT


@given(drawn_effects(), st.floats(0, 1), BETTER)
def test_an_alarm_is_proven_and_large(effect: Effect, threshold: float, better: Better) -> None:
    judgement, _ = judged(effect, threshold, better)
    if judgement in MIRROR:
        assert abs(effect.value) > threshold
        assert not effect.low <= 0 <= effect.high
        assert effect.p is None or effect.p < 0.01


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (Effect(0.2, 0.15, 0.25, 1e-5), J.REGRESSION),
        (Effect(-0.2, -0.25, -0.15, 1e-5), J.IMPROVEMENT),
        (Effect(0.02, 0.01, 0.03, 1e-5), J.EQUIVALENT),
        (Effect(0.2, -0.05, 0.45, 0.2), J.SUSPICIOUS),
        (Effect(0.09, 0.05, 0.13, 1e-5), J.SUSPICIOUS),
        (Effect(0.02, -0.15, 0.19, 0.8), J.INCONCLUSIVE),
        (Effect(0.2, 0.01, 0.39, 0.02), J.SUSPICIOUS),
        (Effect(0.0, 0.0, 0.0, None), J.EQUIVALENT),
    ],
)
def test_judgements_of_a_time(effect: Effect, expected: Judgement) -> None:
    assert judged(effect, 0.1, "lower")[0] is expected


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.lists(st.integers(0, 9), min_size=1, max_size=4), BETTER)
def test_any_change_of_a_count_is_one(one: list[int], other: list[int], better: Better) -> None:
    there, back = counted(one, other, better)[0], counted(other, one, better)[0]
    assert back == MIRROR.get(there, there)
    assert (there is J.EQUIVALENT) == (one == other)
    assert counted(one, one, better)[0] is J.EQUIVALENT


def test_fewer_parameters_are_better_and_of_heads_neither_number_is() -> None:
    assert counted([10], [9], "lower")[0] is J.IMPROVEMENT
    assert counted([10], [11], "lower")[0] is J.REGRESSION
    assert counted([1], [0], "higher")[0] is J.REGRESSION
    assert counted([8], [4], "neither")[0] is J.SUSPICIOUS
    assert counted([3, 5], [5, 3], "lower")[0] is J.SUSPICIOUS


@given(st.lists(st.floats(0, 1), max_size=9))
def test_holm_lies_between_none_and_bonferroni(ps: list[float]) -> None:
    found = holm(ps)
    for p, adjusted in zip(ps, found, strict=True):
        assert p <= adjusted <= min(1.0, len(ps) * p) or adjusted == pytest.approx(p)
    assert all(found[i] <= found[j] for i in range(len(ps)) for j in range(len(ps)) if ps[i] < ps[j])
    if ps:
        assert min(found) == pytest.approx(min(1.0, len(ps) * min(ps)))
        assert all(a >= b - 1e-12 for a, b in zip(found, false_discovery_control(ps), strict=True))


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_alarm_among_many_tests_has_to_be_surer() -> None:
    sure, lucky = change(J.REGRESSION, 1e-6), change(J.REGRESSION, 0.004)
    dull = [change(J.INCONCLUSIVE, 0.5)] * 20
    assert [each.judgement for each in corrected([lucky])] == [J.REGRESSION]
    found = corrected([sure, lucky, *dull])
    assert [each.judgement for each in found[:3]] == [J.REGRESSION, J.SUSPICIOUS, J.INCONCLUSIVE]
    assert "22 tests" in found[1].why


def test_what_was_not_tested_is_neither_corrected_nor_counted() -> None:
    exact, lucky = change(J.REGRESSION), change(J.REGRESSION, 0.009)
    assert [each.judgement for each in corrected([exact, lucky, *[exact] * 20])][:2] == [J.REGRESSION] * 2


LOST = change(J.INSUFFICIENT_DATA, metric=STATUS, lost=True)
FAILED = change(J.FAILED, metric=STATUS)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([], 6),
        ([change(J.EQUIVALENT)], 0),
        ([change(J.SUSPICIOUS), change(J.IMPROVEMENT), change(J.INCONCLUSIVE)], 0),
        ([change(J.NOT_COMPARABLE), change(J.INSUFFICIENT_DATA)], 6),
        ([LOST], 6),
        ([LOST, change(J.EQUIVALENT)], 3),
        ([FAILED, change(J.EQUIVALENT)], 3),
        ([FAILED], 3),
        ([FAILED, LOST, change(J.REGRESSION)], 4),
    ],
)
def test_exit_codes(changes: Sequence[Change], code: int) -> None:
    assert exit_code(of(*changes)) == code


def test_a_comparison_gives_its_changes_by_judgement() -> None:
    one, other = change(J.REGRESSION), change(J.EQUIVALENT)
    assert of(one, other).having(J.EQUIVALENT, J.FAILED) == (other,)
