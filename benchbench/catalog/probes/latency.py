"""Seconds of one call of the model alone, one call after another; decoding and post-processing are not in it."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Inputs, Subject, TimedProbe
from benchbench.catalog.forward import forward_of, milliseconds
from benchbench.types import Condition, Metric

METRICS = (Metric("latency_ms", "latency (model only)", "ms", "lower", 1),)


def prepare(subject: Subject, inputs: Inputs, condition: Condition) -> Callable[[], object]:
    """The forward pass on the condition's batch, 1 unless a suite says otherwise."""
    del condition
    return forward_of(subject, inputs)


PROBE = TimedProbe(name="latency", version=1, metrics=METRICS, prepare=prepare, read=milliseconds)
