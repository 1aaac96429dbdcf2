"""A model that runs, and one that does not."""

from torch import nn

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.builds import PROBE
from benchbench.types import Condition


def test_a_model_that_runs(subject: Subject, inputs: Inputs) -> None:
    measurements, notes = PROBE.measure(subject, inputs, Condition())

    assert (measurements[0].metric, measurements[0].samples) == ("builds", (1.0,))
    assert notes == []


def test_a_model_whose_heads_do_not_divide(subject: Subject, inputs: Inputs) -> None:
    subject.model.get_submodule("model.encoder.layers.0.self_attn").q_proj = nn.Linear(16, 10)
    measurements, notes = PROBE.measure(subject, inputs, Condition())

    assert measurements[0].samples == (0.0,)
    assert "RuntimeError" in notes[0]
