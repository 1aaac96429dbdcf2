"""Reading the instruments around a call."""

import mmap
from pathlib import Path

import pytest

from benchbench.measure.meters import Meters, Ticks, minor_faults, read_ticks


def test_a_call_is_the_difference_of_readings() -> None:
    wall, cpu, faults = iter([10.0, 12.5]), iter([1.0, 4.0]), iter([100, 107])
    ticks = iter([Ticks(1000, 500, 10), Ticks(1200, 600, 14)])
    meters = Meters(lambda: next(wall), lambda: next(cpu), lambda: next(faults), lambda: next(ticks))
    done: list[int] = []
    call = meters.time(lambda: done.append(1))
    assert done == [1]
    assert (call.wall_s, call.cpu_s, call.minor_faults, call.steal) == (2.5, 3.0, 7, 0.02)


def test_others_are_what_was_busy_and_not_us() -> None:
    meters = Meters(ticks=lambda: Ticks(1400, 300, 0), ticks_per_s=100.0)
    assert meters.others(Ticks(1000, 100, 0), cpu_s=1.5) == pytest.approx(50 / 400)
    assert meters.others(Ticks(1000, 100, 0), cpu_s=3.0) == 0.0
    assert meters.others(Ticks(1400, 100, 0), cpu_s=0.0) == 0.0


def test_ticks_of_a_kernel(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 2 3\n")
    assert read_ticks(stat) == Ticks(total=531, busy=73, stolen=8)
    assert read_ticks(tmp_path / "none") == Ticks()


def test_page_faults_are_counted() -> None:
    before = minor_faults()
    # Pages of a new mapping are always new to the process; the allocator may hand out old ones.
    with mmap.mmap(-1, 64 * mmap.PAGESIZE) as pages:
        for start in range(0, len(pages), mmap.PAGESIZE):
            pages[start] = 1
        assert minor_faults() > before
