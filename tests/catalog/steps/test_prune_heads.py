"""A model with heads removed computes what the whole one does when they put out nothing."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import Labelled
from benchbench.catalog.steps.prune_heads import STEP
from benchbench.errors import CannotCut
from tests.lively_detr import (
    ATTENTIONS,
    HEADS,
    assert_equal,
    assert_matters,
    inputs,
    kept_of,
    mask_heads,
    observe,
    parameters,
    subject,
)

SCORES = ["l1", "attention", "gradient", "index"]
SETS = st.lists(st.integers(0, HEADS - 1), min_size=1, max_size=HEADS - 1, unique=True).map(sorted)


def owner_of(model: Any, name: str) -> Any:
    stack, layer, attention = name.split(".")
    return getattr(getattr(model.model, stack).layers[int(layer)], attention)


@settings(max_examples=10, deadline=None)
@given(sets=st.lists(SETS, min_size=len(ATTENTIONS), max_size=len(ATTENTIONS)))
def test_any_heads_removed_equal_those_heads_masked(sets: list[list[int]]) -> None:
    kept = dict(zip(ATTENTIONS, sets, strict=True))
    cut, whole = subject(), subject()
    original = observe(whole.model)
    entry: dict[str, Any] = {"step": STEP.name, "version": STEP.version, "settings": {"count": 1}, "kept": kept}
    STEP.reapply(cut, entry)
    mask_heads(whole.model, kept)
    masked = observe(whole.model)
    assert_matters(masked, original)
    assert_equal(observe(cut.model), masked)


@pytest.mark.parametrize("same", ["per-layer", "across-layers"])
@pytest.mark.parametrize("score", SCORES)
def test_chosen_heads_removed_equal_the_others_masked(score: str, same: str) -> None:
    cut, whole = subject(calibrated=True), subject()
    STEP.apply(cut, count=6, score=score, same=same)
    kept = kept_of(cut)
    assert list(kept) == ATTENTIONS
    assert all(len(heads) == 6 and heads == sorted(heads) for heads in kept.values())
    assert (len(set(map(tuple, kept.values()))) == 1) == (same == "across-layers" or score == "index")
    mask_heads(whole.model, kept)
    assert_equal(observe(cut.model), observe(whole.model))


@pytest.mark.parametrize("score", SCORES)
def test_keeping_all_changes_nothing(score: str) -> None:
    cut = subject(calibrated=True)
    STEP.apply(cut, count=HEADS, score=score)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)


def test_counts_follow() -> None:
    cut = subject()
    STEP.apply(cut, count=6)
    attentions = [each for stack in cut.anatomy.stacks for layer in stack.layers for each in layer.attentions]
    assert [(each.heads, each.head_dim, each.query.out_features) for each in attentions] == [(6, 8, 48)] * 18
    # Two heads of 8 rows in query, key, value with biases, and 8 columns each of the output.
    removed = 18 * 2 * 8 * (3 * (64 + 1) + 64)
    assert parameters(cut.model) == parameters(subject().model) - removed
    assert cut.surgery[0]["after"] == {"params": parameters(cut.model)} | dict.fromkeys(ATTENTIONS, 6)


def test_only_the_stacks_named() -> None:
    cut = subject()
    STEP.apply(cut, count=3, stacks=["encoder"])
    assert list(kept_of(cut)) == ATTENTIONS[:6]
    assert {layer.attentions[0].heads for layer in cut.anatomy.stack("decoder").layers} == {8}


@pytest.mark.parametrize("score", ["attention", "gradient"])
def test_without_data_heads_go_by_index_and_the_entry_says_so(score: str) -> None:
    cut = subject()
    STEP.apply(cut, count=2, score=score)
    assert set(map(tuple, kept_of(cut).values())) == {(0, 1)}
    assert (cut.surgery[0]["score"], cut.surgery[0]["note"]) == ("index", "cost only")


def test_by_index_asked_for_is_no_shortcoming() -> None:
    cut = subject()
    STEP.apply(cut, count=2, score="index")
    assert "note" not in cut.surgery[0]


@pytest.mark.parametrize("score", ["l1", "gradient"])
@pytest.mark.parametrize("same", ["per-layer", "across-layers"])
def test_a_head_that_puts_out_nothing_goes_first(score: str, same: str) -> None:
    cut = subject(calibrated=True)
    with torch.no_grad():
        for name in ATTENTIONS:
            owner = owner_of(cut.model, name)
            owner.v_proj.weight[24:32].zero_()
            owner.o_proj.weight[:, 24:32].zero_()
    STEP.apply(cut, count=7, score=score, same=same)
    assert set(map(tuple, kept_of(cut).values())) == {(0, 1, 2, 4, 5, 6, 7)}


def test_one_loud_attention_does_not_choose_for_all() -> None:
    cut = subject()
    with torch.no_grad():
        for name, silent in zip(ATTENTIONS, [6] + [3] * 17, strict=True):
            owner = owner_of(cut.model, name)
            rows = slice(8 * silent, 8 * silent + 8)
            owner.v_proj.weight[rows].zero_()
            owner.o_proj.weight[:, rows].zero_()
        owner_of(cut.model, ATTENTIONS[0]).o_proj.weight.mul_(1000)
    STEP.apply(cut, count=7, score="l1", same="across-layers")
    assert set(map(tuple, kept_of(cut).values())) == {(0, 1, 2, 4, 5, 6, 7)}


def test_a_head_that_attends_everywhere_alike_goes_first() -> None:
    cut = subject(calibrated=True)
    with torch.no_grad():
        for name in ATTENTIONS:
            owner = owner_of(cut.model, name)
            owner.q_proj.weight[40:48].zero_()
            owner.q_proj.bias[40:48].zero_()
    STEP.apply(cut, count=7, score="attention")
    assert set(map(tuple, kept_of(cut).values())) == {(0, 1, 2, 3, 4, 6, 7)}
    config: Any = cut.model.config
    assert config._attn_implementation == "sdpa"


def test_scoring_leaves_the_model_as_it_was() -> None:
    cut = subject(calibrated=True)
    before = {name: tensor.clone() for name, tensor in cut.model.state_dict().items()}
    STEP.apply(cut, count=HEADS, score="gradient")
    assert all(torch.equal(tensor, before[name]) for name, tensor in cut.model.state_dict().items())
    assert all(parameter.grad is None for parameter in cut.model.parameters())
    assert not any(each._forward_pre_hooks or each._forward_hooks for each in _projections(cut.model))


def _projections(model: Any) -> list[torch.nn.Module]:
    return [owner_of(model, name).o_proj for name in ATTENTIONS]


def test_calibration_without_targets_is_refused_for_gradients() -> None:
    def targetless() -> list[Labelled]:
        return [Labelled(inputs(), {})]

    cut = subject()
    cut.calibrate = targetless
    with pytest.raises(CannotCut, match="no targets"):
        STEP.apply(cut, count=4, score="gradient")


def test_weights_that_are_not_numbers_are_refused() -> None:
    cut = subject()
    with torch.no_grad():
        owner_of(cut.model, ATTENTIONS[0]).v_proj.weight[0, 0] = float("nan")
    with pytest.raises(CannotCut, match="not finite"):
        STEP.apply(cut, count=4)
    assert parameters(cut.model) == parameters(subject().model)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"count": 0}, "cannot keep 0 of the 8"),
        ({"count": 9}, "cannot keep 9 of the 8"),
        ({"keep": 0.0}, "not a ratio"),
        ({"keep": 0.05}, "leaves none"),
        ({"count": 4, "stacks": ["encodr"]}, "encoder"),
        ({"count": 4, "stacks": []}, "no attention"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    cut = subject()
    with pytest.raises(CannotCut, match=words):
        STEP.apply(cut, **wrong)
    assert parameters(cut.model) == parameters(subject().model)


def test_the_same_heads_need_the_same_number_everywhere() -> None:
    cut = subject()
    STEP.apply(cut, count=6, stacks=["decoder"])
    with pytest.raises(CannotCut, match="differ in their number"):
        STEP.apply(cut, count=4, same="across-layers")


def test_a_share_of_the_heads_is_a_count_of_them() -> None:
    one, other = subject(), subject()
    STEP.apply(one, keep=0.75)
    STEP.apply(other, count=6)
    assert kept_of(one) == kept_of(other)
    assert_equal(observe(one.model), observe(other.model), tolerance=0.0)


@pytest.mark.parametrize("given_both", [{}, {"count": 6, "keep": 0.75}])
def test_either_a_count_or_a_share(given_both: dict[str, Any]) -> None:
    with pytest.raises(CannotCut, match="how many heads to keep"):
        STEP.apply(subject(), **given_both)
