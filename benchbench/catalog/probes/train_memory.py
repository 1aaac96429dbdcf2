"""Peak memory of one training step: weights, gradients, AdamW's two moments, and what the backward pass needs.

The resident memory of a process of its own at its peak, by the kernel's mark, under the allocator settings of the probe
`peak-memory`, which give freed blocks back at once. It is the figure of the strategy that the variant's last training
step declares, with as many batches as it accumulates; of full training where there is none. On a GPU it is the device's
memory, by the three counters of `gpu_memory`.
"""

from __future__ import annotations

import gc
from typing import Literal

from benchbench.catalog import gpu_memory
from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.memory import ACCURACY_MIB, ENVIRONMENT, READING
from benchbench.errors import BenchbenchError
from benchbench.types import Condition, Measurement, Metric

METRICS = (
    Metric("train_memory_mib", "peak memory of a training step", "MiB", "lower", 1, covers=READING),
    *gpu_memory.metrics("gpu_train", ", training step"),
)


def measure(
    subject: Subject, inputs: Inputs, condition: Condition, *, images: Literal["condition", "recipe"] = "condition"
) -> tuple[list[Measurement], list[str]]:
    """The peak of a step after one that made the optimiser's state. Raises BenchbenchError for other devices.

    So many `images` are passed at once: the condition's batch, or what the variant's last training declares.
    """
    if condition.device != "cpu" and not condition.device.startswith("cuda"):
        raise BenchbenchError(f"train-memory does not see the memory of '{condition.device}'", "measure on cpu or cuda")
    import torch

    from benchbench.catalog.training.meter import Meter
    from benchbench.catalog.training.single_step import borrowed_step, inputs_of, strategy_of

    taken = inputs_of(subject, inputs) if images == "recipe" else inputs
    with borrowed_step(subject, taken) as call:
        call()
        recipe, batch = strategy_of(subject), len(next(iter(taken.values())))
        notes = [f"train: {recipe.train}", f"images: {recipe.accumulate} × {batch}"]
        if condition.device != "cpu":
            found, told = gpu_memory.peaks(call, gpu_memory.counters_of(condition.device), "gpu_train")
            return found, [*notes, *told]
        gc.collect()
        meter = Meter(torch.device("cpu"))
        call()
        peak = meter.highest_mib
    if not meter.marked:
        notes.append("read after the step: this system keeps no mark of the peak")
    return [Measurement("train_memory_mib", (peak,), interval=(peak - ACCURACY_MIB, peak + ACCURACY_MIB))], notes


PROBE = StaticProbe(
    name="train-memory", version=3, metrics=METRICS, measure=measure, environment=ENVIRONMENT, opens=True
)
