"""Seconds of one training step under the variant's own strategy: forward, backward and AdamW; no data, no labels."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Inputs, Subject, TimedProbe
from benchbench.types import Condition, Metric

METRICS = (Metric("train_step_ms", "one training step", "ms", "lower", 1),)


def prepare(subject: Subject, inputs: Inputs, condition: Condition) -> Callable[[], object]:
    """One step on the condition's batch, of what the variant's last training step trains; of everything without one.

    Raises CannotTrain where this model cannot be trained so.
    """
    del condition
    from benchbench.catalog.training.single_step import step_of

    return step_of(subject, inputs)


def read(seconds: float, condition: Condition) -> float:
    """Milliseconds of one step, whatever its batch."""
    del condition
    return seconds * 1000


PROBE = TimedProbe(name="train-step", version=1, metrics=METRICS, prepare=prepare, read=read)
