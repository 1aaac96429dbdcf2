"""Laws of the roofline and of Amdahl's bound."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchbench.catalog.formulas.roofline import attainable, bound, cut, outside, ridge

positive = st.floats(1e-3, 1e6)
blocks = st.lists(st.tuples(positive, positive, st.floats(0, 1e6)), min_size=1, max_size=12)
Blocks = list[tuple[float, float, float]]


def columns(given: Blocks) -> tuple[list[float], list[float], list[float]]:
    return [t for t, _, _ in given], [b for _, b, _ in given], [a for _, _, a in given]


@given(positive, positive, positive)
def test_roofs_meet_at_the_ridge(intensity: float, peak: float, bandwidth: float) -> None:
    rate = attainable(intensity, peak, bandwidth)
    assert rate <= peak
    assert rate <= intensity * bandwidth
    corner = ridge(peak, bandwidth)
    assert attainable(corner, peak, bandwidth) == pytest.approx(peak)
    assert attainable(corner * 2, peak, bandwidth) == peak
    assert attainable(corner / 2, peak, bandwidth) == pytest.approx(peak / 2)


@given(st.floats(0.01, 0.99), st.floats(1.01, 100))
def test_with_one_part_it_is_amdahls_law(part: float, factor: float) -> None:
    """1 / ((1 - p) + p / s), as he is quoted everywhere."""
    found = bound([part, 1 - part], [factor, 1], [1, 1])
    assert found == pytest.approx(1 / ((1 - part) + part / factor))
    assert outside([part, 1 - part], [factor, 1], [1, 1]) == pytest.approx(1 - part)


@given(blocks)
def test_it_lies_between_one_and_what_is_outside(given: Blocks) -> None:
    times, before, after = columns(given)
    assume(any(now > 0 for now in after) or not all(cut(before, after)))
    found, kept = bound(times, before, after), outside(times, before, after)
    assert found >= 1 - 1e-9
    if kept > 0:
        assert found <= 1 / kept * (1 + 1e-9)


@given(blocks, st.floats(0, 1))
def test_cutting_more_never_lowers_it(given: Blocks, factor: float) -> None:
    times, before, after = columns(given)
    more = [now * factor for now in after]
    assert bound(times, before, more) >= bound(times, before, after) * (1 - 1e-9)


@given(blocks, st.floats(1e-3, 1e3))
def test_units_do_not_matter(given: Blocks, unit: float) -> None:
    times, before, after = columns(given)
    assume(sum(time * min(1.0, now / then) for time, then, now in given) > 1e-6)
    scaled = [time * unit for time in times], [then * unit for then in before], [now * unit for now in after]
    # Work that changes by rounding alone is no cut.
    assume(cut(before, after) == cut(scaled[1], scaled[2]))
    assert bound(*scaled) == pytest.approx(bound(times, before, after))


@given(blocks, st.data())
def test_a_block_told_in_two_halves_is_the_same(given: Blocks, data: st.DataObject) -> None:
    times, before, after = columns(given)
    at = data.draw(st.integers(0, len(given) - 1))

    def halved(values: list[float]) -> list[float]:
        return [*values[:at], values[at] / 2, values[at] / 2, *values[at + 1 :]]

    assert bound(halved(times), halved(before), halved(after)) == pytest.approx(bound(times, before, after))


def test_gone_is_gone_and_more_work_is_no_cut() -> None:
    assert bound([1, 3], [5, 5], [5, 0]) == 4
    assert math.isinf(bound([1], [5], [0]))
    assert bound([1, 3], [5, 5], [9, 5]) == 1
    for formula in (bound, outside):
        with pytest.raises(ValueError, match="no time"):
            formula([0.0], [1.0], [1.0])
