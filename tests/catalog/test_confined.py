"""A call in a process of its own: its answer, its limit, its death. Real processes, real allocations."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch

from benchbench.catalog import confined as confining
from benchbench.catalog.confined import Done, Exhausted, Late, confined
from benchbench.errors import CannotRun
from tests.fresh_process import answer

MIB = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")


@pytest.fixture(autouse=True)
def leaves_no_process() -> Iterator[None]:
    """Others' workers may live beside these tests; none of theirs may stay."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def allocate(mib: int) -> int:
    return int(torch.ones(mib * MIB // 4).sum())


def hang() -> None:
    signal.pause()


def test_it_answers_from_another_process() -> None:
    assert confined(lambda: [1, os.getpid() == parent], None, 20) == Done([1, False])


parent = os.getpid()


def test_long_answers_come_whole() -> None:
    assert confined(lambda: list(range(100_000)), None, 20) == Done(list(range(100_000)))


def test_threads_that_computed_before_hold_nothing_up() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        matrix = torch.ones(300, 300)
        assert (matrix @ matrix).sum() == 300**3

        def again() -> float:
            torch.set_num_threads(2)
            return float((matrix @ matrix).sum())

        assert confined(again, None, 20) == Done(300.0**3)
    finally:
        torch.set_num_threads(before)


def limited(mib: int, room: int | None, by: str) -> str:
    """How an allocation ends within this room in MiB: its answer, or how memory was exhausted."""
    call = (lambda: allocate(mib)) if by == "torch" else (lambda: len(bytearray(mib * MIB)))
    ended = confined(call, room and room * MIB, 20)
    assert allocate(mib), "the limit is the child's alone"
    return str(ended.value) if isinstance(ended, Done) else ended.how if isinstance(ended, Exhausted) else "late"


@linux
def test_the_allocator_gives_up_at_the_limit() -> None:
    assert answer(limited, 40, 64, "torch") == str(40 * MIB // 4)
    assert "can't allocate memory" in answer(limited, 80, 64, "torch")
    assert answer(limited, 80, 64, "python").startswith("MemoryError")
    assert answer(limited, 80, None, "torch") == str(80 * MIB // 4)


def test_a_killed_process_is_memory_that_ended() -> None:
    ended = confined(lambda: os.kill(os.getpid(), signal.SIGKILL), None, 20)
    assert ended == Exhausted("the process was ended by SIGKILL")


def test_other_ends_are_told() -> None:
    with pytest.raises(CannotRun, match="ZeroDivisionError: integer division"):
        confined(lambda: 1 // 0, None, 20)
    with pytest.raises(CannotRun, match="ended with status 7"):
        confined(lambda: os._exit(7), None, 20)
    with pytest.raises(CannotRun, match="ended with status -15"):
        confined(lambda: os.kill(os.getpid(), signal.SIGTERM), None, 20)


def test_one_that_hangs_is_killed() -> None:
    assert confined(hang, None, 0.2) == Late(0.2)


def test_an_interruption_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(confining, "_heard", interrupted)
    with pytest.raises(KeyboardInterrupt):
        confined(hang, None, 20)


@linux
def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """A process that is killed while its child hangs."""
    told = tmp_path / "child"

    def nested() -> None:
        def stuck() -> None:
            told.write_text(str(os.getpid()))
            hang()

        confined(stuck, None, 60)

    outer = os.fork()
    if outer == 0:
        nested()
        os._exit(0)
    while not (told.exists() and told.read_text()):
        assert os.waitpid(outer, os.WNOHANG) == (0, 0)
    inner = psutil.Process(int(told.read_text()))
    os.kill(outer, signal.SIGKILL)
    os.waitpid(outer, 0)
    assert not psutil.wait_procs([inner], timeout=20)[1]
