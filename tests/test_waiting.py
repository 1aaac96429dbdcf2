"""A run that has to wait for another one says so."""

from __future__ import annotations

from pathlib import Path

from benchbench.measure import Progress
from benchbench.record import Store
from benchbench.waiting import waiting


def test_a_line_that_stays_while_another_run_holds_the_cohort_and_none_else(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.lock("toys-latency"):
        (told,) = waiting(store, "toys-latency", "toys / latency")
        assert not list(waiting(store, "toys-coco-ap", "toys / coco-ap"))
    assert told == Progress("toys / latency", 0, 0, "another run is at it; waiting for what it finds", lasting=True)
    assert not list(waiting(store, "toys-latency", "toys / latency"))
