"""Which indices stay."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchbench.catalog.surgery.choice import best, narrowed, spread
from benchbench.errors import CannotCut

SCORES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


@given(scores=SCORES, data=st.data())
def test_the_best_are_those_numpy_sorts_first(scores: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(scores)))
    kept = best(scores, count)
    assert kept == sorted(np.argsort(-np.array(scores), kind="stable")[:count].tolist())


@given(
    rows=st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=6), share=st.integers(1, 4)
)
def test_each_run_keeps_its_own_best(rows: list[list[int]], share: int) -> None:
    flat = [float(score) for row in rows for score in row]
    expected = [4 * n + index for n, row in enumerate(rows) for index in best([float(score) for score in row], share)]
    assert best(flat, share * len(rows), parts=len(rows)) == expected


@given(available=st.integers(1, 60), data=st.data())
def test_spread_is_numpys_evenly_spaced_indices(available: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, available))
    found = spread(available, count)
    assert found == sorted(set(found))
    assert len(found) == count
    exact = np.linspace(0, available - 1, count)
    assert np.abs(np.array(found) - exact).max() <= 0.5 + 1e-9
    assume(count > 1)
    assert (found[0], found[-1]) == (0, available - 1)


@pytest.mark.parametrize(("available", "count", "expected"), [(6, 3, [0, 2, 5]), (12, 6, [0, 2, 4, 7, 9, 11])])
def test_spread_by_hand(available: int, count: int, expected: list[int]) -> None:
    assert spread(available, count) == expected


@given(width=st.integers(1, 5000), keep=st.floats(0.001, 1.0))
def test_narrowed_is_the_nearest_width(width: int, keep: float) -> None:
    assume(width * keep >= 0.5)
    assert abs(narrowed(width, keep) - width * keep) <= 0.5
    assert 1 <= narrowed(width, keep) <= width


def test_halves_go_up() -> None:
    assert [narrowed(width, 0.5) for width in (1, 3, 5, 2048)] == [1, 2, 3, 1024]


@pytest.mark.parametrize("keep", [0.0, -0.1, 1.01, math.inf, math.nan])
def test_what_is_no_ratio_is_refused(keep: float) -> None:
    with pytest.raises(CannotCut, match="not a ratio"):
        narrowed(8, keep)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_must_be_finite(bad: float) -> None:
    with pytest.raises(CannotCut, match="finite"):
        best([1.0, bad], 1)
