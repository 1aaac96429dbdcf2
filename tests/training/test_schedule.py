"""Where learning rates begin, turn and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.schedule import half_cosine, warmed_half_cosine


def test_it_rises_in_a_line_and_falls_to_nothing() -> None:
    rates = [warmed_half_cosine(2.0, step, 1000, 10) for step in range(1001)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[9] == max(rates) == pytest.approx(2.0, rel=1e-3)
    assert rates[500] == pytest.approx(1.0)
    assert rates[1000] == 0.0


@given(st.floats(0, 1))
def test_both_halves_of_the_cosine_mirror_each_other(share: float) -> None:
    assert half_cosine(share) + half_cosine(1 - share) == pytest.approx(1.0)


def test_beyond_the_end_there_is_nothing_left() -> None:
    assert warmed_half_cosine(1.0, 1500, 1000, 10) == 0.0
