"""A profile tells every layer once and adds up."""

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.counting import count
from benchbench.catalog.probes import layers
from benchbench.types import Condition


def hooks(model: nn.Module) -> list[int]:
    """How many each module has: families may bring their own."""
    return [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]


class Ticking:
    """A clock that only layers move: three units a layer, one for the rest."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_layer_has_its_multiply_adds_and_the_rest_has_the_others(subject: Subject, inputs: Inputs) -> None:
    measurements, notes = layers.PROBE.measure(subject, inputs, Condition())
    work = next(each for each in measurements if each.metric == "layer_macs")
    counted = count(subject, inputs)

    assert work.samples[:-1] == counted.layers
    assert sum(work.samples) == counted.formula
    assert work.columns["layer"] == tuple(range(6))
    assert notes[0] == "layers: encoder.0, encoder.1, decoder.0, decoder.1, decoder.2, everything else"


def test_time_is_told_by_layer(subject: Subject, inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Ticking()
    monkeypatch.setattr(layers, "_clock", lambda _: clock)
    stack = subject.anatomy.stack("decoder")

    def work(*_: object) -> None:
        clock.now += 0.003

    stack.layers[1].module.register_forward_pre_hook(lambda *_: None)
    stack.layers[1].feed_forward.first.register_forward_hook(work)
    subject.anatomy.stack("encoder").layers[0].feed_forward.first.register_forward_hook(work)
    subject.anatomy.classifier.register_forward_hook(work)  # type: ignore[union-attr]
    measurements, _ = layers.PROBE.measure(subject, inputs, Condition())
    times = next(each for each in measurements if each.metric == "layer_ms")

    assert times.samples == pytest.approx((3.0, 0.0, 0.0, 3.0, 0.0, 3.0))


def test_the_model_is_left_without_hooks(subject: Subject, inputs: Inputs) -> None:
    before = hooks(subject.model)
    layers.PROBE.measure(subject, inputs, Condition())

    assert hooks(subject.model) == before
    assert torch.is_grad_enabled()
