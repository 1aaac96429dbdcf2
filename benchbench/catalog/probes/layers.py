"""A profile over the Transformer's layers: where the time and the multiply-adds of one call go.

The times are medians of several calls with a clock at every layer; they show proportions and are no claim's number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.counting import count
from benchbench.catalog.forward import forward_of
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from torch import nn

METRICS = (
    Metric("layer_ms", "time by layer", "ms", "lower", 2, per="layer"),
    Metric("layer_macs", "multiply-adds by layer", "multiply-adds", "lower", 0, exact=True, per="layer"),
)
CALLS = 7
REST = "everything else"


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """One sample for each layer of each stack in order, and a last one for everything outside of them.

    The column `layer` counts them; the first note names them.
    """
    stacks = subject.anatomy.stacks
    names = [f"{stack.name}.{index}" for stack in stacks for index in range(len(stack.layers))]
    counted = count(subject, inputs)
    work = [float(each) for each in (*counted.layers, counted.formula - sum(counted.layers))]
    column = {"layer": tuple(float(index) for index in range(len(work)))}
    times = _times(subject, forward_of(subject, inputs), condition)
    notes = [f"layers: {', '.join((*names, REST))}", f"times are medians of {CALLS} calls, batch {condition.batch}"]
    return [Measurement("layer_ms", tuple(times), column), Measurement("layer_macs", tuple(work), column)], notes


def _times(subject: Subject, call: Callable[[], object], condition: Condition) -> list[float]:
    """Milliseconds by layer and outside, each the median over the calls after one to warm up."""
    clock = _clock(condition)
    modules = [layer.module for stack in subject.anatomy.stacks for layer in stack.layers]
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


PROBE = StaticProbe(name="layers", version=1, metrics=METRICS, measure=measure)
