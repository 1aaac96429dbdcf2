"""Whether a recipe's model runs: built it is when this probe sees it, so a forward pass decides."""

from __future__ import annotations

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.forward import forward_of
from benchbench.types import Condition, Measurement, Metric

METRICS = (Metric("builds", "builds and runs", "", "higher", 0, exact=True),)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """1 if a forward pass runs, else 0 and the error as a note. A model that cannot be built never gets here."""
    del condition
    try:
        forward_of(subject, inputs)()
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        return [Measurement("builds", (0.0,))], [f"{type(error).__name__}: {error}"]
    return [Measurement("builds", (1.0,))], []


PROBE = StaticProbe(name="builds", version=1, metrics=METRICS, measure=measure)
