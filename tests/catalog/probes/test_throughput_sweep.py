"""The sweep on models whose memory is known, and on one whose process is killed. Real processes throughout."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest
import torch
from torch import nn

from benchbench.catalog.confined import Done, Exhausted
from benchbench.catalog.contracts import Family, Inputs, Subject
from benchbench.catalog.formulas import batch_sweep
from benchbench.catalog.memory import MIB
from benchbench.catalog.probes import throughput_sweep
from benchbench.catalog.probes.throughput_sweep import METRICS, PROBE, held, on_device, resized
from benchbench.errors import BenchbenchError, CannotRun
from benchbench.measure.crew import needs_own_process
from benchbench.types import Condition, Measurement
from tests.fresh_process import answer

linux = pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
CONDITION = Condition(batch=2, threads=1)


@pytest.fixture(autouse=True)
def throughput_never_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory and time alone end a sweep, on machines however busy."""
    monkeypatch.setattr(batch_sweep, "CLEARLY", 0.0)


class Widening(nn.Module):
    """Takes `mib` MiB for each image while it computes, and holds 4 MiB of weights."""

    def __init__(self, mib: int, killed_at: int = 10**6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(MIB))
        self.mib, self.killed_at = mib, killed_at

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if len(values) >= self.killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.ones(len(values), self.mib * MIB // 4)[:, 0] + values[:, 0]


def holding(model: nn.Module) -> Subject:
    return Subject(model, cast(Family, SimpleNamespace()))


def sweep(model: nn.Module, **settings: Any) -> tuple[dict[str, Measurement], list[str]]:
    before = set(psutil.Process().children(recursive=True))
    found, notes = PROBE.measure(holding(model), {"values": torch.ones(2, 3)}, CONDITION, **settings)
    assert set(psutil.Process().children(recursive=True)) <= before
    return {each.metric: each for each in found}, notes


def batches(found: dict[str, Measurement]) -> list[float]:
    return sorted(set(found["batch_throughput_ips"].columns["batch"]))


def swept(mib: int, limit: int) -> tuple[list[float], list[str], list[str]]:
    """The batches that fit, the notes and the metrics of a sweep whose throughput never falls."""
    batch_sweep.CLEARLY = 0.0
    found, notes = sweep(Widening(mib), memory_mib=limit, most=64)
    return batches(found), notes, sorted(each.metric for each in found.values())


@linux
@pytest.mark.parametrize(("mib", "limit", "low", "high"), [(8, 132, 10, 16), (16, 132, 5, 8)])
def test_memory_ends_where_it_must(mib: int, limit: int, low: int, high: int) -> None:
    fitting, notes, metrics = answer(swept, mib, limit)
    assert low <= max(fitting) <= high, "of 132 MiB the weights take 4, each image what the model says"
    misfits = [note for note in notes if f"did not fit into {limit} MiB for model and pass" in note]
    assert misfits
    assert all("can't allocate memory" in note for note in misfits)
    assert metrics == sorted(metric.name for metric in METRICS)


@linux
def test_a_model_with_less_to_hold_fits_more() -> None:
    small, large = (max(answer(swept, mib, 68)[0]) for mib in (4, 16))
    assert small > 2 * large


def test_a_killed_process_is_a_step_back() -> None:
    found, notes = sweep(Widening(1, killed_at=6), most=64)
    assert batches(found) == [1, 2, 4, 5]
    assert "batch 8 did not fit into 70% of the free memory: the process was ended by SIGKILL" in notes
    assert len(notes) == 2


def test_samples_are_of_their_batches() -> None:
    found, notes = sweep(Widening(1), most=4)
    assert batches(found) == [1, 2, 4]
    assert notes == []
    best = found["best_batch"].samples[0]
    for name, batch in (("best_throughput_ips", best), ("common_throughput_ips", 2.0)):
        column = found["batch_throughput_ips"].columns["batch"]
        every = zip(found["batch_throughput_ips"].samples, column, strict=True)
        assert found[name].samples == tuple(rate for rate, its in every if its == batch)
        assert set(found[name].columns["batch"]) == {batch}


def test_a_condition_that_does_not_fit_leaves_the_best() -> None:
    found, _ = sweep(Widening(1, killed_at=2), most=64)
    assert "common_throughput_ips" not in found
    assert found["best_batch"].samples == (1.0,)


def test_nothing_that_fits_is_told() -> None:
    with pytest.raises(CannotRun, match="batch 1 did not fit"):
        sweep(Widening(1, killed_at=1))


def test_what_the_model_raises_is_no_memory() -> None:
    with pytest.raises(CannotRun, match="'str'"):
        sweep(Widening(cast(int, "x")))


def test_time_ends_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", iter(range(0, 10**6, 10)).__next__)
    found, notes = sweep(Widening(1), seconds=25.0)
    assert batches(found) == [2]
    assert notes == ["the time was over before batch 1"]


@pytest.mark.parametrize("settings", [{"most": 0}, {"seconds": 0.0}, {"memory_mib": -1}])
def test_senseless_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BenchbenchError, match="may be below"):
        sweep(Widening(1), **settings)


def test_a_real_model_is_swept(subject: Subject, inputs: Inputs) -> None:
    found, _ = PROBE.measure(subject, inputs, CONDITION, most=4)
    values = {each.metric: each.samples for each in found}
    assert min(values["batch_throughput_ips"]) > 0
    assert len(values["batch_throughput_ips"]) == 3 * throughput_sweep.CALLS


def test_batches_repeat_the_images() -> None:
    given = {"a": torch.arange(3), "b": torch.ones(3, 2)}
    assert resized(given, 7)["a"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert resized(given, 2)["b"].shape == (2, 2)


def test_shared_weights_are_held_once() -> None:
    model = nn.Sequential(nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False))
    assert held(holding(model)) == 2 * 64 * 4
    model[1].weight = model[0].weight
    assert held(holding(model)) == 64 * 4


def test_a_device_gives_up_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU: what its allocator raises, and the share of its memory that is asked for."""
    shares: list[float] = []
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=1000 * MIB))
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda share, _: shares.append(share))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)

    def exhausted() -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    ended = on_device(exhausted, "cuda:0", 250)
    assert ended == Exhausted("CUDA out of memory. Tried to allocate 2 GiB")
    assert on_device(lambda: [0.1], "cuda:0", 0) == Done([0.1])
    assert shares == [0.25, 1.0, 1.0, 1.0]
    with pytest.raises(RuntimeError, match="other"):
        on_device(lambda: (_ for _ in ()).throw(RuntimeError("other")).__next__(), "cuda:0", 0)


def test_it_has_a_process_of_its_own() -> None:
    assert needs_own_process(PROBE)
