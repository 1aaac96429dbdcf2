"""A profile over the blocks of a model: where time, multiply-adds, parameters and activations are.

Blocks are the stages of the backbone, where there is one, and the Transformer's layers. The times are medians of
several calls with a clock at every block; they show proportions and are no claim's number. The bytes of activations
are what `counting.Count` calls written.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING

from benchbench.catalog.blocks import REST, blocks, parameters
from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.counting import count
from benchbench.catalog.forward import forward_of
from benchbench.catalog.memory import MIB
from benchbench.errors import CannotRun
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from torch import nn

METRICS = (
    Metric("layer_ms", "time by layer", "ms", "lower", 2, per="layer"),
    Metric("layer_macs", "multiply-adds by layer", "multiply-adds", "lower", 0, exact=True, per="layer"),
    Metric("layer_params", "parameters by layer", "", "lower", 0, exact=True, per="layer"),
    Metric("layer_activation_mib", "activations written by layer", "MiB", "lower", 2, exact=True, per="layer"),
)
CALLS = 7


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """One sample for each block in order, and a last one for everything outside of them.

    The column `layer` counts them; the first note names them. Raises CannotRun in a runtime that has no blocks.
    """
    if subject.executable is not None:
        raise CannotRun(f"runtime '{condition.runtime}' does not run block by block", "measure layers in eager")
    found = blocks(subject)
    counted = count(subject, inputs, lambda subject: blocks(subject).values())
    profile = {
        "layer_ms": _times(list(found.values()), forward_of(subject, inputs), condition),
        "layer_macs": (*counted.layers, counted.formula - sum(counted.layers)),
        "layer_params": parameters(found, subject.model),
        "layer_activation_mib": [written / MIB for written in counted.written],
    }
    column = {"layer": tuple(float(index) for index in range(len(found) + 1))}
    notes = [f"layers: {', '.join((*found, REST))}", f"times are medians of {CALLS} calls, batch {condition.batch}"]
    return [Measurement(name, tuple(map(float, values)), column) for name, values in profile.items()], notes


def _times(modules: list[nn.Module], call: Callable[[], object], condition: Condition) -> list[float]:
    """Milliseconds by block and outside, each the median over the calls after one to warm up."""
    clock = _clock(condition)
    call()
    calls = [_once(modules, call, clock) for _ in range(CALLS)]
    return [1000 * median(each) for each in zip(*calls, strict=True)]


def _once(modules: list[nn.Module], call: Callable[[], object], clock: Callable[[], float]) -> list[float]:
    spent = [0.0] * len(modules)

    def enter(index: int) -> None:
        spent[index] -= clock()

    def leave(index: int) -> None:
        spent[index] += clock()

    with ExitStack() as hooks:
        for index, module in enumerate(modules):
            hooks.callback(module.register_forward_pre_hook(lambda *_, at=index: enter(at)).remove)
            hooks.callback(module.register_forward_hook(lambda *_, at=index: leave(at)).remove)
        started = clock()
        call()
        whole = clock() - started
    return [*spent, whole - sum(spent)]


def _clock(condition: Condition) -> Callable[[], float]:
    """Seconds; on a GPU after all that was asked of it is done."""
    if not condition.device.startswith("cuda"):
        return time.perf_counter
    import torch

    def synchronised() -> float:
        torch.cuda.synchronize(condition.device)
        return time.perf_counter()

    return synchronised


PROBE = StaticProbe(name="layers", version=2, metrics=METRICS, measure=measure, opens=True)
