"""Seconds until the last layer of the encoder has run: the part of a call that a cut of its layers shortens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Inputs, Subject, TimedProbe
from benchbench.catalog.forward import forward_of, milliseconds
from benchbench.types import Condition, Metric

if TYPE_CHECKING:
    from torch import nn

METRICS = (Metric("encoder_ms", "latency of the encoder", "ms", "lower", 1),)
STACK = "encoder"


class _Far(Exception):
    pass


def prepare(subject: Subject, inputs: Inputs, condition: Condition) -> Callable[[], object]:
    """A call that ends where the encoder does, all that comes before it (embedding, backbone) included.

    The last layer's hook breaks the forward pass off, so that the model itself stays as it is between the calls.
    Raises KeyError where the model has no stack named `encoder`.
    """
    del condition
    last, call = subject.anatomy.stack(STACK).layers[-1].module, forward_of(subject, inputs)

    def until() -> object:
        hook = last.register_forward_hook(_stop)
        try:
            return call()
        except _Far:
            return None
        finally:
            hook.remove()

    return until


def _stop(_module: nn.Module, _inputs: object, _output: object) -> None:
    raise _Far


PROBE = TimedProbe(name="encoder-latency", version=1, metrics=METRICS, prepare=prepare, read=milliseconds, opens=True)
