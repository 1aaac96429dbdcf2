"""What makes two modules the same, and every small thing that does not let them be."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from benchbench.measure.sameness import Sameness, known
from tests import lively_depth, lively_detr

CHANGES: dict[str, Callable[[Any], object]] = {
    "one element of a weight": lambda layer: layer.mlp.fc2.weight.data[3, 5].add_(1e-6),
    "a sign of zero": lambda layer: layer.mlp.fc2.bias.data.__setitem__(2, -0.0),
    "heads of equal weights": lambda layer: setattr(layer.self_attn, "head_dim", 16),
    "a scale": lambda layer: setattr(layer.self_attn, "scaling", layer.self_attn.scaling * (1 + 1e-12)),
    "an epsilon": lambda layer: setattr(layer.final_layer_norm, "eps", 1e-6),
    "an activation": lambda layer: setattr(layer.mlp, "activation_fn", nn.GELU()),
    "training mode, deep inside": lambda layer: layer.mlp.fc1.train(),
    "the attention's implementation": lambda layer: setattr(layer.self_attn.config, "_attn_implementation", "eager"),
    "a hook": lambda layer: layer.mlp.register_forward_hook(lambda *_: None),
    "a hook before": lambda layer: layer.mlp.fc1.register_forward_pre_hook(lambda *_: None),
    "a forward of its own": lambda layer: vars(layer.mlp).__setitem__("forward", layer.mlp.forward),
    "an attribute of an unknown kind": lambda layer: setattr(layer, "cache", object()),
    "a tensor that is no parameter": lambda layer: setattr(layer, "seen", torch.ones(2)),
    "a missing bias": lambda layer: setattr(layer.mlp.fc1, "bias", None),
    "another dtype": lambda layer: layer.mlp.half(),
}


def layer() -> Any:
    model: Any = copy.deepcopy(lively_detr.subject().model)
    found = model.model.encoder.layers[1]
    found.mlp.fc2.bias.data[2] = 0.0
    for module in found.modules():
        if hasattr(module, "config"):
            module.config._attn_implementation = "sdpa"
    return found


def test_copies_are_the_same_and_what_was_cut_elsewhere_does_not_show() -> None:
    sameness, one, other = Sameness(), layer(), layer()
    assert sameness.number(one) == sameness.number(other)
    other.self_attn.config.encoder_layers = 3
    assert Sameness().number(other) == sameness.number(one) == sameness.number(copy.deepcopy(other))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_small_change_makes_another_module(change: Callable[[Any], object]) -> None:
    sameness, one, other = Sameness(), layer(), layer()
    change(other)
    assert sameness.number(one) != sameness.number(other)
    assert sameness.number(one.self_attn_layer_norm) == sameness.number(other.self_attn_layer_norm)


def test_a_layer_asked_for_its_attentions_is_the_same_as_no_other() -> None:
    layers = [layer(), layer()]
    for each in layers:
        each.self_attn.config._attn_implementation = "eager"
    assert len(set(map(Sameness().number, layers))) == 1
    for each in layers:
        each.self_attn.config.output_attentions = True
    assert len(set(map(Sameness().number, layers))) == 2


def test_what_a_buffer_holds_counts() -> None:
    sameness = Sameness()
    norms = [lively_detr.subject().model.get_submodule("model.backbone.model.embedder") for _ in range(2)]
    assert sameness.number(norms[0]) == sameness.number(norms[1])
    sameness = Sameness()
    buffer = norms[1].get_buffer("embedder.normalization.running_var")
    buffer[-1] = torch.nextafter(buffer[-1], torch.tensor(9.0))
    assert sameness.number(norms[0]) != sameness.number(norms[1])


@pytest.mark.parametrize("setting", [{"stride": 2}, {"padding": 1}, {"dilation": 2}, {"padding_mode": "circular"}])
def test_settings_of_a_convolution_count(setting: dict[str, Any]) -> None:
    one, other = nn.Conv2d(2, 2, 3).eval(), nn.Conv2d(2, 2, 3, **setting).eval()
    other.load_state_dict(one.state_dict())
    sameness = Sameness()
    assert sameness.number(one) == sameness.number(copy.deepcopy(one)) != sameness.number(other)


class Counting(nn.Linear):
    """Keeps state, where nobody sees it."""


def test_of_unknown_origin_is_nothing_the_same() -> None:
    one = nn.Sequential(Counting(2, 2)).eval()
    sameness = Sameness()
    assert sameness.number(one) != sameness.number(copy.deepcopy(one))
    assert not known(one)
    assert known(lively_detr.subject().model)


def test_tensors_without_versions_cannot_be_watched() -> None:
    with torch.inference_mode():
        one = nn.Linear(2, 2).eval()
    sameness = Sameness()
    assert sameness.number(one) != sameness.number(copy.deepcopy(one))


def test_hooks_that_only_collect_outputs_are_no_obstacle() -> None:
    used, fresh = lively_depth.subject().model, lively_depth.subject().model
    with torch.no_grad():
        used(**lively_depth.inputs((56, 56)))
    sameness = Sameness()
    for place in range(lively_depth.LAYERS):
        one, other = (model.get_submodule(f"backbone.encoder.layer.{place}") for model in (used, fresh))
        assert one._forward_hooks
        other._forward_hooks.clear()
        assert sameness.number(one) == sameness.number(other)
