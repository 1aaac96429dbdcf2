"""Wilcoxon's test against SciPy's: exact, with ties and zeros, and where the sum of ranks is taken for a normal one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from benchbench.catalog.formulas.signed_ranks import EXACT, signed_ranks


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, EXACT), st.sampled_from([0.0, 0.3, 2.0]))
def test_without_ties_it_is_scipys_exact_test(seed: int, count: int, shift: float) -> None:
    differences = np.random.default_rng(seed).normal(shift, 1, count)
    assert signed_ranks(differences) == pytest.approx(wilcoxon(differences, method="exact").pvalue, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-4, 5), min_size=1, max_size=9).filter(any))
def test_with_ties_and_zeros_it_is_every_way_of_giving_signs(numbers: list[int]) -> None:
    differences = np.array(numbers, np.float64)
    moved = differences[differences != 0]
    ranks = rankdata(np.abs(moved))
    sums = np.array([ranks @ np.array(signs) for signs in product((0, 1), repeat=len(moved))])
    found = ranks[moved > 0].sum()
    wanted = min(1.0, 2 * min((sums <= found).mean(), (sums >= found).mean()))
    assert signed_ranks(differences) == pytest.approx(wanted)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(80, 400), st.sampled_from([0.0, 0.1, 0.5]), st.booleans())
def test_beyond_it_is_scipys_normal_approximation(seed: int, count: int, shift: float, tied: bool) -> None:
    differences = np.random.default_rng(seed).normal(shift, 1, count)
    differences = np.round(differences, 1) if tied else differences
    expected = wilcoxon(differences, method="approx", correction=False).pvalue
    assert signed_ranks(differences) == pytest.approx(expected, rel=1e-9)


def test_differences_that_are_all_zero_are_no_evidence() -> None:
    assert signed_ranks(np.zeros(7)) == 1.0
    assert signed_ranks(np.zeros(0)) == 1.0


def test_the_two_ways_meet() -> None:
    differences = np.random.default_rng(3).normal(0.3, 1, EXACT + 1)
    assert signed_ranks(differences) == pytest.approx(wilcoxon(differences, method="exact").pvalue, rel=0.05)


def test_the_sign_of_all_differences_turns_nothing() -> None:
    differences = np.random.default_rng(4).normal(0.3, 1, 30)
    assert signed_ranks(differences) == signed_ranks(-differences)
