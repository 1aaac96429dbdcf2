"""The front against its definition."""

from hypothesis import given
from hypothesis import strategies as st

from benchbench.report.pareto import front

POINTS = st.lists(st.tuples(st.integers(0, 6).map(float), st.integers(0, 6).map(float)), max_size=12)


def dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(POINTS)
def test_front_holds_exactly_the_points_that_none_dominates(points: list[tuple[float, float]]) -> None:
    expected = {i for i, point in enumerate(points) if not any(dominates(other, point) for other in points)}
    assert set(front(points)) == expected


@given(POINTS)
def test_front_rises_in_cost_and_in_gain(points: list[tuple[float, float]]) -> None:
    best = [points[index] for index in front(points)]
    assert best == sorted(best)
    assert [gain for _, gain in best] == sorted(gain for _, gain in best)


@given(POINTS, st.randoms())
def test_front_does_not_depend_on_the_order_of_points(points: list[tuple[float, float]], source: object) -> None:
    shuffled = list(points)
    source.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(points[i] for i in front(points)) == sorted(shuffled[i] for i in front(shuffled))
