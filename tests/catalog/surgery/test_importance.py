"""Scores against somebody else's arithmetic: finite differences, transformers' own attention weights, plain sums."""

from typing import Any

import pytest
import torch
from torch import nn

from benchbench.catalog.anatomy import Attention
from benchbench.catalog.contracts import Labelled, Subject
from benchbench.catalog.surgery.groups import Group, heads, stream
from benchbench.catalog.surgery.importance import (
    channel_l1,
    head_confidences,
    head_gradients,
    head_l1,
    layer_changes,
)
from benchbench.errors import CannotCut
from tests.lively_detr import ATTENTIONS, HEAD_DIM, HEADS, calibration, inputs, subject


def attentions_of(of: Subject) -> list[Attention]:
    return [each for stack in of.anatomy.stacks for layer in stack.layers for each in layer.attentions]


@torch.no_grad()
def loss_with(model: Any, owner: Any, image: int, head: int, gate: float) -> float:
    """The loss of the calibration's first batch, one head of one image multiplied by a gate."""

    def scale(_: nn.Module, args: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        features = args[0].clone()
        features[image, :, head * HEAD_DIM : (head + 1) * HEAD_DIM] *= gate
        return (features,)

    hook = owner.o_proj.register_forward_pre_hook(scale)
    batch = calibration()[0]
    loss = float(model(**batch.inputs, **batch.targets).loss)
    hook.remove()
    return loss


def test_gradients_are_finite_differences_of_the_loss() -> None:
    whole = subject()
    attentions = [
        each for each in attentions_of(whole) if each.name in ("encoder.5.self_attn", "decoder.2.encoder_attn")
    ]
    found = head_gradients(whole, attentions, calibration()[:1])
    for attention in attentions:
        slopes = torch.zeros(HEADS)
        for head in range(HEADS):
            for image in range(2):
                up, down = (loss_with(whole.model, attention.owner, image, head, 1 + side) for side in (1e-3, -1e-3))
                slopes[head] += abs(up - down) / 2e-3
        assert float((slopes / slopes.norm()).std()) > 0.05
        assert found[attention.name] == pytest.approx((slopes / slopes.norm()).tolist(), abs=8e-3)


def test_confidences_are_the_maxima_of_transformers_own_attention_weights() -> None:
    whole = subject()
    found = head_confidences(whole.model, attentions_of(whole), [Labelled(inputs(), {})])
    eager: Any = subject().model
    eager.config._attn_implementation = "eager"
    with torch.no_grad():
        output = eager(**inputs(), output_attentions=True)
    theirs = {f"encoder.{n}.self_attn": weights for n, weights in enumerate(output.encoder_attentions)}
    theirs |= {f"decoder.{n}.self_attn": weights for n, weights in enumerate(output.decoder_attentions)}
    theirs |= {f"decoder.{n}.encoder_attn": weights for n, weights in enumerate(output.cross_attentions)}
    assert set(theirs) == set(ATTENTIONS) == set(found)
    for name, weights in theirs.items():
        expected = weights.max(-1).values.mean((0, 2))
        assert found[name] == pytest.approx(expected.tolist(), rel=1e-5)
        assert float(expected.std()) > 1e-3


def test_attention_that_keeps_its_weights_to_itself_is_refused() -> None:
    whole = subject()
    attentions = attentions_of(whole)[:1]
    attentions[0].owner.register_forward_hook(lambda _, __, output: (output[0], None))
    with pytest.raises(CannotCut, match="no attention weights"):
        head_confidences(whole.model, attentions, [Labelled(inputs(), {})])
    config: Any = whole.model.config
    assert config._attn_implementation == "sdpa"


def test_layer_changes_are_cosines_between_hidden_states() -> None:
    whole = subject()
    found = layer_changes(whole.model, whole.anatomy.stack("encoder"), [Labelled(inputs(), {})] * 2)
    with torch.no_grad():
        states = whole.model(**inputs(), output_hidden_states=True).encoder_hidden_states
    for index, change in enumerate(found):
        one, other = states[index], states[index + 1]
        cosine = (one * other).sum(-1) / (one.norm(dim=-1) * other.norm(dim=-1))
        assert change == pytest.approx(float(1 - cosine.mean()), rel=1e-4)


def test_l1_of_a_head_sums_its_value_rows_and_output_columns() -> None:
    attention = attentions_of(subject())[7]
    value, output = attention.value.weight.detach().abs(), attention.output.weight.detach().abs()
    expected = [
        float(value[8 * head : 8 * head + 8].sum() + output[:, 8 * head : 8 * head + 8].sum()) for head in range(HEADS)
    ]
    assert head_l1(heads(attention), attention) == pytest.approx(expected, rel=1e-5)


def test_l1_of_a_channel_sums_all_that_produce_it() -> None:
    first, second, table = nn.Conv2d(3, 2, 3), nn.Linear(5, 2), nn.Embedding(4, 2)
    group = Group("channels", 2, writers=(first, second), norms=(table, nn.LayerNorm(2)))
    with torch.no_grad():
        expected = first.weight.abs().sum((1, 2, 3)) + second.weight.abs().sum(1) + table.weight.abs().sum(0)
    assert channel_l1(group) == pytest.approx(expected.tolist(), rel=1e-5)


def test_the_stream_is_written_by_projection_attentions_feed_forwards_and_queries() -> None:
    whole = subject()
    of = whole.anatomy.stream
    assert of is not None
    model: Any = whole.model
    group = stream(of)
    with torch.no_grad():
        silent = 9
        for module in group.writers:
            weight: Any = module.weight
            weight[silent].zero_()
        model.model.query_position_embeddings.weight[:, silent].zero_()
    scores = channel_l1(group)
    assert scores[silent] == 0.0
    assert min(score for index, score in enumerate(scores) if index != silent) > 1.0
