"""The call ends where the encoder does."""

import pytest

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.encoder_latency import PROBE
from benchbench.types import Condition


def test_the_encoder_runs_and_the_decoder_does_not(subject: Subject, inputs: Inputs) -> None:
    ran: list[str] = []
    for stack in subject.anatomy.stacks:
        for layer in stack.layers:
            layer.module.register_forward_pre_hook(lambda *_, name=stack.name: ran.append(name))
    call = PROBE.prepare(subject, inputs, Condition())
    call()
    call()

    assert ran == ["encoder"] * 4


def test_the_model_is_whole_between_calls(subject: Subject, inputs: Inputs) -> None:
    PROBE.prepare(subject, inputs, Condition())()

    assert subject.model(**inputs).logits is not None


def test_a_model_without_encoder_is_refused(subject: Subject, inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    anatomy = subject.anatomy
    monkeypatch.setattr(type(subject), "anatomy", property(lambda _: type(anatomy)(stacks=anatomy.stacks[1:])))
    with pytest.raises(KeyError, match="no stack 'encoder'"):
        PROBE.prepare(subject, inputs, Condition())


def test_seconds_become_milliseconds() -> None:
    assert PROBE.read(0.25, Condition(batch=4)) == 250
