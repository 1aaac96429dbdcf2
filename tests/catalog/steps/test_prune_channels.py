"""A model with channels removed computes what the whole one does when they carry nothing."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import Subject
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.steps.prune_channels import STEP
from benchbench.errors import CannotCut
from tests.lively_detr import (
    ARCHITECTURE,
    FFN,
    LAYERS,
    RANDOM,
    assert_equal,
    assert_matters,
    difference,
    kept_of,
    mask_backbone,
    mask_hidden,
    observe,
    parameters,
    subject,
)

Kept = Mapping[str, list[int]]
FEED_FORWARDS = [f"{stack}.{n}.mlp" for stack in ("encoder", "decoder") for n in range(LAYERS)]
WIDTHS = {"stem": 8, "stage1": 16, "stage2": 32, "stage3": 64}
INNER = {
    f"{stage}.{block}.inner{place}": WIDTHS[stage] // 4
    for stage, depth in (("stage1", 2), ("stage2", 1), ("stage3", 2))
    for block in range(depth)
    for place in (1, 2)
}


def some_of(count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, count - 1), min_size=1, max_size=count - 1, unique=True).map(sorted)


def sets_of(counts: Mapping[str, int]) -> st.SearchStrategy[dict[str, list[int]]]:
    return st.fixed_dictionaries({name: some_of(count) for name, count in counts.items()})


def check_removed_equals_masked(settings_: dict[str, Any], kept: Kept, mask: Callable[[Any, Kept], None]) -> None:
    cut, whole = subject(), subject()
    original = observe(whole.model)
    entry: dict[str, Any] = {
        "step": STEP.name,
        "version": STEP.version,
        "settings": {"keep": 0.5, **settings_},
        "kept": dict(kept),
    }
    STEP.reapply(cut, entry)
    mask(whole.model, kept)
    masked, found = observe(whole.model), observe(cut.model)
    assert_matters(masked, original)
    # A stage that has fewer channels is compared by those it has.
    for name in [name for name in found if name.startswith("stage") and name in kept]:
        masked[name] = masked[name][:, kept[name]]
    assert_equal(found, masked)


@settings(max_examples=8, deadline=None)
@given(kept=sets_of(dict.fromkeys(FEED_FORWARDS, FFN)))
def test_hidden_units(kept: Kept) -> None:
    check_removed_equals_masked({"where": "feed-forward"}, kept, mask_hidden)


@settings(max_examples=8, deadline=None)
@given(kept=sets_of(INNER))
def test_inner_widths_of_all_stages(kept: Kept) -> None:
    check_removed_equals_masked({"where": "stage-inner", "stage": "all"}, kept, mask_backbone)


@settings(max_examples=8, deadline=None)
@given(stage=st.integers(1, 3), data=st.data())
def test_the_output_of_one_stage(stage: int, data: st.DataObject) -> None:
    kept = {f"stage{stage}": data.draw(some_of(WIDTHS[f"stage{stage}"]))}
    check_removed_equals_masked({"where": "stage-output", "stage": stage}, kept, mask_backbone)


@settings(max_examples=8, deadline=None)
@given(kept=sets_of(INNER | WIDTHS))
def test_the_whole_backbone(kept: Kept) -> None:
    check_removed_equals_masked({"where": "backbone"}, kept, mask_backbone)


@pytest.mark.parametrize("score", ["l1", "index"])
@pytest.mark.parametrize(
    "where",
    [
        {"where": "feed-forward"},
        {"where": "feed-forward", "stacks": ["decoder"]},
        {"where": "stage-inner"},
        {"where": "stage-output"},
        {"where": "stage-output", "stage": "all"},
        {"where": "backbone"},
    ],
)
def test_chosen_channels(where: dict[str, Any], score: str) -> None:
    cut = subject()
    STEP.apply(cut, keep=0.5, score=score, **where)
    kept = kept_of(cut)
    assert all(channels == sorted(set(channels)) for channels in kept.values())
    assert score == "l1" or all(channels == list(range(len(channels))) for channels in kept.values())
    check_removed_equals_masked(where, kept, mask_hidden if where["where"] == "feed-forward" else mask_backbone)


@pytest.mark.parametrize("backbone", ["resnet-18"])
def test_stages_that_add_their_input_unprojected_share_its_channels(backbone: str) -> None:
    cut, whole = subject(backbone), subject(backbone)
    original = observe(whole.model)
    STEP.apply(cut, where="backbone", keep=0.5)
    kept = kept_of(cut)
    assert {name for name in kept if ".inner" not in name} == {"stem+stage1", "stage2", "stage3", "stage4"}
    mask_backbone(whole.model, kept)
    masked, found = observe(whole.model), observe(cut.model)
    assert_matters(masked, original)
    assert_equal({name: found[name] for name in found if "stage" not in name}, masked)
    with pytest.raises(CannotCut, match="one residual path"):
        STEP.apply(cut, where="stage-output", stage=1, keep=0.5)


@pytest.mark.parametrize("where", ["feed-forward", "stage-inner", "stage-output", "stream", "backbone"])
def test_keeping_all_changes_nothing(where: str) -> None:
    cut = subject()
    STEP.apply(cut, where=where, keep=1.0)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)


def smaller(**sizes: Any) -> Any:
    return FAMILY.build(RANDOM, seed=5, **{**ARCHITECTURE, **sizes})


@pytest.mark.parametrize(
    ("where", "sizes"),
    [
        ("stream", {"d_model": 32}),
        ("feed-forward", {"ffn": 24}),
        ("backbone", {"stem": 4, "widths": [8, 16, 32]}),
    ],
)
def test_a_cut_model_has_the_shapes_of_one_built_at_that_size(where: str, sizes: dict[str, Any]) -> None:
    cut, built = subject(), smaller(**sizes)
    STEP.apply(cut, where=where, keep=0.5)
    assert {name: tensor.shape for name, tensor in cut.model.state_dict().items()} == {
        name: tensor.shape for name, tensor in built.state_dict().items()
    }
    cut.model.load_state_dict(built.state_dict(), strict=True)
    for name, tensor in observe(built).items():
        assert difference(observe(cut.model)[name], tensor) == 0.0, name


def test_a_narrow_stream_runs_and_its_heads_stay_as_many() -> None:
    cut = subject()
    STEP.apply(cut, where="stream", keep=0.5)
    attentions = [each for stack in cut.anatomy.stacks for layer in stack.layers for each in layer.attentions]
    assert [(each.heads, each.head_dim) for each in attentions] == [(8, 4)] * 18
    assert {each.owner.scaling for each in attentions} == {4**-0.5}
    assert all(bool(tensor.isfinite().all()) for tensor in observe(cut.model).values())
    assert difference(observe(cut.model)["logits"], observe(subject().model)["logits"]) > 1e-3


def test_a_silent_channel_goes_first() -> None:
    cut = subject()
    model: Any = cut.model
    stage = model.model.backbone.model.encoder.stages[2]
    with torch.no_grad():
        for convolution in (stage.layers[0].layer[2], stage.layers[1].layer[2], stage.layers[0].shortcut):
            convolution.convolution.weight[5].zero_()
    STEP.apply(cut, where="stage-output", keep=63 / 64)
    assert kept_of(cut) == {"stage3": [index for index in range(64) if index != 5]}


def test_what_was_frozen_stays_frozen() -> None:
    cut = subject()
    before = {name: tensor.requires_grad for name, tensor in cut.model.named_parameters()}
    STEP.apply(cut, where="backbone", keep=0.5)
    STEP.apply(cut, where="stream", keep=0.5)
    assert {name: tensor.requires_grad for name, tensor in cut.model.named_parameters()} == before
    assert len(set(before.values())) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"where": "stream", "keep": 0.0}, "not a ratio"),
        ({"where": "stream", "keep": 1.5}, "not a ratio"),
        ({"where": "stream", "keep": float("nan")}, "not a ratio"),
        ({"where": "stage-inner", "stage": 1, "keep": 0.01}, "leaves none"),
        ({"where": "stage-inner", "stage": 4, "keep": 0.5}, "no stage 4"),
        ({"where": "stage-inner", "stage": 0, "keep": 0.5}, "counted from 1 to 3"),
        ({"where": "stream", "keep": 0.7}, "cannot shrink as 64 to 45"),
        ({"where": "feed-forward", "keep": 0.5, "stacks": ["decodr"]}, "decoder"),
        ({"where": "stream", "keep": 0.5, "stacks": ["decoder"]}, "stacks are chosen for feed-forward"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_cut(wrong: dict[str, Any], words: str) -> None:
    cut = subject()
    with pytest.raises(CannotCut, match=words):
        STEP.apply(cut, **wrong)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)
    assert not cut.surgery


def test_a_width_the_position_code_cannot_take_is_refused_and_nothing_cut() -> None:
    model = smaller(d_model=24, heads=2, encoder_layers=1, decoder_layers=1)
    cut = Subject(copy.deepcopy(model), FAMILY)
    with pytest.raises(CannotCut, match="multiple of 4"):
        STEP.apply(cut, where="stream", keep=0.25)
    assert_equal(observe(cut.model), observe(model), tolerance=0.0)


def test_a_grouped_convolution_is_refused() -> None:
    cut = subject()
    model: Any = cut.model
    layer = model.model.backbone.model.encoder.stages[2].layers[1].layer[1]
    layer.convolution = torch.nn.Conv2d(16, 16, 3, padding=1, groups=4)
    with pytest.raises(CannotCut, match="grouped"):
        STEP.apply(cut, where="stage-inner", keep=0.5)
    assert parameters(cut.model) == parameters(model)
