"""A ViT and a DeiT with parts removed compute what the whole ones do with them silenced; B/16 cut to S/16's shape."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.probes.flops import PROBE as FLOPS
from benchbench.catalog.probes.structure import PROBE as STRUCTURE
from benchbench.catalog.steps import STEPS
from benchbench.errors import CannotCut
from benchbench.types import Condition
from tests.lively_detr import Seen, kept_of, parameters
from tests.lively_vit import (
    ATTENTIONS,
    FEED_FORWARDS,
    HEADS,
    HIDDEN,
    LAYERS,
    MLP,
    RANDOM,
    assert_equal,
    assert_matters,
    core,
    inputs,
    mask_heads,
    mask_hidden,
    mask_stream,
    observe,
    skip_layers,
    subject,
)

DROP, PRUNE_HEADS, PRUNE = STEPS["drop-layers"], STEPS["prune-heads"], STEPS["prune-channels"]
Kept = Mapping[str, list[int]]
either = st.booleans()


def some_of(count: int, least: int = 1) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, count - 1), min_size=least, max_size=count - 1, unique=True).map(sorted)


def entry_of(step: Any, settings_: dict[str, Any], kept: Kept) -> dict[str, Any]:
    return {"step": step.name, "version": step.version, "settings": settings_, "kept": dict(kept)}


def assert_removed_equals_masked(cut: Subject, whole: nn.Module, names: Mapping[str, str] | None = None) -> None:
    masked = observe(whole)
    assert_matters(masked, observe(subject(hasattr(whole, "deit")).model))
    assert_equal(observe(cut.model), masked, names)


@settings(max_examples=10, deadline=None)
@given(distilled=either, layers=some_of(LAYERS))
def test_any_layers(distilled: bool, layers: list[int]) -> None:
    cut, whole = subject(distilled), subject(distilled)
    DROP.apply(cut, stack="encoder", keep="list", layers=layers)
    skip_layers(whole.model, layers)
    names = {f"encoder.{new}": f"encoder.{old}" for new, old in enumerate(layers)}
    assert_removed_equals_masked(cut, whole.model, names)
    assert getattr(cut.model, "config").num_hidden_layers == len(layers)  # noqa: B009


@settings(max_examples=10, deadline=None)
@given(distilled=either, sets=st.lists(some_of(HEADS), min_size=LAYERS, max_size=LAYERS))
def test_any_heads(distilled: bool, sets: list[list[int]]) -> None:
    kept = dict(zip(ATTENTIONS, sets, strict=True))
    cut, whole = subject(distilled), subject(distilled)
    PRUNE_HEADS.reapply(cut, entry_of(PRUNE_HEADS, {"count": 1}, kept))
    mask_heads(whole.model, kept)
    assert_removed_equals_masked(cut, whole.model)


@settings(max_examples=10, deadline=None)
@given(distilled=either, sets=st.lists(some_of(MLP), min_size=LAYERS, max_size=LAYERS))
def test_any_hidden_units(distilled: bool, sets: list[list[int]]) -> None:
    kept = dict(zip(FEED_FORWARDS, sets, strict=True))
    cut, whole = subject(distilled), subject(distilled)
    PRUNE.reapply(cut, entry_of(PRUNE, {"where": "feed-forward", "keep": 0.5}, kept))
    mask_hidden(whole.model, kept)
    assert_removed_equals_masked(cut, whole.model)


@settings(max_examples=12, deadline=None)
@given(distilled=either, channels=some_of(HIDDEN, least=2))
def test_any_channels_of_the_stream(distilled: bool, channels: list[int]) -> None:
    """With heads as they are the law holds for the stream, too: the others carry nothing, and norms leave them out."""
    cut, whole = subject(distilled), subject(distilled)
    PRUNE.reapply(cut, entry_of(PRUNE, {"where": "stream-alone", "keep": 0.5}, {"stream": channels}))
    mask_stream(whole.model, channels)
    masked = observe(whole.model)
    assert_matters(masked, observe(subject(distilled).model))
    assert_equal(observe(cut.model), of_channels(masked, channels))


def of_channels(seen: Seen, channels: list[int]) -> Seen:
    return {name: tensor if name == "logits" else tensor[..., channels] for name, tensor in seen.items()}


@pytest.mark.parametrize("distilled", [False, True])
@pytest.mark.parametrize("score", ["l1", "attention", "gradient", "index"])
def test_chosen_heads(score: str, distilled: bool) -> None:
    cut, whole = subject(distilled, calibrated=True), subject(distilled)
    PRUNE_HEADS.apply(cut, count=3, score=score)
    assert cut.surgery[0]["score"] == score
    mask_heads(whole.model, kept_of(cut))
    assert_removed_equals_masked(cut, whole.model)


@pytest.mark.parametrize("distilled", [False, True])
@pytest.mark.parametrize("keep", ["first", "last", "every-other", "importance", "loss", "search"])
def test_chosen_layers(keep: str, distilled: bool) -> None:
    cut, whole = subject(distilled, calibrated=True), subject(distilled)
    DROP.apply(cut, stack="encoder", count=2, keep=keep)
    layers = kept_of(cut)["encoder"]
    skip_layers(whole.model, layers)
    assert_removed_equals_masked(
        cut, whole.model, {f"encoder.{new}": f"encoder.{old}" for new, old in enumerate(layers)}
    )


def test_silent_channels_of_the_stream_go_first() -> None:
    """Tokens and position embeddings write channels as well as layers do."""
    cut = subject()
    model: Any = cut.model
    silent = [3, 17, 40]
    stream = cut.anatomy.stream
    assert stream is not None
    for module in stream.writers:
        weight: Any = module.weight
        weight.data[silent] = 0
    for owner, name in stream.tensors:
        getattr(owner, name).data[..., silent] = 0
    model.vit.embeddings.cls_token.data[..., 17] = 1e6
    PRUNE.apply(cut, where="stream-alone", keep=46 / 48)
    assert set(range(HIDDEN)) - set(kept_of(cut)["stream"]) == {3, 40}


@pytest.mark.parametrize("distilled", [False, True])
def test_a_narrow_stream_runs_and_its_heads_stay_as_many(distilled: bool) -> None:
    cut = subject(distilled)
    PRUNE.apply(cut, where="stream", keep=0.5)
    seen = observe(cut.model)
    assert seen["encoder.0"].shape == (3, 17 + distilled, HIDDEN // 2)
    assert torch.isfinite(seen["logits"]).all()
    assert {(each.heads, each.head_dim) for each in attentions(cut)} == {(HEADS, 4)}
    assert core(cut.model).layers[0].attention.scaling == 4**-0.5
    assert getattr(cut.model, "config").hidden_size == HIDDEN // 2  # noqa: B009
    assert_counts_agree(cut)


def attentions(cut: Subject) -> list[Any]:
    return [each for layer in cut.anatomy.stack("encoder").layers for each in layer.attentions]


def assert_counts_agree(cut: Subject) -> None:
    found, _ = FLOPS.measure(cut, inputs(), Condition(batch=3))
    counts = {each.metric: each.samples[0] for each in found}
    assert counts["macs"] == counts["macs_counter"] > 0


@pytest.mark.parametrize("distilled", [False, True])
@pytest.mark.parametrize(
    ("name", "everything"),
    [
        ("prune-heads", {"count": HEADS}),
        ("prune-channels", {"where": "feed-forward", "keep": 1.0}),
        ("prune-channels", {"where": "stream", "keep": 1.0}),
        ("prune-channels", {"where": "stream-alone", "keep": 1.0}),
        ("drop-layers", {"stack": "encoder", "count": LAYERS}),
    ],
)
def test_keeping_everything_changes_nothing(name: str, everything: dict[str, Any], distilled: bool) -> None:
    cut = subject(distilled)
    STEPS[name].apply(cut, **everything)
    assert_equal(observe(cut.model), observe(subject(distilled).model), tolerance=0.0)


@pytest.mark.parametrize("distilled", [False, True])
def test_a_cut_model_is_repeated_from_its_record(distilled: bool) -> None:
    cut, again = subject(distilled), subject(distilled)
    DROP.apply(cut, stack="encoder", count=3, keep="last")
    PRUNE_HEADS.apply(cut, count=4)
    PRUNE.apply(cut, where="stream-alone", keep=0.75)
    PRUNE.apply(cut, where="feed-forward", keep=0.5)
    for entry in cut.surgery:
        STEPS[str(entry["step"])].reapply(again, entry)
    assert_equal(observe(again.model), observe(cut.model), tolerance=0.0)
    assert_counts_agree(cut)


def test_a_stream_without_a_whole_share_of_each_head_is_refused_unless_alone() -> None:
    cut = subject()
    with pytest.raises(CannotCut, match="heads of 8 cannot shrink as 48 to 34 channels"):
        PRUNE.apply(cut, where="stream", keep=0.7)
    PRUNE.apply(cut, where="stream-alone", keep=0.7)
    assert observe(cut.model)["encoder.0"].shape[-1] == 34


def test_b16_is_cut_to_the_shape_of_s16() -> None:
    """6 of 12 heads of 64, 384 of 768 channels, 1536 of 3072 hidden units: S/16 to the parameter and the tensor."""
    with torch.device("meta"):
        cut = Subject(FAMILY.build(RANDOM, seed=0, size="b16"), FAMILY)
        small = Subject(FAMILY.build(RANDOM, seed=0, size="s16"), FAMILY)
    with torch.device("cpu"):
        PRUNE_HEADS.apply(cut, count=6, score="index")
        PRUNE.apply(cut, where="stream-alone", keep=0.5, score="index")
        PRUNE.apply(cut, where="feed-forward", keep=0.5, score="index")
    assert shapes(cut) == shapes(small)
    assert parameters(cut.model) == parameters(small.model) == 22_196_584
    assert facts(cut) == facts(small)


def shapes(of: Subject) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in of.model.named_parameters()}


def facts(of: Subject) -> dict[str, float]:
    return {each.metric: each.samples[0] for each in STRUCTURE.measure(of, {}, Condition())[0]}
