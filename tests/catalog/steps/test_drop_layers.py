"""A model with layers removed computes what the whole one does when they pass their input on."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.steps.drop_layers import STEP
from benchbench.errors import BadCheckpoint, CannotCut
from tests.lively_detr import (
    LAYERS,
    assert_equal,
    assert_matters,
    kept_of,
    observe,
    parameters,
    skip_layers,
    subject,
)

STACKS = st.sampled_from(["encoder", "decoder"])
LISTS = st.lists(st.integers(0, LAYERS - 1), min_size=1, max_size=LAYERS - 1, unique=True).map(sorted)


@settings(max_examples=12, deadline=None)
@given(stack=STACKS, layers=LISTS)
def test_dropped_equals_skipped(stack: str, layers: list[int]) -> None:
    cut, whole = subject(), subject()
    original = observe(whole.model)
    STEP.apply(cut, stack=stack, keep="list", layers=layers)
    skip_layers(whole.model, stack, layers)
    masked = observe(whole.model)
    assert_matters(masked, original)
    assert_equal(observe(cut.model), masked, {f"{stack}.{new}": f"{stack}.{old}" for new, old in enumerate(layers)})


@pytest.mark.parametrize("keep", ["first", "last", "every-other", "importance"])
@pytest.mark.parametrize("stack", ["encoder", "decoder"])
def test_keeping_all_changes_nothing(keep: str, stack: str) -> None:
    cut = subject(calibrated=True)
    STEP.apply(cut, stack=stack, keep=keep, count=LAYERS)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)


@pytest.mark.parametrize(
    ("keep", "count", "expected"),
    [
        ("first", 4, [0, 1, 2, 3]),
        ("last", 4, [2, 3, 4, 5]),
        ("every-other", 3, [0, 2, 5]),
        ("every-other", 1, [0]),
    ],
)
def test_which_layers_stay(keep: str, count: int, expected: list[int]) -> None:
    cut = subject()
    layers = list(cut.anatomy.stack("decoder").holder)
    STEP.apply(cut, stack="decoder", keep=keep, count=count)
    assert kept_of(cut) == {"decoder": expected}
    assert list(cut.anatomy.stack("decoder").holder) == [layers[index] for index in expected]


def test_the_config_and_the_entry_tell_of_it() -> None:
    cut = subject()
    STEP.apply(cut, stack="encoder", count=4)
    config: Any = cut.model.config
    assert (config.encoder_layers, config.decoder_layers) == (4, 6)
    # d = 64, feed-forward 48: attention 4 (d² + d), feed-forward 2 d f + f + d, two norms of 2 d.
    layer = 4 * (64 * 64 + 64) + 2 * 64 * 48 + 48 + 64 + 4 * 64
    before, after = cut.surgery[0]["before"], cut.surgery[0]["after"]
    whole = parameters(subject().model)
    assert before == {"params": whole, "encoder": 6}
    assert after == {"params": whole - 2 * layer, "encoder": 4}


def test_the_layer_that_changes_least_goes_first() -> None:
    cut = subject(calibrated=True)
    for index in (1, 4):
        quiet: Any = cut.anatomy.stack("encoder").layers[index].module
        with torch.no_grad():
            for linear in (quiet.self_attn.o_proj, quiet.mlp.fc2):
                linear.weight.mul_(1e-3)
                linear.bias.zero_()
            for norm in (quiet.self_attn_layer_norm, quiet.final_layer_norm):
                norm.weight.fill_(1.0)
                norm.bias.zero_()
    STEP.apply(cut, stack="encoder", keep="importance", count=4)
    assert kept_of(cut) == {"encoder": [0, 2, 3, 5]}
    assert cut.surgery[0]["score"] == "importance"
    assert "note" not in cut.surgery[0]


def test_the_first_decoder_layer_starts_from_nothing_and_changes_all() -> None:
    cut = subject(calibrated=True)
    STEP.apply(cut, stack="decoder", keep="importance", count=2)
    scores: Any = cut.surgery[0]["scores"]
    assert scores["decoder"][0] == pytest.approx(1.0)
    assert 0 in kept_of(cut)["decoder"]


def test_importance_without_data_goes_by_index_and_says_so() -> None:
    cut = subject()
    STEP.apply(cut, stack="encoder", keep="importance", count=2)
    assert kept_of(cut) == {"encoder": [0, 1]}
    assert (cut.surgery[0]["score"], cut.surgery[0]["note"]) == ("index", "cost only")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"stack": "encodr", "count": 4}, "encoder"),
        ({"stack": "encoder", "count": 7}, "cannot keep 7 of the 6"),
        ({"stack": "encoder", "count": 0}, "cannot keep 0 of the 6"),
        ({"stack": "encoder"}, "how many"),
        ({"stack": "encoder", "keep": "list"}, "needs the 0-based layers"),
        ({"stack": "encoder", "keep": "list", "layers": []}, "needs the 0-based layers"),
        ({"stack": "encoder", "keep": "list", "layers": [0, 6]}, "layers 0 to 5, not 6"),
        ({"stack": "encoder", "keep": "list", "layers": [-1, 2]}, "not -1"),
        ({"stack": "encoder", "keep": "list", "layers": [2, 1]}, "ascend"),
        ({"stack": "encoder", "keep": "list", "layers": [1, 1]}, "ascend"),
        ({"stack": "encoder", "keep": "list", "layers": [1, 2], "count": 3}, "2 layers are listed"),
        ({"stack": "encoder", "keep": "first", "layers": [1], "count": 1}, "keep is 'first'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_cut(wrong: dict[str, Any], words: str) -> None:
    cut = subject()
    with pytest.raises(CannotCut, match=words):
        STEP.apply(cut, **wrong)
    assert parameters(cut.model) == parameters(subject().model)
    assert not cut.surgery


def test_an_entry_of_another_version_is_refused() -> None:
    cut = subject()
    STEP.apply(cut, stack="encoder", count=4)
    with pytest.raises(BadCheckpoint, match="version 99"):
        STEP.reapply(subject(), {**cut.surgery[0], "version": 99})
