"""Peak memory of one training step: weights, gradients, AdamW's two moments, and what the backward pass needs.

The resident memory of a process of its own at its peak, by the kernel's mark, under the allocator settings of the probe
`peak-memory`, which give freed blocks back at once. It is the figure of the strategy that the variant's last training
step declares; of full training where there is none.
"""

from __future__ import annotations

import gc

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.memory import ACCURACY_MIB, ENVIRONMENT
from benchbench.errors import BenchbenchError
from benchbench.types import Condition, Measurement, Metric

METRICS = (Metric("train_memory_mib", "peak memory of a training step", "MiB", "lower", 1),)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """The peak of a step after one that made the optimiser's state. Raises BenchbenchError for other devices."""
    if condition.device != "cpu":
        raise BenchbenchError(
            f"train-memory sees the host's memory, not that of '{condition.device}'", "measure on cpu"
        )
    import torch

    from benchbench.catalog.training.meter import Meter
    from benchbench.catalog.training.single_step import borrowed_step, strategy_of

    with borrowed_step(subject, inputs) as call:
        call()
        gc.collect()
        meter = Meter(torch.device("cpu"))
        call()
        peak = meter.highest_mib
    notes = [f"train: {strategy_of(subject).train}"]
    if not meter.marked:
        notes.append("read after the step: this system keeps no mark of the peak")
    return [Measurement("train_memory_mib", (peak,), interval=(peak - ACCURACY_MIB, peak + ACCURACY_MIB))], notes


PROBE = StaticProbe(name="train-memory", version=2, metrics=METRICS, measure=measure, environment=ENVIRONMENT)
