"""Seconds of one training step under the variant's own strategy, with as many batches as it accumulates: forward,
backward and AdamW; no data, no labels."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Inputs, Subject, TimedProbe
from benchbench.catalog.forward import milliseconds
from benchbench.types import Condition, Metric

METRICS = (Metric("train_step_ms", "one training step", "ms", "lower", 1),)


def prepare(subject: Subject, inputs: Inputs, condition: Condition) -> Callable[[], object]:
    """One step on the condition's batch, of what the variant's last training step trains; of everything without one.

    Raises CannotTrain where this model cannot be trained so.
    """
    del condition
    from benchbench.catalog.training.single_step import step_of

    return step_of(subject, inputs)


PROBE = TimedProbe(name="train-step", version=2, metrics=METRICS, prepare=prepare, read=milliseconds, opens=True)
