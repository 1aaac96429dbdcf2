"""A profile tells every layer once and adds up."""

from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.blocks import blocks, parameters
from benchbench.catalog.contracts import Family, Inputs, Subject
from benchbench.catalog.counting import count
from benchbench.catalog.probes import layers
from benchbench.errors import CannotRun
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

    assert work.samples[4:-1] == counted.layers
    assert sum(work.samples) == counted.formula
    assert work.columns["layer"] == tuple(range(10))
    stages = ", ".join(f"backbone.stage{number}" for number in range(1, 5))
    assert notes[0] == f"layers: {stages}, encoder.0, encoder.1, decoder.0, decoder.1, decoder.2, everything else"


def test_stages_have_the_multiply_adds_of_their_convolutions(subject: Subject, inputs: Inputs) -> None:
    """By a way of its own: PyTorch's counter on the convolutions of the first stage alone, on their real inputs."""
    measurements, _ = layers.PROBE.measure(subject, inputs, Condition())
    work = next(each for each in measurements if each.metric == "layer_macs")
    seen: list[int] = []

    def hook(module: nn.Module, given: tuple[torch.Tensor], _: torch.Tensor) -> None:
        with FlopCounterMode(display=False) as counter:
            module.forward(*given)
        seen.append(counter.get_total_flops() // 2)

    stage = blocks(subject)["backbone.stage1"]
    for module in stage.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(hook)
    with torch.inference_mode():
        subject.model(**inputs)
    assert work.samples[0] == sum(seen)


def test_parameters_are_told_by_block_and_add_up(subject: Subject, inputs: Inputs) -> None:
    measurements, _ = layers.PROBE.measure(subject, inputs, Condition())
    found = next(each for each in measurements if each.metric == "layer_params").samples
    encoder = subject.anatomy.stack("encoder").layers[0].module

    assert found[4] == sum(each.numel() for each in encoder.parameters())
    assert sum(found) == sum(each.numel() for each in subject.model.parameters())


def test_shared_parameters_count_once() -> None:
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    assert parameters({"a": first, "b": second}, nn.Sequential(first, second, nn.Linear(2, 2))) == [12, 3, 6]


def test_activations_are_what_submodules_write(subject: Subject, inputs: Inputs) -> None:
    """By real tensors: of an encoder layer, whose dropout does nothing at inference."""
    measurements, _ = layers.PROBE.measure(subject, inputs, Condition())
    found = next(each for each in measurements if each.metric == "layer_activation_mib").samples
    written: list[int] = []

    def hook(_: nn.Module, given: tuple[torch.Tensor], output: torch.Tensor) -> None:
        written.append(output.numel() * 4 if output is not given[0] else 0)

    layer = subject.anatomy.stack("encoder").layers[1].module
    for module in layer.modules():
        if not list(module.children()):
            module.register_forward_hook(hook)
    with torch.inference_mode():
        subject.model(**inputs)
    assert found[5] == sum(written) / 2**20
    assert min(found) > 0


def test_views_and_what_is_handed_through_are_not_written() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.work = nn.Sequential(nn.Linear(3, 8), nn.Dropout(), nn.Identity(), nn.Flatten(0), nn.ReLU())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.work(x)  # type: ignore[no-any-return]

    anatomy = Anatomy(())
    subject = Subject(Model().eval(), cast(Family, SimpleNamespace(anatomy=lambda _: anatomy)))
    assert count(subject, {"x": torch.ones(5, 3)}).written == (2 * 5 * 8 * 4,)


def test_a_runtime_without_blocks_is_refused(subject: Subject, inputs: Inputs) -> None:
    subject.executable = lambda **_: None
    with pytest.raises(CannotRun, match="measure layers in eager"):
        layers.PROBE.measure(subject, inputs, Condition(runtime="onnxruntime"))


def test_counts_look_at_the_model_whatever_runs_it(subject: Subject, inputs: Inputs) -> None:
    expected = count(subject, inputs)
    subject.executable = lambda **_: None
    assert count(subject, inputs) == expected


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

    assert times.samples == pytest.approx((0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 3.0, 0.0, 3.0))


def test_the_model_is_left_without_hooks(subject: Subject, inputs: Inputs) -> None:
    before = hooks(subject.model)
    layers.PROBE.measure(subject, inputs, Condition())

    assert hooks(subject.model) == before
    assert torch.is_grad_enabled()
