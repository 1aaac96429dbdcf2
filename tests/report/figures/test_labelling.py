"""No label covers a mark or another label, wherever points lie."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.report.figures.labelling import Anchor, Box, Spot, meets, segment, spots

FRAME = (0.0, 0.0, 200.0, 120.0)
NAME, NUMBER = (30.0, 6.0), (6.0, 6.0)
places = st.tuples(st.floats(8, 192), st.floats(8, 112))


def at(*found: tuple[float, float]) -> list[Anchor]:
    return [Anchor(x, y, NAME, NUMBER) for x, y in found]


def marks(anchors: list[Anchor]) -> list[Box]:
    return [(each.x - 3, each.y - 3, each.x + 3, each.y + 3) for each in anchors]


def box(spot: Spot) -> Box:
    width, height = NAME if spot.is_name else NUMBER
    return spot.x, spot.y, spot.x + width, spot.y + height


@settings(max_examples=60, deadline=None)
@given(st.lists(places, min_size=1, max_size=14))
def test_labels_are_free_and_inside(found: list[tuple[float, float]]) -> None:
    anchors = at(*found)
    boxes = [box(spot) for spot in spots(anchors, FRAME, marks(anchors)).values()]
    assert boxes
    assert not [pair for pair in combinations(boxes, 2) if meets(*pair)]
    assert not [each for each in boxes for mark in marks(anchors) if meets(each, mark)]
    assert all(x >= 0 and y >= 0 and right <= 200 and upper <= 120 for x, y, right, upper in boxes)


@settings(max_examples=30, deadline=None)
@given(st.lists(places, min_size=2, max_size=10))
def test_leaders_cross_no_label(found: list[tuple[float, float]]) -> None:
    anchors = at(*found)
    placed = spots(anchors, FRAME, marks(anchors))
    for number, spot in placed.items():
        others = [box(other) for place, other in placed.items() if place != number]
        steps = segment(spot.leader[:2], spot.leader[2:]) if spot.leader else ()
        assert not [step for step in steps for other in others if meets(step, other)]


def test_leaders_are_no_error_bars() -> None:
    """Which stand upright over and under their points."""
    anchors = at((100, 60))
    bars = [(98.0, 20.0, 102.0, 100.0), (60.0, 56.0, 140.0, 64.0), *marks(at((112, 60), (88, 60)))]
    (spot,) = spots(anchors, FRAME, [*marks(anchors), *bars, (85.0, 44.0, 115.0, 76.0)]).values()
    assert spot.leader is not None
    assert abs(spot.leader[2] - spot.leader[0]) > 0.2 * abs(spot.leader[3] - spot.leader[1])


def test_one_point_has_its_name_at_its_right() -> None:
    (spot,) = spots(at((50, 50)), FRAME, marks(at((50, 50)))).values()
    assert spot.is_name
    assert spot.leader is None
    assert spot.x > 53
    assert spot.y < 50 < spot.y + 6


def test_where_there_is_no_room_a_number_stands() -> None:
    anchors = at((20, 20))
    walls = [(0.0, 30.0, 200.0, 120.0), (32.0, 0.0, 200.0, 120.0)]
    (spot,) = spots(anchors, FRAME, [*marks(anchors), *walls]).values()
    assert not spot.is_name
    assert spots(anchors, FRAME, [FRAME]) == {}
    assert not spots(at((100, 60)), FRAME, (), numbered=(0,))[0].is_name


def test_lines_are_kept_off_where_there_is_room_elsewhere() -> None:
    anchors = at((100, 60))
    line = segment((0, 60), (200, 60))
    assert not any(meets(box(spots(anchors, FRAME, marks(anchors), line)[0]), part) for part in line)
    everywhere = [part for y in range(0, 121, 3) for part in segment((0, y), (200, y))]
    assert spots(anchors, FRAME, marks(anchors), everywhere)[0].is_name
