"""Multiply-adds of one forward pass, counted twice: by closed formulas over the modules' shapes, and by PyTorch.

PyTorch's counter knows no formula for the CPU's fused attention and would count nothing for it; the mathematical
attention does the same products one by one. Both counts see the same pass, and being integers, they must be equal: the
tolerance is 0. The pass is made of shapes alone (PyTorch's meta device): counts need no arithmetic, and on two cores a
DETR-R50 is counted in a second instead of several.

DETR-R50 takes 81.2 G at 800x1066. The 86 G of its paper is a mean over the first 100 images of val2017, many of which
are wider: 91.1 G at 800x1199.
"""

from __future__ import annotations

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.counting import count
from benchbench.errors import BenchbenchError
from benchbench.types import Condition, Measurement, Metric

METRICS = (
    Metric("macs", "multiply-adds", "multiply-adds", "lower", 0, exact=True),
    Metric("macs_counter", "multiply-adds by PyTorch's counter", "multiply-adds", "lower", 0, exact=True),
    Metric("macs_layers", "multiply-adds in the Transformer's layers", "multiply-adds", "lower", 0, exact=True),
    Metric("layers_share", "share of the layers in all multiply-adds", "", "neither", 3, exact=True),
)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """Both counts of the whole batch. Raises BenchbenchError where they disagree."""
    found = count(subject, inputs)
    if found.formula != found.counter:
        raise BenchbenchError(
            f"two counts of multiply-adds disagree: {found.formula} by formula, {found.counter} by PyTorch's counter",
            "some operation is counted by one of them alone: its formula is missing",
        )
    notes = [
        f"one multiply-add counts as one; batch {condition.batch}; input "
        + ", ".join(f"{name} {'x'.join(map(str, each.shape))}" for name, each in inputs.items()),
        f"operators without multiply-adds, not counted: {', '.join(found.uncounted)}",
    ]
    inside = sum(found.layers)
    numbers = {"macs": found.formula, "macs_counter": found.counter, "macs_layers": inside}
    measurements = [Measurement(name, (float(number),)) for name, number in numbers.items()]
    return [*measurements, Measurement("layers_share", (inside / found.formula,))], notes


PROBE = StaticProbe(name="flops", version=2, metrics=METRICS, measure=measure, opens=True)
