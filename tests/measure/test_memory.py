"""What fits, and what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog import memory
from benchbench.catalog.memory import available
from benchbench.measure.kept import Kept
from benchbench.measure.memory import groups


@given(st.lists(st.integers(), max_size=30), st.integers(1, 100), st.integers(0, 1000))
def test_groups_hold_everything_in_order_and_fit(things: list[int], size: int, free: int) -> None:
    found = groups(things, size, free)
    assert [thing for group in found for thing in group] == things
    assert all(len(group) * size <= free or len(group) == 1 for group in found if group)
    assert found == [[]] or all(found)


def test_what_fits_is_one_group() -> None:
    assert groups(["a", "b", "c"], 10, 10**6) == [["a", "b", "c"]]
    assert groups(["a", "b", "c"], 10, 30) == [["a", "b"], ["c"]]


def test_a_control_group_limits_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_left", lambda: 600)
    assert available() == 600
    monkeypatch.setattr(memory, "memory_left", lambda: None)
    assert available() > 600


def test_only_what_fits_is_kept() -> None:
    kept = Kept[str](len, lambda: 100)
    kept.put("a", "x" * 10)
    kept.put("b", "y" * 10)
    kept.put("c", "z" * 5)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("x" * 10, None, "z" * 5)
    kept.clear()
    assert kept.get("a") is None
