"""The rates that a calibration measures are those of its clock and its work."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from benchbench.catalog.memory import MIB
from benchbench.measure import peaks


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is a quarter of a second later."""
    ticks: Iterator[float] = (number / 4 for number in range(10**6))
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))


@pytest.mark.usefixtures("ticking")
def test_rates_are_work_over_time() -> None:
    assert peaks.matrix_product(64) == 64**3 * 4
    assert peaks.convolved(2, 8, 10) == 2 * 100 * 8 * 8 * 9 * 4
    size, bandwidth = peaks.triad(4096)
    assert (size, bandwidth) == (4096, 4096 * 3 * 4)


@pytest.mark.usefixtures("ticking")
def test_the_work_is_that_of_pytorchs_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    monkeypatch.setattr(peaks, "LEAST_CALLS", 1)
    monkeypatch.setattr(peaks, "SECONDS", 0.0)
    for rate_of in (partial(peaks.matrix_product, 32), partial(peaks.convolved, 1, 8, 12)):
        with FlopCounterMode(display=False) as counter:
            rate = rate_of()
        # A multiply-add is two operations; there was a call to warm up, and one that took a quarter of a second.
        assert counter.get_total_flops() / 2 / 2 * 4 == rate


def test_the_triad_computes_what_stream_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    add = torch.add

    def noted(*given: torch.Tensor, **settings: object) -> torch.Tensor:
        seen.append(add(*given, **settings))  # type: ignore[call-overload]
        return seen[-1]

    monkeypatch.setattr(torch, "add", noted)
    monkeypatch.setattr(peaks, "SECONDS", 0.0)
    peaks.triad(400)
    assert len(seen) == peaks.LEAST_CALLS + 1
    assert all(bool((each == 4).all()) for each in seen)


def test_the_largest_cache_counts(tmp_path: Path) -> None:
    for number, size in enumerate(("48K", "2048K", "33M", "strange")):
        (tmp_path / f"index{number}").mkdir()
        (tmp_path / f"index{number}/size").write_text(f"{size}\n" if size != "strange" else "")
    assert peaks.last_cache(tmp_path) == 33 * MIB
    assert peaks.last_cache(tmp_path / "none") == 32 * MIB
