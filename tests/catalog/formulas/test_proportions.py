"""Intervals of proportions and exact McNemar, against SciPy and published numbers; how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, multinomial

from benchbench.catalog.formulas.proportions import mcnemar, paired_limits, paired_proportions, wilson


@given(st.integers(1, 60_000), st.floats(0, 1))
def test_wilson_is_that_of_scipy(count: int, share: float) -> None:
    hits = round(share * count)
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    low, high = wilson(hits, count)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= low <= hits / count <= high <= 1
    assert high > low


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_mcnemar_is_a_binomial_test_of_those_that_differ(gained: int, lost: int) -> None:
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(expected, rel=1e-7, abs=1e-300)


def test_limits_of_a_published_table() -> None:
    """Airway hyper-responsiveness of 21 children (Bentur et al. 2009), in Fagerland et al. 2014: 1 and 7 changed."""
    assert paired_limits(1, 7, 21) == pytest.approx((-0.508, -0.013), abs=1e-3)
    assert mcnemar(1, 7) == pytest.approx(0.0703, abs=1e-4)


@pytest.mark.parametrize("chances", [(0.05, 0.05), (0.1, 0.02), (0.3, 0.2), (0.01, 0.01)])
def test_limits_hold_95_per_cent(chances: tuple[float, float]) -> None:
    count, (gain, loss) = 60, chances
    held = 0.0
    for gained in range(count + 1):
        for lost in range(count + 1 - gained):
            low, high = paired_limits(gained, lost, count)
            if low <= gain - loss <= high:
                held += multinomial.pmf([gained, lost, count - gained - lost], count, [gain, loss, 1 - gain - loss])
    assert held > 0.945


@given(st.integers(0, 2**32))
def test_sides_change_places_with_the_sign(seed: int) -> None:
    ours, theirs = np.random.default_rng(seed).integers(0, 2, (2, 50)).astype(bool)
    one, other = paired_proportions(ours, theirs), paired_proportions(theirs, ours)
    assert one.value == pytest.approx(float(ours.mean() - theirs.mean()))
    assert (one.value, one.low, one.high, one.p) == pytest.approx((-other.value, -other.high, -other.low, other.p))


def test_equal_answers_leave_an_interval() -> None:
    same = paired_proportions(np.ones(100, bool), np.ones(100, bool))
    assert (same.value, same.p) == (0.0, 1.0)
    assert 0 < same.high == -same.low < 0.03
