"""Images a second at a fixed batch, batches back to back. Not the inverse of the latency of one image."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Inputs, Subject, TimedProbe
from benchbench.catalog.forward import forward_of
from benchbench.types import Condition, Metric

METRICS = (Metric("throughput_ips", "throughput (model only)", "images/s", "higher", 2),)


def prepare(subject: Subject, inputs: Inputs, condition: Condition) -> Callable[[], object]:
    """The forward pass on one batch."""
    del condition
    return forward_of(subject, inputs)


def read(seconds: float, condition: Condition) -> float:
    """The batch's images over the seconds of its call."""
    return condition.batch / seconds


PROBE = TimedProbe(name="throughput", version=1, metrics=METRICS, prepare=prepare, read=read)
