"""A model whose live peak is known: three tensors one after another, of which two live at a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchbench.catalog import memory
from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes import peak_memory
from benchbench.catalog.probes.peak_memory import PROBE
from benchbench.errors import BenchbenchError
from benchbench.types import Condition

ENOUGH_MIB = 32
SCRIPT = """
import json
import torch
from torch import nn
from benchbench.catalog.contracts import Subject
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.probes import peak_memory
from benchbench.types import Condition

class Chain(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2**20))

    def forward(self, x):
        for _ in range(3):
            x = x + 1
        return x

subject = Subject(Chain(), FAMILY)
measurements, notes = peak_memory.PROBE.measure(subject, {"x": torch.ones(8 * 2**20)}, Condition())
call = lambda: subject.model(torch.ones(8 * 2**20))
before, peak, how = peak_memory._sampled(call)
print(json.dumps({m.metric: m.samples[0] for m in measurements} | {"notes": notes, "how": how}))
"""


def test_the_peak_of_a_known_model() -> None:
    assert PROBE.environment
    environment = {**os.environ, **PROBE.environment, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)

    assert found["activation_mib"] == pytest.approx(2 * ENOUGH_MIB, abs=1.5)
    assert found["peak_allocated_mib"] == pytest.approx(4 + ENOUGH_MIB + 2 * ENOUGH_MIB, abs=0.01)
    assert found["peak_memory_mib"] > found["peak_allocated_mib"]
    assert "VmHWM" in found["notes"][0]
    assert "samples every" in found["how"]


def test_the_allocations_of_a_call_are_a_running_sum() -> None:
    def call() -> object:
        first = torch.ones(2**18)
        second = first * 2
        del first
        return second + 1

    assert peak_memory.allocated(call) == pytest.approx(2 * 2**20, abs=4096)


def test_a_real_model_gives_every_metric(subject: Subject, inputs: Inputs) -> None:
    measurements, _ = PROBE.measure(subject, inputs, Condition())
    found = {each.metric: each.samples[0] for each in measurements}

    assert set(found) == {metric.name for metric in PROBE.metrics if not metric.name.startswith("gpu_")}
    held = sum(t.numel() * t.element_size() for t in (*subject.model.parameters(), *inputs.values())) / 2**20
    assert found["peak_allocated_mib"] > held


def test_what_cannot_reset_the_mark_is_sampled(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, inputs: Inputs
) -> None:
    monkeypatch.setattr(memory, "PROCESS", Path("/nonexistent"))
    _, notes = PROBE.measure(subject, inputs, Condition())

    assert "samples every 1 ms" in notes[0]


def test_memory_of_another_device_is_not_this_probe_s(subject: Subject, inputs: Inputs) -> None:
    with pytest.raises(BenchbenchError, match="memory of 'mps'"):
        PROBE.measure(subject, inputs, Condition(device="mps"))


class Counters:
    """Counts the passes between beginning and reading."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.passes = 0
        self.before = -1
        module.register_forward_hook(lambda *_: self._passed())

    def _passed(self) -> None:
        self.passes += 1

    def begin(self) -> int:
        self.before = self.passes
        return 5 * 2**20

    def read(self) -> tuple[int, int, float | None]:
        assert self.passes == self.before + 1
        return 7 * 2**20, 9 * 2**20, 300.0


def test_on_a_gpu_there_are_three_counters_of_one_pass_after_warm_ones(subject: Subject, inputs: Inputs) -> None:
    counters = Counters(subject.model)
    measurements, notes = peak_memory.on_gpu(subject, inputs, Condition(device="cuda"), counters)
    assert counters.before == peak_memory.WARM_UP_CALLS
    assert {each.metric: each.samples[0] for each in measurements} == {
        "gpu_allocated_mib": 7.0,
        "gpu_reserved_mib": 9.0,
        "gpu_driver_mib": 300.0,
    }
    assert len(notes) == 1


def test_a_replayed_graph_is_said_to_allocate_nothing(subject: Subject, inputs: Inputs) -> None:
    condition = Condition(device="cuda", runtime="compiled-reduce-overhead")
    _, notes = peak_memory.on_gpu(subject, inputs, condition, Counters(subject.model))
    assert "a replayed graph allocates nothing" in notes[-1]
