"""Taps after a cut: distinct, ascending, in reach, and where the rules say."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from benchbench.catalog.anatomy import Stack
from benchbench.catalog.surgery.taps import nearest, proportional, retapped, taps_from
from benchbench.errors import BadCheckpoint, CannotCut

FOUR = (2, 5, 8, 11)


def stack(taps: tuple[int, ...] = FOUR, layers: int = 12) -> Stack:
    of: Any = tuple(range(layers))
    return Stack("encoder", nn.ModuleList(), of, lambda _: None, taps, lambda _: None)


@st.composite
def cuts(draw: st.DrawFn) -> tuple[tuple[int, ...], int, list[int]]:
    """Taps, how many layers there are, and those kept."""
    available = draw(st.integers(1, 14))
    some = st.lists(st.integers(0, available - 1), min_size=1, max_size=4, unique=True).map(sorted)
    taps = tuple(draw(some))
    kept = draw(st.lists(st.integers(0, available - 1), min_size=len(taps), unique=True).map(sorted))
    return taps, available, kept


def fits(found: tuple[int, ...], taps: tuple[int, ...], kept: list[int]) -> bool:
    ascending = list(found) == sorted(set(found))
    return ascending and len(found) == len(taps) and found[0] >= 0 and found[-1] < len(kept)


@given(cut=cuts())
def test_proportional_taps_fit_and_the_last_is_the_last_layer(cut: tuple[tuple[int, ...], int, list[int]]) -> None:
    taps, available, kept = cut
    found = proportional(taps, available, len(kept))
    assert fits(found, taps, kept)
    if len(kept) == available:
        assert found == taps
    else:
        assert found[-1] == len(kept) - 1


@given(cut=cuts())
def test_proportional_taps_are_within_half_a_layer_unless_they_meet(
    cut: tuple[tuple[int, ...], int, list[int]],
) -> None:
    taps, available, kept = cut
    exact = [(tap + 1) * len(kept) / (taps[-1] + 1) for tap in taps]
    if len(kept) == available or any(other - one < 1 for one, other in zip([0.0, *exact], exact, strict=False)):
        return
    found = proportional(taps, available, len(kept))
    assert max(abs(tap + 1 - place) for tap, place in zip(found, exact, strict=True)) <= 0.5


@given(cut=cuts())
def test_nearest_taps_are_of_least_total_distance(cut: tuple[tuple[int, ...], int, list[int]]) -> None:
    taps, _, kept = cut

    def distance(layers: Any) -> int:
        return sum(abs(layer - tap) for layer, tap in zip(layers, taps, strict=True))

    found = nearest(taps, kept)
    assert fits(found, taps, kept)
    assert distance([kept[tap] for tap in found]) == min(map(distance, combinations(kept, len(taps))))
    if set(taps) <= set(kept):
        assert tuple(kept[tap] for tap in found) == taps


@given(count=st.integers(4, 11))
def test_first_layers_read_by_the_nearest_end_with_the_last(count: int) -> None:
    assert nearest(FOUR, range(count))[-1] == count - 1


@pytest.mark.parametrize(
    ("taps", "available", "count", "expected"),
    [
        (FOUR, 12, 8, (1, 3, 5, 7)),
        (FOUR, 12, 6, (1, 2, 4, 5)),
        (FOUR, 12, 4, (0, 1, 2, 3)),
        ((1, 3, 5, 7), 8, 6, (1, 2, 4, 5)),
        ((1, 2, 4, 5), 6, 4, (0, 1, 2, 3)),
        ((4, 11, 17, 23), 24, 12, (2, 5, 8, 11)),
        ((8, 9, 10, 11), 12, 4, (0, 1, 2, 3)),
        ((8, 9, 10, 11), 12, 6, (2, 3, 4, 5)),
        ((11,), 12, 4, (3,)),
    ],
)
def test_proportional_by_hand(taps: tuple[int, ...], available: int, count: int, expected: tuple[int, ...]) -> None:
    assert proportional(taps, available, count) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([0, 1, 2, 3], (0, 1, 2, 3)),
        ([0, 2, 4, 7, 9, 11], (1, 2, 3, 5)),
        ([0, 1, 2, 3, 4, 5, 6, 7], (2, 5, 6, 7)),
        ([2, 5, 8, 11], (0, 1, 2, 3)),
    ],
)
def test_nearest_by_hand(kept: list[int], expected: tuple[int, ...]) -> None:
    assert nearest(FOUR, kept) == expected


def test_untouched_taps_stay_unless_a_rule_is_asked_for() -> None:
    of = stack(taps=(0, 1, 2, 3))
    kept = [0, 1, 2, 3, 4, 9]
    found = retapped(of, kept, None)
    assert found is not None
    assert (found.rule, found.before, found.after) == ("unchanged", (0, 1, 2, 3), (0, 1, 2, 3))
    ruled = retapped(of, kept, "proportional")
    assert ruled is not None
    assert (ruled.rule, ruled.after) == ("proportional", (1, 2, 4, 5))
    moved = retapped(of, [0, 1, 2, 4], None)
    assert moved is not None
    assert (moved.rule, moved.after) == ("proportional", (0, 1, 2, 3))


@pytest.mark.parametrize(
    ("kept", "taps", "words"),
    [
        ([0, 1, 2], None, "reads 4 different layers of 'encoder', and 3 would remain"),
        ([0, 1, 2], [0, 1, 2], "and 3 would remain"),
        ([0, 1, 2, 3], [0, 1, 2], "reads 4 layers of 'encoder', and 3 taps are listed"),
        ([0, 1, 2, 3], [0, 1, 2, 3, 3], "5 taps are listed"),
        ([0, 1, 2, 3], [], "0 taps are listed"),
        ([0, 1, 2, 3], [2, 5, 8, 11], "taps outside the remaining layers: 'encoder' keeps 0 to 3, not 5, 8, 11"),
        ([0, 1, 2, 3], [-1, 1, 2, 3], "not -1"),
        ([0, 1, 2, 3, 4], [0, 1, 1, 3], "ascend without repeats"),
        ([0, 1, 2, 3, 4], [1, 0, 2, 3], "ascend without repeats"),
    ],
)
def test_what_the_head_cannot_take_is_refused(kept: list[int], taps: list[int] | None, words: str) -> None:
    with pytest.raises(CannotCut, match=words):
        retapped(stack(), kept, taps)


@pytest.mark.parametrize("taps", ["proportional", "nearest", [0]])
def test_taps_of_a_stack_that_no_head_reads_are_refused(taps: Any) -> None:
    assert retapped(stack(taps=()), [0], None) is None
    with pytest.raises(CannotCut, match="no head reads"):
        retapped(stack(taps=()), [0], taps)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "tells no taps"),
        ([0, 1, 2, 3], "tells no taps"),
        ({}, "not empty"),
        ({"after": [0, 1, 2]}, "has 3 taps"),
        ({"after": [0, 1, 2, 4]}, "4 is not one of 0 to 3"),
        ({"after": [0, 1, 1, 3]}, "ascend"),
        ({"after": [0, 1, True, 3]}, "True"),
        ({"after": "0123"}, "not empty"),
    ],
)
def test_entries_are_doubted(told: Any, words: str) -> None:
    with pytest.raises(BadCheckpoint, match=words):
        taps_from({"taps": told}, stack(), 4)


def test_an_entry_with_taps_for_a_stack_without_is_refused() -> None:
    assert taps_from({}, stack(taps=()), 4) == ()
    with pytest.raises(BadCheckpoint, match="no head reads"):
        taps_from({"taps": {"after": [0]}}, stack(taps=()), 4)
