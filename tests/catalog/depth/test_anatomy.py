"""Depth Anything, opened: every part in its place, taps that really move, and what is refused."""

import copy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config
from transformers.models.dinov2.modeling_dinov2 import Dinov2Backbone

from benchbench.catalog.depth.anatomy import anatomy
from benchbench.errors import BenchbenchError
from tests.lively_depth import (
    ATTENTIONS,
    FFN,
    FUSION,
    HEAD,
    HEADS,
    LAYERS,
    NECK,
    TAPS,
    assert_equal,
    config,
    observe,
    read_layers,
    subject,
)


def test_layers_heads_and_units() -> None:
    stack = subject().anatomy.stack("encoder")
    assert len(stack.holder) == len(stack.layers) == LAYERS
    assert [layer.attentions[0].name for layer in stack.layers] == ATTENTIONS
    assert {(layer.attentions[0].heads, layer.attentions[0].head_dim) for layer in stack.layers} == {(HEADS, 8)}
    assert {layer.feed_forward.first.out_features for layer in stack.layers} == {FFN}
    assert stack.taps == TAPS


def test_every_width_of_the_head_is_told() -> None:
    widths = {feature.name: feature.width for feature in subject().anatomy.features}
    expected = {f"reassemble.{n}": width for n, width in enumerate(NECK)}
    expected |= {f"reassemble.{n}.resized": NECK[n] for n in (0, 1, 3)}
    expected |= {f"fusion.{n}{part}": FUSION for n in range(4) for part in ("", ".residual1", ".residual2")}
    assert widths == expected | {"fusion.output": FUSION, "head.1": FUSION // 2, "head.2": HEAD}


def test_each_side_of_a_convolution_of_the_head_belongs_to_one_feature() -> None:
    of = subject()
    features = of.anatomy.features
    model: Any = of.model
    convolutions = {
        module
        for part in (model.neck, model.head)
        for module in part.modules()
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d)
    }
    written = [module for feature in features for module in feature.writers]
    read = [module for feature in features for module in feature.readers]
    assert len(written) == len(set(written))
    assert len(read) == len(set(read))
    # The last one gives the depth; the reassembling projections read the encoder.
    assert convolutions - set(written) == {model.head.conv3}
    assert convolutions - set(read) == {layer.projection for layer in model.neck.reassemble_stage.layers}


def test_the_encoder_is_told_by_its_prefix() -> None:
    of = subject()
    prefixes = of.anatomy.encoder
    names = {name for name, _ in of.model.named_parameters() if name.startswith(prefixes)}
    assert names == {f"backbone.{name}" for name, _ in Dinov2Backbone(config().backbone_config).named_parameters()}


@settings(max_examples=10, deadline=None)
@given(taps=st.lists(st.integers(0, LAYERS - 1), min_size=4, max_size=4, unique=True).map(sorted))
def test_the_head_reads_what_retap_says(taps: list[int]) -> None:
    of, whole = subject(), subject()
    stack = of.anatomy.stack("encoder")
    assert stack.retap is not None
    stack.retap(tuple(taps))
    read_layers(whole.model, taps)
    with torch.no_grad():
        model: Any = whole.model
        outputs: list[torch.Tensor] = []
        for layer in model.backbone.encoder.layer:
            layer.register_forward_hook(lambda _, __, output: outputs.append(output))
        seen = observe(of.model)
        observe(model)
    for place, tap in enumerate(taps):
        torch.testing.assert_close(seen[f"taps.{place}"], model.backbone.layernorm(outputs[tap]), rtol=0, atol=0)
    assert of.anatomy.stack("encoder").taps == tuple(taps)
    rebuilt = DepthAnythingForDepthEstimation(DepthAnythingConfig.from_dict(of.model.config.to_dict())).eval()  # type: ignore[operator, union-attr]
    rebuilt.load_state_dict(of.model.state_dict())
    assert_equal(observe(rebuilt), seen, tolerance=0.0)


def test_negative_stages_count_from_the_end() -> None:
    settings_ = config()
    settings_.backbone_config.out_indices = [-7, -5, -3, -1]
    assert anatomy(DepthAnythingForDepthEstimation(settings_)).stack("encoder").taps == (5, 7, 9, 11)


def test_a_head_of_another_make_has_no_features() -> None:
    class Linear(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = Dinov2Backbone(config(taps=(11,)).backbone_config)

    found = anatomy(Linear())
    assert (found.features, found.stack("encoder").taps) == ((), (11,))


def test_a_head_on_the_embeddings_is_refused() -> None:
    of = subject()
    read_layers(of.model, [-1, 3, 5, 7])
    with pytest.raises(BenchbenchError, match="reads the embeddings"):
        anatomy(of.model)


def test_swiglu_is_refused() -> None:
    encoder = Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, use_swiglu_ffn=True)
    model = torch.nn.Module()
    model.backbone = Dinov2Backbone(encoder)
    with pytest.raises(BenchbenchError, match="SwiGLU"):
        anatomy(model)


@pytest.mark.parametrize("missing", ["backbone.encoder.layer", "neck.convs", "head.conv2"])
def test_a_part_out_of_its_place_is_named(missing: str) -> None:
    model = copy.deepcopy(subject().model)
    parent, _, name = missing.rpartition(".")
    delattr(model.get_submodule(parent), name)
    with pytest.raises(BenchbenchError, match=name):
        anatomy(model)
