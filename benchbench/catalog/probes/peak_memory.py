"""Peak memory of a forward pass, twice: what the process holds, and what PyTorch allocated.

`peak_memory_mib` is the headline: the resident memory of the whole process at its peak, with interpreter, libraries and
weights, as a user sees it. `activation_mib` is what the pass added to it. `peak_allocated_mib` is exact and
deterministic, but sees PyTorch's own tensors alone: model, inputs and the running sum of the pass's allocations. A
large gap between the two is a finding: memory of libraries, of kernels' workspaces, or fragmentation.

The allocator settings make freed blocks go back to the system at once, so that the peak is that of live memory. They
slow the pass down: nothing is timed in such a process.

Under a runtime that reads a file of its own and needs no PyTorch, a process with that runtime alone is measured.

On a GPU the device's memory is measured instead of the host's: `gpu_memory` names its three counters.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.catalog import gpu_memory, memory
from benchbench.catalog.agreement import Agreeing, Written
from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.forward import forward_of
from benchbench.catalog.memory import ACCURACY_MIB, ENVIRONMENT, MIB, READING
from benchbench.errors import BenchbenchError
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from torch import nn

_PERIOD_S = 0.001
METRICS = (
    Metric("peak_memory_mib", "peak memory of the process", "MiB", "lower", 1, covers=READING),
    Metric("peak_allocated_mib", "peak of PyTorch's tensors", "MiB", "lower", 1, covers=READING),
    Metric("activation_mib", "memory added by the forward pass", "MiB", "lower", 1, covers=READING),
    *gpu_memory.metrics("gpu", ""),
)
WARM_UP_CALLS = 3
"""On a GPU: kernels are chosen at the first call, and a graph is recorded at the second."""


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """Peaks of one forward pass after one to warm up. Raises BenchbenchError for other devices than cpu and cuda."""
    if condition.device.startswith("cuda"):
        return on_gpu(subject, inputs, condition, gpu_memory.counters_of(condition.device))
    if condition.device != "cpu":
        raise BenchbenchError(f"peak-memory does not see the memory of '{condition.device}'", "measure on cpu or cuda")
    running = subject.executable
    if isinstance(running, Agreeing):
        with tempfile.TemporaryDirectory() as folder:
            file = running.write(inputs, Path(folder))
            if file is not None:
                return _of_file(file, inputs)
    call = forward_of(subject, inputs)
    call()
    gc.collect()
    before, peak, how = _marked(call) if memory.begin_anew() else _sampled(call)
    held = _held(subject.model, inputs)
    values = {
        "peak_memory_mib": peak / MIB,
        "peak_allocated_mib": (held + allocated(call)) / MIB,
        "activation_mib": (peak - before) / MIB,
    }
    notes = [f"{how}; {before / MIB:.1f} MiB were resident before the pass, {held / MIB:.1f} of them model and input"]
    return _read(values), notes


def on_gpu(
    subject: Subject, inputs: Inputs, condition: Condition, counters: gpu_memory.Counters
) -> tuple[list[Measurement], list[str]]:
    """The three counters. Raises BenchbenchError for a runtime whose memory none of them tells from PyTorch's."""
    if isinstance(subject.executable, Agreeing) and condition.runtime == "onnxruntime":
        reason = "what ONNX Runtime takes on a GPU cannot be told from what the model in PyTorch holds beside it"
        raise BenchbenchError(reason, "`runtime: eager` or `runtime: compiled`")
    call = forward_of(subject, inputs)
    for _ in range(WARM_UP_CALLS):
        call()
    found, notes = gpu_memory.peaks(call, counters, "gpu")
    if condition.runtime.startswith("compiled-"):
        notes.append("a replayed graph allocates nothing: what it needs is reserved, and not among the allocated")
    return found, notes


def _of_file(file: Written, inputs: Inputs) -> tuple[list[Measurement], list[str]]:
    """Of a runtime that needs no PyTorch: a process with that runtime alone, which is what is deployed."""
    import numpy as np
    import torch

    from benchbench.catalog.onnx_memory import held

    arrays = file.path.with_suffix(".npz")
    np.savez(arrays, allow_pickle=False, **{name: each.numpy() for name, each in inputs.items()})
    found = held(file.path, arrays, torch.get_num_threads())
    values = {"peak_memory_mib": found.peak / MIB, "activation_mib": (found.peak - found.before) / MIB}
    notes = [
        f"{found.how}; ONNX Runtime in a process without PyTorch, which allocates nothing: no peak_allocated_mib",
        f"{found.before / MIB:.1f} MiB were resident before the first pass, the one measured; file: {file.words}",
    ]
    return _read(values), notes


def _read(values: Mapping[str, float]) -> list[Measurement]:
    return [
        Measurement(name, (value,), interval=(value - ACCURACY_MIB, value + ACCURACY_MIB))
        for name, value in values.items()
    ]


def _marked(call: Callable[[], object]) -> tuple[int, int, str]:
    """Resident bytes before, and the kernel's own high-water mark."""
    before = memory.status("VmRSS")
    result = call()
    peak = memory.status("VmHWM")
    del result
    return before, peak, "peak by the kernel (VmHWM)"


def _sampled(call: Callable[[], object]) -> tuple[int, int, str]:
    """Resident bytes before, and the largest of samples: a peak that is shorter than the period is missed."""
    from threading import Event, Thread

    done, seen = Event(), [memory.resident()]

    def look() -> None:
        while not done.wait(_PERIOD_S):
            seen.append(memory.resident())

    watcher = Thread(target=look)
    watcher.start()
    try:
        result = call()
        seen.append(memory.resident())
    finally:
        done.set()
        watcher.join()
    del result
    return seen[0], max(seen), f"peak of samples every {_PERIOD_S * 1000:g} ms: shorter ones are missed"


def _held(model: nn.Module, inputs: Inputs) -> int:
    """Bytes of parameters, buffers and inputs; storage that is shared counts once."""
    storages = [tensor.untyped_storage() for tensor in (*model.parameters(), *model.buffers(), *inputs.values())]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def allocated(call: Callable[[], object]) -> int:
    """The highest running sum, in bytes, of PyTorch's allocations and frees on the CPU during a call."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        result = call()
    del result
    recorded = getattr(profiler.profiler, "kineto_results", None)
    if recorded is None:
        raise BenchbenchError("this version of torch keeps its memory events elsewhere", "tested with torch 2.13")
    events = [(event.start_ns(), event.nbytes()) for event in recorded.events() if event.name() == "[memory]"]
    now = peak = 0
    # A stable sort by time alone: events of one instant stay in the order in which they were recorded.
    for _, change in sorted(events, key=lambda event: event[0]):
        now += change
        peak = max(peak, now)
    return peak


PROBE = StaticProbe(name="peak-memory", version=1, metrics=METRICS, measure=measure, environment=ENVIRONMENT)
