"""The sweep over invented machines: it ends, and finds where memory does."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog.formulas.batch_sweep import FINE, Tried, best, following


def swept(capacity: int, most: int, rate: Callable[[int], float], first: int = 1) -> list[Tried]:
    """What a machine shows that holds `capacity` images."""
    tried: list[Tried] = []
    batch: int | None = first
    while batch is not None:
        found = rate(batch)
        tried.append(Tried(batch, found, found) if batch <= capacity else Tried(batch))
        batch = following(tried, most)
        assert len(tried) < 40
    return tried


@given(st.integers(0, 500), st.integers(1, 300), st.integers(1, 32))
def test_the_largest_batch_that_fits_is_found_within_a_quarter(capacity: int, most: int, first: int) -> None:
    tried = swept(capacity, most, lambda batch: batch / (batch + 3), first)
    batches = [each.batch for each in tried]
    largest = max((each.batch for each in tried if each.fits), default=0)
    assert len(batches) == len(set(batches))
    assert max(batches[1:], default=1) <= most
    limit = max(min(capacity, most), first if first <= capacity else 0)
    assert limit - max(1, largest // FINE) <= largest <= limit
    assert all(each.fits == (each.batch <= capacity) for each in tried)


@given(st.integers(0, 7), st.integers(1, 32))
def test_it_stops_behind_the_peak_and_finds_it(peak: int, first: int) -> None:
    top = 2**peak
    tried = swept(10**6, 256, lambda batch: 100 * min(batch / top, top / batch), first)
    found = best(tried)
    assert found
    assert found.batch in (top, first)
    assert found.throughput >= 100 * min(1, first / top, top / first) or found.batch == top
    assert max(each.batch for each in tried) <= max(2 * top, first)


def test_batches_go_up_by_powers_of_two_and_end_at_the_most() -> None:
    assert [each.batch for each in swept(10**6, 24, float)] == [1, 2, 4, 8, 16, 24]
    assert [each.batch for each in swept(10**6, 8, float, first=4)] == [4, 1, 2, 8]


def test_it_steps_back_by_halves() -> None:
    assert [each.batch for each in swept(21, 256, float)] == [1, 2, 4, 8, 16, 32, 24, 20]
    assert [each.batch for each in swept(5, 256, float, first=16)] == [16, 1, 2, 4, 8, 6, 5]


def test_noise_alone_is_no_fall() -> None:
    tried = [Tried(1, 10.0, 10.5), Tried(2, 12.0, 12.5), Tried(4, 9.0, 11.0)]
    assert following(tried, 256) == 8
    assert following([*tried[:2], Tried(4, 9.0, 10.0)], 256) is None


def test_of_equal_throughputs_the_smallest_batch_is_best() -> None:
    assert best([Tried(4, 2.0, 2.0), Tried(2, 2.0, 2.0), Tried(8)]) == Tried(2, 2.0, 2.0)
    assert best([Tried(1)]) is None
