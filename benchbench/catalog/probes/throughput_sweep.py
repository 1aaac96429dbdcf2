"""The best throughput over all batches that fit into memory, and where memory ends.

Batches go up by powers of two until throughput falls or time is over, and step back where memory is exhausted. Each
batch runs in a process of its own under a limit, so that an allocator that gives up, and a process that the system
kills, cost that batch alone. The timing is that of `throughput`, without its turns between variants: compare variants
by that one, and batches by this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchbench.catalog import memory
from benchbench.catalog.confined import Done, Exhausted, Late, confined, is_exhaustion
from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.formulas.batch_sweep import Tried, best, following
from benchbench.catalog.forward import forward_of
from benchbench.catalog.memory import KEEP, MIB
from benchbench.errors import BenchbenchError, CannotRun
from benchbench.types import Condition, Measurement, Metric

METRICS = (
    Metric("best_throughput_ips", "best throughput over batches", "images/s", "higher", 2),
    Metric("common_throughput_ips", "throughput at the common batch", "images/s", "higher", 2),
    Metric("best_batch", "batch of the best throughput", "images", "neither", 0),
    Metric("batch_throughput_ips", "throughput by batch", "images/s", "higher", 2, per="batch"),
)
CALLS = 5
WARM_UP_GPU_S = 1.0
"""For a GPU's clocks to rise."""
SHARE = 0.7
"""Of the memory that is free, what a batch may take where the suite sets no limit."""
PATIENCE_S = 600.0
"""For the first batch, of which nothing is known."""
GRACE_S = 20.0
"""Of a process beyond its calls: to start its threads, to export or compile."""
ENVIRONMENT = {**KEEP, "MALLOC_TOP_PAD_": "1048576", "MALLOC_ARENA_MAX": "1"}
"""As where throughput is timed; but a limit is not to be reached by room that is only asked for in advance, and the
thread of the call shares the arena that keeps its memory."""
Outcome = Done | Exhausted | Late


def measure(
    subject: Subject,
    inputs: Inputs,
    condition: Condition,
    *,
    most: int = 256,
    seconds: float = 30.0,
    memory_mib: int = 0,
) -> tuple[list[Measurement], list[str]]:
    """Images a second at each batch of 1 to `most` that fits, begun within `seconds`; the condition's batch is first.

    `memory_mib` is what the model's tensors and its pass may take together, in MiB; 0: a share of what is free. Raises
    CannotRun where not even one image fits.
    """
    if most < 1 or seconds <= 0 or memory_mib < 0:
        raise BenchbenchError(f"most {most}, seconds {seconds:g}, memory-mib {memory_mib}", "none may be below 1")
    sweep = Sweep(subject, inputs, condition, memory_mib, time.monotonic() + seconds)
    sweep.run(most)
    return sweep.measurements(), sweep.notes


@dataclass
class Sweep:
    """The batches tried, in order, with every call's images a second."""

    subject: Subject
    inputs: Inputs
    condition: Condition
    memory_mib: int
    end: float
    tried: list[Tried] = field(default_factory=list)
    rates: dict[int, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def run(self, most: int) -> None:
        """Every batch of the sweep in turn, as far as time goes."""
        batch: int | None = self.condition.batch
        while batch is not None and self._has_time(batch) and self._try(batch):
            batch = following(self.tried, most)
        if not self.rates:
            raise CannotRun("; ".join(self.notes) or "no batch was done in time", "raise memory-mib or seconds")

    def measurements(self) -> list[Measurement]:
        """Those of the best batch, of the condition's where it fits, and of all."""
        found = best(self.tried)
        assert found
        batches = {"best_throughput_ips": found.batch, "common_throughput_ips": self.condition.batch}
        every = [(rate, float(batch)) for batch in sorted(self.rates) for rate in self.rates[batch]]
        return [
            *(self._of(name, batch) for name, batch in batches.items() if batch in self.rates),
            Measurement("best_batch", (float(found.batch),)),
            Measurement("batch_throughput_ips", tuple(r for r, _ in every), {"batch": tuple(b for _, b in every)}),
        ]

    def _of(self, name: str, batch: int) -> Measurement:
        rates = tuple(self.rates[batch])
        return Measurement(name, rates, {"batch": (float(batch),) * len(rates)})

    def _has_time(self, batch: int) -> bool:
        """Whether a batch is likely to be done in time, as fast as the best one before; the first always is begun."""
        found = best(self.tried)
        expected = (CALLS + 1) * batch / found.throughput if found else 0.0
        if not self.tried or time.monotonic() + expected < self.end:
            return True
        self.notes.append(f"the time was over before batch {batch}")
        return False

    def _try(self, batch: int) -> bool:
        """Whether the batch was done, or did not fit; False where it was too slow to know."""
        timeout_s = 2 * max(0.0, self.end - time.monotonic()) + GRACE_S if self.tried else PATIENCE_S
        outcome = self._outcome(lambda: timed(self.subject, self.inputs, self.condition, batch), timeout_s)
        if isinstance(outcome, Late):
            self.notes.append(f"batch {batch} was not done within {outcome.seconds:.0f} s")
            return False
        if isinstance(outcome, Exhausted):
            self.tried.append(Tried(batch))
            self.notes.append(f"batch {batch} did not fit into {self._limit()}: {outcome.how}")
            return True
        self.rates[batch] = [batch / seconds for seconds in outcome.value]
        self.tried.append(Tried(batch, median(self.rates[batch]), max(self.rates[batch])))
        return True

    def _outcome(self, call: Callable[[], object], timeout_s: float) -> Outcome:
        if self.condition.device.startswith("cuda"):
            return on_device(call, self.condition.device, self.memory_mib)
        return confined(call, self._room(), timeout_s)

    def _room(self) -> int:
        """Bytes that a process may add to what it begins with."""
        if not self.memory_mib:
            return int(SHARE * memory.available())
        return max(0, self.memory_mib * MIB - held(self.subject))

    def _limit(self) -> str:
        if self.memory_mib:
            return f"{self.memory_mib} MiB for model and pass"
        return f"{SHARE:.0%} of the free memory"


def timed(subject: Subject, inputs: Inputs, condition: Condition, batch: int) -> list[float]:
    """Seconds of each call on a batch, after one that warms up."""
    import torch

    if not condition.device.startswith("cuda"):
        torch.set_num_threads(condition.threads or torch.get_num_threads())
    call = forward_of(subject, resized(inputs, batch))
    call()
    started = time.perf_counter()
    while condition.device.startswith("cuda") and time.perf_counter() - started < WARM_UP_GPU_S:
        _seconds(call, condition.device)
    return [_seconds(call, condition.device) for _ in range(CALLS)]


def _seconds(call: Callable[[], object], device: str) -> float:
    import torch

    is_cuda = device.startswith("cuda")
    if is_cuda:
        torch.cuda.synchronize(device)
    started = time.perf_counter()
    call()
    if is_cuda:
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def resized(inputs: Inputs, batch: int) -> Inputs:
    """The inputs' images over and over, until they are a batch."""
    import torch

    return {name: each[torch.arange(batch, device=each.device) % len(each)] for name, each in inputs.items()}


def held(subject: Subject) -> int:
    """Bytes of the model's parameters and buffers."""
    tensors = (*subject.model.parameters(), *subject.model.buffers())
    return sum({each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}.values())


def on_device(call: Callable[[], object], device: str, memory_mib: int) -> Done | Exhausted:
    """The call in this process, as a GPU's context cannot be forked; its allocator raises where memory ends."""
    import torch

    with _fraction(device, memory_mib):
        try:
            return Done(call())
        except RuntimeError as error:
            if not isinstance(error, torch.cuda.OutOfMemoryError) and not is_exhaustion(error):
                raise
            how = str(error).splitlines()[0]
    torch.cuda.empty_cache()
    return Exhausted(how)


@contextmanager
def _fraction(device: str, memory_mib: int) -> Iterator[None]:
    import torch

    # Of "cuda" alone, set_per_process_memory_fraction does not take the first one.
    index = torch.device(device).index or 0
    total = torch.cuda.get_device_properties(index).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, memory_mib * MIB / total) if memory_mib else 1.0, index)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, index)


PROBE = StaticProbe(name="throughput-sweep", version=1, metrics=METRICS, measure=measure, environment=ENVIRONMENT)
