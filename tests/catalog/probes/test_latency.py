"""The call is one forward pass without gradients; its reading is milliseconds."""

import torch

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.latency import PROBE
from benchbench.types import Condition


def test_the_call_is_a_forward_pass(subject: Subject, inputs: Inputs) -> None:
    seen: list[bool] = []
    subject.model.register_forward_hook(lambda *_: seen.append(torch.is_inference_mode_enabled()))
    call = PROBE.prepare(subject, inputs, Condition())
    assert seen == []
    outputs = call()

    assert seen == [True]
    assert outputs.logits.shape == (2, 7, 6)  # type: ignore[attr-defined]


def test_seconds_read_as_milliseconds_of_a_call() -> None:
    assert PROBE.read(0.25, Condition(batch=2)) == 250.0
