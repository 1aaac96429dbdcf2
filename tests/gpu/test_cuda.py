"""What only a GPU can show: events against the host's clock, counters against a known peak, a suite from end to end.

Skipped where PyTorch sees none. Nothing in here was ever run on the machines on which this project is developed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchbench import flow
from benchbench.catalog.confined import Done, Exhausted
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.gpu_memory import counters_of, peaks, uuid_of
from benchbench.catalog.memory import MIB
from benchbench.catalog.nvidia import at_hand, panel
from benchbench.catalog.probes.throughput_sweep import on_device
from benchbench.catalog.runtimes import RUNTIMES
from benchbench.measure.devices import unfit
from benchbench.measure.meters import Meters
from benchbench.measure.placing import finish, free_on, placed, ready
from benchbench.measure.timekeeping import timekeeper
from benchbench.options import changes
from benchbench.types import Condition, Measured
from tests import lively_vit

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device that PyTorch can use")
CUDA = Condition("cuda")


@pytest.fixture(autouse=True)
def _ready() -> None:
    if torch.cuda.is_available():
        ready("cuda")


def product() -> Tensor:
    return torch.rand(2048, 2048, device="cuda")


def test_the_planner_and_torch_see_the_same_devices() -> None:
    assert unfit(CUDA) is None
    assert len(at_hand()) == torch.cuda.device_count()
    assert [gpu.uuid for gpu in at_hand()] == [uuid_of(f"cuda:{index}") for index in range(torch.cuda.device_count())]
    for index, gpu in enumerate(at_hand()):
        assert gpu.capability in (None, torch.cuda.get_device_capability(index))


def test_events_agree_with_the_host_where_the_device_is_busy() -> None:
    matrix = product()

    def call() -> None:
        for _ in range(50):
            torch.mm(matrix, matrix)

    of = timekeeper("cuda", Meters())
    of.rouse([call])
    found = of.meters.time(call)
    assert found.device_s is not None
    assert found.launch_s is not None
    assert found.device_s == pytest.approx(found.wall_s, rel=0.1)
    assert found.launch_s < found.wall_s
    before = time.perf_counter()
    torch.cuda.synchronize()
    assert time.perf_counter() - before < found.device_s / 10, "nothing is left to be done after a turn"


def test_the_clock_and_the_temperature_are_seen() -> None:
    assert panel() is not None
    found = timekeeper("cuda", Meters()).look()
    assert found["gpu_sm_mhz"] > 0
    assert 0 < found["gpu_celsius"] < 120


def test_a_peak_that_is_known() -> None:
    """Of three tensors of 32 MiB, one after another, two live at a time, beside the one that goes in."""
    given = torch.ones(8 * MIB, device="cuda")

    def call() -> Tensor:
        found = given
        for _ in range(3):
            found = found + 1
        return found

    call()
    before = torch.cuda.memory_allocated()
    measured, _ = peaks(call, counters_of("cuda"), "gpu")
    found = {each.metric: each.samples[0] for each in measured}
    assert found["gpu_allocated_mib"] == pytest.approx(before / MIB + 64, abs=0.01)
    assert found["gpu_reserved_mib"] >= found["gpu_allocated_mib"]
    if "gpu_driver_mib" in found:
        assert found["gpu_driver_mib"] >= found["gpu_reserved_mib"]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_model_computes_there_what_it_does_here(dtype: str) -> None:
    condition = Condition("cuda", dtype)
    if unfit(condition) is not None:
        pytest.skip("this GPU does not compute in bfloat16")
    subject, inputs = lively_vit.subject(), lively_vit.inputs()
    with torch.inference_mode():
        expected = subject.compute(**inputs).logits
    finish(subject.model, condition)
    with torch.inference_mode():
        outputs = subject.compute(**placed(inputs, condition))
    (found, *_) = FAMILY.predict(subject.model, outputs, [(48, 48)] * len(expected))
    assert torch.allclose(torch.from_numpy(found["logits"]), expected[0], atol=0.1 * float(expected.abs().max()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compiled", "compiled-reduce-overhead"])
def test_what_is_compiled_agrees_with_eager(name: str) -> None:
    made = RUNTIMES[name]
    if made.lacks("cuda") is not None:
        pytest.skip("Triton is not installed")
    subject = lively_vit.subject()
    finish(subject.model, CUDA)
    subject.executable = made.start(subject, CUDA)
    inputs = placed(lively_vit.inputs(), CUDA)
    with torch.inference_mode():
        for _ in range(4):
            found = subject.compute(**inputs).logits.clone()
        eager = subject.model(**inputs).logits
    assert torch.allclose(found, eager, atol=0.02 * float(eager.abs().max()))


def test_a_batch_that_does_not_fit_costs_itself_alone() -> None:
    def take(count: int) -> float:
        return float(torch.empty(count, dtype=torch.uint8, device="cuda").sum())

    assert isinstance(on_device(lambda: take(2 * free_on("cuda")), "cuda", 0), Exhausted)
    assert isinstance(on_device(lambda: take(256 * MIB), "cuda", 64), Exhausted)
    assert on_device(lambda: 7, "cuda", 0) == Done(7)


@pytest.mark.integration
@pytest.mark.slow
def test_a_suite_from_end_to_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchbench", "run", "quickstart", "--device", "cuda", "--dtype", "float16"]
    command += ["-k", "latency or peak-memory", "--set", "budget.seconds=5"]
    command += ["--records", str(tmp_path / "records"), "--reports", str(tmp_path / "reports")]
    subprocess.run(command, check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert (tmp_path / "reports" / "quickstart-cuda-float16.html").exists()
    laid = flow.plan(flow.Request("quickstart", changes(None, "cuda", "float16"), records=tmp_path / "records"))
    base = [entry for entry in laid.entries if entry.trial.variant.name == "base" and entry.record is not None]
    told = {
        each.metric: each
        for entry in base
        if isinstance(entry.outcome, Measured)
        for each in entry.outcome.measurements
    }
    assert {"latency_ms", "gpu_allocated_mib"} <= set(told)
    assert {"device_s", "host_s", "launch_s"} <= set(told["latency_ms"].columns)
    assert base[0].record is not None
    assert {"gpu", "gpu_driver", "cuda", "cudnn", "tf32", "sdpa"} <= set(base[0].record.environment)
