"""Whether a recipe's model can be built and runs: that it cannot is a finding, not a failure."""

from __future__ import annotations

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.forward import forward_of
from benchbench.types import Condition, Measurement, Metric

METRICS = (Metric("builds", "builds and runs", "", "higher", 0, exact=True),)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """1 if a forward pass runs, else 0 and the error as a note."""
    del condition
    try:
        forward_of(subject, inputs)()
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        return refused(error)
    return [Measurement("builds", (1.0,))], []


def refused(error: Exception) -> tuple[list[Measurement], list[str]]:
    """0, and what stood against it."""
    return [Measurement("builds", (0.0,))], [f"{type(error).__name__}: {error}"]


PROBE = StaticProbe(name="builds", version=2, metrics=METRICS, measure=measure, refused=refused)
