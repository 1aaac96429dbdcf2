"""Two runs on one folder take turns."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from benchbench.record import Busy, Store
from benchbench.types import Record

PROCESSES = multiprocessing.get_context("fork")


def measure_once(folder: Path, record: Record, pipe: Connection) -> None:
    """What a run does: hold the cohort, look again, measure what is missing."""
    store = Store(folder)
    with store.lock("full / latency") as waited:
        if not store.latest():
            store.append(record)
            pipe.send(("measured", waited))
        else:
            pipe.send(("found", waited))


def test_the_second_waits_and_finds(store: Store, record: Record) -> None:
    pipes = [PROCESSES.Pipe(duplex=False) for _ in range(4)]
    runs = [PROCESSES.Process(target=measure_once, args=(store.folder, record, end)) for _, end in pipes]
    with store.lock("full / latency"):
        for run in runs:
            run.start()
    for _, end in pipes:
        end.close()
    told = [end.recv() for end, _ in pipes]
    for run in runs:
        run.join()
    assert sorted(word for word, _ in told) == ["found", "found", "found", "measured"]
    assert len(store.records()) == 1


def test_without_waiting_it_is_busy(store: Store) -> None:
    with store.lock("a") as waited:
        assert not waited
        with pytest.raises(Busy, match="another run"), store.lock("a", wait=False):
            pass
        with store.lock("b", wait=False) as other:
            assert not other
    with store.lock("a", wait=False):
        pass


def test_it_tells_what_another_holds_and_keeps_nothing(store: Store) -> None:
    with store.lock("a"):
        assert store.held("a")
        assert not store.held("b")
    assert not store.held("a")
    with store.lock("a", wait=False) as waited:
        assert not waited


def hold_and_die(folder: Path) -> None:
    with Store(folder).lock("a"):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_run_holds_nothing(store: Store) -> None:
    run = PROCESSES.Process(target=hold_and_die, args=(store.folder,))
    run.start()
    run.join()
    with store.lock("a", wait=False) as waited:
        assert not waited


def test_an_error_inside_lets_go(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside"), store.lock("a"):
        raise RuntimeError("inside")
    with store.lock("a", wait=False):
        pass
