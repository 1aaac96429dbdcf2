"""What happens when the unchanged model's weights are loaded straight into the cut one, as documents often advise.

PyTorch compares names and shapes. `strict=False` forgives names that are missing or left over, never a shape.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.errors import BenchbenchError
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from torch import Tensor, nn

METRICS = (
    Metric("keys_missing", "weights the file lacks", "", "lower", 0, exact=True),
    Metric("keys_unexpected", "weights without a place", "", "lower", 0, exact=True),
    Metric("keys_misshapen", "weights of another shape", "", "lower", 0, exact=True),
    Metric("loads_strict", "loads as it is", "", "higher", 0, exact=True),
    Metric("loads_relaxed", "loads with strict=False", "", "higher", 0, exact=True),
)
_SHOWN = 300


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """Counts by name and shape, and both calls really made on a copy; what PyTorch says is kept as a note.

    Raises BenchbenchError where the unchanged model is not to be had.
    """
    del inputs, condition
    if subject.uncut is None:
        raise BenchbenchError("the unchanged model cannot be built beside the cut one")
    theirs, own = subject.uncut().state_dict(), subject.model.state_dict()
    misshapen = [name for name in own.keys() & theirs.keys() if own[name].shape != theirs[name].shape]
    strict, relaxed = (_said(subject.model, theirs, strict=each) for each in (True, False))
    values = {
        "keys_missing": len(own.keys() - theirs.keys()),
        "keys_unexpected": len(theirs.keys() - own.keys()),
        "keys_misshapen": len(misshapen),
        "loads_strict": not strict,
        "loads_relaxed": not relaxed,
    }
    notes = [f"{call}: {words}" for call, words in (("as it is", strict), ("strict=False", relaxed)) if words]
    return [Measurement(name, (float(value),)) for name, value in values.items()], notes


def _said(model: nn.Module, weights: Mapping[str, Tensor], *, strict: bool) -> str:
    """What PyTorch says against loading, shortened; nothing when it loads."""
    try:
        copy.deepcopy(model).load_state_dict(weights, strict=strict)
    except RuntimeError as error:
        words = " ".join(str(error).split())
        return words if len(words) <= _SHOWN else f"{words[:_SHOWN]} …"
    return ""


PROBE = StaticProbe(name="loading", version=1, metrics=METRICS, measure=measure, opens=True)
