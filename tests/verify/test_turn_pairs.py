from __future__ import annotations

from math import log, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from benchbench import twins
from benchbench.types import Judgement, Measurement
from benchbench.verify.gates import judged
from benchbench.verify.turn_pairs import between_turns, located, signed_rank_p

GAPS = st.lists(st.floats(-5, 5).filter(lambda gap: abs(gap) > 1e-6), min_size=8, max_size=40, unique_by=abs)


def side(values: list[float], **columns: list[float]) -> Measurement:
    return Measurement("latency_ms", tuple(values), {name: tuple(each) for name, each in columns.items()})


@given(GAPS)
def test_p_is_scipys(gaps: list[float]) -> None:
    assert signed_rank_p(np.array(gaps)) == pytest.approx(wilcoxon(gaps, method="exact").pvalue)


def test_p_of_many_pairs_is_scipys() -> None:
    gaps = np.random.default_rng(0).standard_normal(80) + 0.2
    assert signed_rank_p(gaps) == pytest.approx(wilcoxon(gaps, method="approx", correction=True).pvalue, rel=1e-6)


@given(GAPS)
def test_limits_and_p_agree(gaps: list[float]) -> None:
    """The limits leave out nothing-at-all exactly where the exact test rejects it at 1 %."""
    array = np.array(gaps)
    _, low, high = located(array)
    if low != 0 and high != 0:
        assert (low > 0 or high < 0) == (signed_rank_p(array) <= 0.01)


@given(GAPS, st.floats(-3, 3))
def test_a_shift_shifts_and_swapped_sides_change_the_sign(gaps: list[float], shift: float) -> None:
    found = np.array(located(np.array(gaps)))
    assert np.array(located(np.array(gaps) + shift)) == pytest.approx(found + shift, abs=1e-9)
    assert np.array(located(-np.array(gaps))) == pytest.approx(-found[[0, 2, 1]], abs=1e-9)


def test_limits_cover_the_truth_whatever_the_tails() -> None:
    chance = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        _, low, high = located(0.1 * chance.standard_t(1.5, 20))
        covered += low <= 0 <= high
    assert covered >= 388


def test_calls_that_were_held_up_do_not_hide_a_change() -> None:
    chance = np.random.default_rng(2)
    before = (10 * np.exp(0.02 * chance.standard_normal(20))).tolist()
    after = [1.2 * each for each in before]
    for index in (3, 11):
        before[index] *= 8
        after[index + 1] *= 8
    effect = between_turns(side(before), side(after))
    assert effect is not None
    assert effect.value == pytest.approx(log(1.2), abs=0.03)
    assert judged(effect, log1p(0.1), "lower")[0] is Judgement.REGRESSION


def test_limits_are_never_narrower_than_where_models_lie_in_memory() -> None:
    effect = between_turns(side([10.0] * 30), side([10.0] * 30))
    assert effect is not None
    assert effect.high == pytest.approx(2.576 * 2**0.5 * twins.PLACEMENT, rel=1e-3)
    assert effect.p == 1.0


def test_a_twin_that_came_apart_moves_the_limits_out() -> None:
    plain = side([10.0] * 12, reference=[10.0] * 12, twin=[10.0] * 12)
    torn = side([10.0] * 12, reference=[10.0] * 12, twin=[13.0] * 12)
    after = side([12.0] * 12)
    known, doubted = between_turns(plain, after), between_turns(torn, after)
    assert known is not None
    assert doubted is not None
    assert judged(known, log1p(0.1), "lower")[0] is Judgement.REGRESSION
    assert judged(doubted, log1p(0.1), "lower")[0] is Judgement.SUSPICIOUS
    assert doubted.low < 0 < known.low


def test_two_rounds_are_too_few_and_zeros_no_times() -> None:
    assert between_turns(side([1.0, 2.0]), side([1.0, 2.0])) is None
    with pytest.raises(ValueError, match="positive"):
        between_turns(side([1.0, 2.0, 0.0]), side([1.0, 2.0, 3.0]))


def test_seven_rounds_alarm_nobody() -> None:
    effect = between_turns(side([10.0] * 7), side([20.0 + each for each in range(7)]))
    assert effect is not None
    assert effect.p is not None
    assert effect.p > 0.01
