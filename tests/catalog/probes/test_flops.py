"""Two counts, equal to each other and to DETR's arithmetic, before and after cuts."""

from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.counting import count
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.probes.flops import PROBE
from benchbench.errors import BenchbenchError
from benchbench.types import Condition


def measured(subject: Subject, inputs: Inputs) -> dict[str, float]:
    measurements, _ = PROBE.measure(subject, inputs, Condition(batch=2))
    return {each.metric: each.samples[0] for each in measurements}


def halve(unit: Any, *, into: Any) -> None:
    """Drop half the output channels of a convolution with its norm, and half the inputs of the next."""
    kept = unit.convolution.out_channels // 2
    with torch.no_grad():
        unit.convolution.weight = nn.Parameter(unit.convolution.weight[:kept].clone())
        for name in ("weight", "bias", "running_mean", "running_var"):
            setattr(unit.norm, name, getattr(unit.norm, name)[:kept].clone())
        into.convolution.weight = nn.Parameter(into.convolution.weight[:, :kept].clone())


def test_both_counts_agree_exactly(subject: Subject, inputs: Inputs) -> None:
    found = measured(subject, inputs)

    assert set(found) == {metric.name for metric in PROBE.metrics}
    assert found["macs"] == found["macs_counter"] > 0


def test_the_batch_multiplies(subject: Subject) -> None:
    one, three = (count(subject, FAMILY.example(batch, 64, 64, 0)).formula for batch in (1, 3))

    assert three == 3 * one


def test_a_head_less_costs_its_projections_and_its_attention(subject: Subject, inputs: Inputs) -> None:
    before = measured(subject, inputs)["macs"]
    owner = subject.model.get_submodule("model.encoder.layers.0.self_attn")
    for name in ("q_proj", "k_proj", "v_proj"):
        setattr(owner, name, nn.Linear(16, 12))
    owner.o_proj = nn.Linear(12, 16)
    after = measured(subject, inputs)
    tokens, gone = 2 * 3, 4

    assert after["macs"] == after["macs_counter"]
    assert before - after["macs"] == 2 * (4 * tokens * 16 * gone + 2 * tokens * tokens * gone)


def test_channels_less_in_a_stage_are_seen_in_the_tensors(subject: Subject, inputs: Inputs) -> None:
    before = measured(subject, inputs)["macs"]
    first, second, _ = subject.anatomy.stages[3].blocks[0].convolutions
    halve(first, into=second)
    after = measured(subject, inputs)
    gone = 7 - 3

    assert after["macs"] == after["macs_counter"]
    assert before - after["macs"] == 2 * (4 * 6 * 24 * gone + 2 * 3 * 7 * gone * 9)


def test_layers_are_counted_apart_from_the_rest(subject: Subject, inputs: Inputs) -> None:
    before, found = count(subject, inputs), measured(subject, inputs)
    whole = sum(before.layers)
    del subject.anatomy.stack("encoder").holder[-1]
    after = count(subject, inputs)

    assert len(before.layers) == len(after.layers) + 1
    assert found["macs_layers"] == whole
    assert found["layers_share"] == whole / before.formula < 1
    assert before.formula - after.formula == whole - sum(after.layers) == before.layers[1]


class Headless:
    """A family of models without a Transformer."""

    def anatomy(self, _: nn.Module) -> Anatomy:
        return Anatomy(stacks=())


def test_a_transposed_convolution_is_counted() -> None:
    """Every input position spreads over the kernel: 5 channels in, 3 out, 2 x 2."""
    subject = Subject(nn.Sequential(nn.ConvTranspose2d(5, 3, 2, stride=2)), cast("Any", Headless()))
    found = count(subject, {"input": torch.zeros(2, 5, 4, 6)})

    assert found.formula == found.counter == 2 * 4 * 6 * 5 * 3 * 4


class Hidden(nn.Module):
    """A layer that multiplies where no formula looks."""

    def forward(self, x: Tensor) -> Tensor:
        return x @ x.mT @ x


def test_counts_that_disagree_are_no_number(subject: Subject, inputs: Inputs) -> None:
    subject.model.get_submodule("model.encoder.layers.0.mlp").activation_fn = Hidden()
    with pytest.raises(BenchbenchError, match="two counts of multiply-adds disagree"):
        measured(subject, inputs)


def test_operators_without_a_count_are_listed_and_the_others_are_not(subject: Subject, inputs: Inputs) -> None:
    names = count(subject, inputs).uncounted

    assert {"relu", "native_layer_norm", "max_pool2d_with_indices"} <= set(names)
    assert not {"convolution", "addmm", "mm", "bmm", "view", "transpose"} & set(names)


def test_the_model_is_left_without_hooks(subject: Subject, inputs: Inputs) -> None:
    before = [len(module._forward_hooks) for module in subject.model.modules()]
    measured(subject, inputs)

    assert [len(module._forward_hooks) for module in subject.model.modules()] == before
