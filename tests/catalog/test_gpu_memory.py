"""Three counters of a GPU's memory, never mixed up, under counters of the tests' own."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest
import torch

from benchbench.catalog import gpu_memory
from benchbench.catalog.gpu_memory import CudaCounters, metrics, peaks
from benchbench.catalog.memory import MIB
from benchbench.catalog.nvidia import Process
from tests.measure.graphics import CARD, Driver


@dataclass
class Allocator:
    """Counts like PyTorch's: blocks of 20 MiB are reserved, peaks begin anew when told to."""

    driver: float | None = 900.0
    now: int = 4 * MIB
    reserved: int = 100 * MIB
    peak: int = 90 * MIB
    done: list[str] = field(default_factory=list)

    def begin(self) -> int:
        self.done.append("begin")
        self.peak, self.reserved = self.now, 20 * MIB
        return self.now

    def take(self, count: int) -> None:
        self.now += count
        self.peak = max(self.peak, self.now)
        self.reserved = max(self.reserved, -(-self.peak // (20 * MIB)) * 20 * MIB)

    def read(self) -> tuple[int, int, float | None]:
        self.done.append("read")
        return self.peak, self.reserved, self.driver


def call(allocator: Allocator) -> None:
    allocator.done.append("call")
    allocator.take(24 * MIB)
    allocator.take(-16 * MIB)


def test_each_counter_has_its_name_and_none_is_called_memory() -> None:
    allocator = Allocator()
    found, notes = peaks(lambda: call(allocator), allocator, "gpu")
    assert {each.metric: each.samples for each in found} == {
        "gpu_allocated_mib": (28.0,),
        "gpu_reserved_mib": (40.0,),
        "gpu_driver_mib": (900.0,),
    }
    assert [each.metric for each in found] == [metric.name for metric in metrics("gpu", "")]
    assert notes == ["4.0 MiB were allocated before the pass"]
    assert allocator.done == ["begin", "call", "read"]


def test_the_driver_s_figure_is_whole_mib_and_the_others_are_exact() -> None:
    found, _ = peaks(lambda: None, Allocator(), "gpu")
    assert [each.interval for each in found] == [(4.0, 4.0), (20.0, 20.0), (899.0, 901.0)]


def test_a_driver_that_does_not_tell_leaves_its_figure_out() -> None:
    found, notes = peaks(lambda: None, Allocator(driver=None), "gpu")
    assert [each.metric for each in found] == ["gpu_allocated_mib", "gpu_reserved_mib"]
    assert "does not tell" in notes[1]


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        ((Process(os.getpid(), 512.0), Process(1, 9.0)), 512.0),
        ((Process(1, 300.0),), 300.0),
        ((Process(1, 300.0), Process(2, 200.0)), None),
        ((Process(os.getpid(), None),), None),
        ((), None),
    ],
)
def test_whose_figure_is_taken(
    running: tuple[Process, ...], expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_memory, "uuid_of", lambda _device: CARD.uuid)
    assert CudaCounters("cuda", Driver(running=running))._driver() == expected


@pytest.mark.parametrize("driver", [None, Driver(failure=OSError("lost"))])
def test_nobody_to_ask(driver: Driver | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_memory, "uuid_of", lambda _device: CARD.uuid)
    assert CudaCounters("cuda", driver)._driver() is None


def test_what_is_asked_of_torch_and_in_which_order(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(name: str, value: int) -> None:
        def function(device: object = "all") -> int:
            asked.append(f"{name} {device}")
            return value

        monkeypatch.setattr(torch.cuda, name, function)

    for name in ("synchronize", "empty_cache", "reset_peak_memory_stats"):
        answer(name, 0)
    for name, value in (("memory_allocated", 7), ("max_memory_allocated", 8), ("max_memory_reserved", 9)):
        answer(name, value)
    counters = CudaCounters("cuda:1", None)
    assert counters.begin() == 7
    assert counters.read() == (8, 9, None)
    assert asked == [
        "synchronize cuda:1",
        "empty_cache all",
        "reset_peak_memory_stats cuda:1",
        "memory_allocated cuda:1",
        "synchronize cuda:1",
        "max_memory_allocated cuda:1",
        "max_memory_reserved cuda:1",
    ]
