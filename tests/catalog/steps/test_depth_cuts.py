"""Depth Anything with parts removed computes what the whole one does with them silenced, at two input sizes."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.steps import STEPS
from tests.lively_depth import (
    ATTENTIONS,
    FFN,
    HEADS,
    LAYERS,
    SIZES,
    TAPS,
    assert_equal,
    assert_matters,
    mask_features,
    mask_heads,
    mask_hidden,
    observe,
    read_layers,
    skip_layers,
    subject,
)
from tests.lively_detr import Seen, kept_of

DROP, PRUNE_HEADS, PRUNE = STEPS["drop-layers"], STEPS["prune-heads"], STEPS["prune-channels"]
WIDTHS = {feature.name: feature.width for feature in subject().anatomy.features}
FEED_FORWARDS = [f"encoder.{n}.mlp" for n in range(LAYERS)]
Kept = Mapping[str, list[int]]


def some_of(count: int, least: int = 1) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, count - 1), min_size=least, max_size=count - 1, unique=True).map(sorted)


def entry_of(step: Any, settings_: dict[str, Any], kept: Kept, **more: Any) -> dict[str, Any]:
    return {"step": step.name, "version": step.version, "settings": settings_, "kept": dict(kept), **more}


def assert_removed_equals_masked(cut: Subject, whole: nn.Module, kept: Kept | None = None) -> None:
    """Relative to the largest value of every tap and of every width that is left."""
    for size in SIZES:
        masked = observe(whole, size)
        assert_matters(masked, observe(subject().model, size))
        assert_equal(observe(cut.model, size), narrowed(masked, kept or {}))


def narrowed(seen: Seen, kept: Kept) -> Seen:
    """Of the masked model's maps the channels that the cut one still has."""
    paths = {f"fused.{n}": f"fusion.{n + 1}" for n in range(3)} | {"fused.3": "fusion.output"}
    groups = {name: kept.get(paths.get(name, name)) for name in seen}
    return {name: tensor if (some := groups[name]) is None else tensor[:, some] for name, tensor in seen.items()}


@settings(max_examples=12, deadline=None)
@given(layers=some_of(LAYERS, least=4), data=st.data())
def test_any_layers_and_taps(layers: list[int], data: st.DataObject) -> None:
    places = st.lists(st.integers(0, len(layers) - 1), min_size=4, max_size=4, unique=True).map(sorted)
    taps = data.draw(places)
    cut, whole = subject(), subject()
    DROP.apply(cut, stack="encoder", keep="list", layers=layers, taps=taps)
    skip_layers(whole.model, layers)
    read_layers(whole.model, [layers[tap] for tap in taps])
    assert list(cut.anatomy.stack("encoder").taps) == taps
    assert_removed_equals_masked(cut, whole.model)


@settings(max_examples=10, deadline=None)
@given(sets=st.lists(some_of(HEADS), min_size=LAYERS, max_size=LAYERS))
def test_any_heads(sets: list[list[int]]) -> None:
    kept = dict(zip(ATTENTIONS, sets, strict=True))
    cut, whole = subject(), subject()
    PRUNE_HEADS.reapply(cut, entry_of(PRUNE_HEADS, {"count": 1}, kept))
    mask_heads(whole.model, kept)
    assert_removed_equals_masked(cut, whole.model)


@settings(max_examples=10, deadline=None)
@given(sets=st.lists(some_of(FFN), min_size=LAYERS, max_size=LAYERS))
def test_any_hidden_units(sets: list[list[int]]) -> None:
    kept = dict(zip(FEED_FORWARDS, sets, strict=True))
    cut, whole = subject(), subject()
    PRUNE.reapply(cut, entry_of(PRUNE, {"where": "feed-forward", "keep": 0.5}, kept))
    mask_hidden(whole.model, kept)
    assert_removed_equals_masked(cut, whole.model)


@settings(max_examples=12, deadline=None)
@given(keep=st.sampled_from([0.25, 0.5, 0.75]), data=st.data())
def test_any_channels_of_the_head(keep: float, data: st.DataObject) -> None:
    shuffled = {name: data.draw(st.permutations(range(width))) for name, width in WIDTHS.items()}
    kept = {name: sorted(order[: int(len(order) * keep)]) for name, order in shuffled.items()}
    cut, whole = subject(), subject()
    PRUNE.reapply(cut, entry_of(PRUNE, {"where": "head-features", "keep": keep}, kept))
    mask_features(whole.model, kept)
    assert_removed_equals_masked(cut, whole.model, kept)


@pytest.mark.parametrize("score", ["l1", "attention", "gradient", "index"])
def test_chosen_heads(score: str) -> None:
    cut, whole = subject(calibrated=True), subject()
    PRUNE_HEADS.apply(cut, count=3, score=score)
    assert cut.surgery[0]["score"] == score
    mask_heads(whole.model, kept_of(cut))
    assert_removed_equals_masked(cut, whole.model)


@pytest.mark.parametrize("score", ["l1", "index"])
def test_chosen_channels_of_the_head(score: str) -> None:
    cut, whole = subject(), subject()
    PRUNE.apply(cut, where="head-features", keep=0.5, score=score)
    kept = kept_of(cut)
    assert {name: len(channels) for name, channels in kept.items()} == {name: n // 2 for name, n in WIDTHS.items()}
    mask_features(whole.model, kept)
    assert_removed_equals_masked(cut, whole.model, kept)


def test_a_silent_channel_behind_a_transposed_convolution_goes_first() -> None:
    cut = subject()
    model: Any = cut.model
    resize = model.neck.reassemble_stage.layers[0].resize
    assert isinstance(resize, nn.ConvTranspose2d)
    resize.weight.data[:, 5] = 0
    PRUNE.apply(cut, where="head-features", keep=7 / 8)
    assert kept_of(cut)["reassemble.0.resized"] == [0, 1, 2, 3, 4, 6, 7]
    assert resize.weight.shape == (7, 7, 4, 4)
    assert (resize.in_channels, resize.out_channels) == (7, 7)


@pytest.mark.parametrize("taps", [None, "proportional", "nearest", list(TAPS)])
@pytest.mark.parametrize("keep", ["first", "last", "every-other", "importance", "loss", "search"])
def test_keeping_all_layers_changes_nothing(keep: str, taps: Any) -> None:
    cut = subject(calibrated=True)
    DROP.apply(cut, stack="encoder", count=LAYERS, keep=keep, taps=taps)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)
    assert cut.surgery[0]["taps"] == {"rule": taps_rule(taps), "before": list(TAPS), "after": list(TAPS)}


def taps_rule(taps: Any) -> str:
    return "list" if isinstance(taps, list) else taps or "unchanged"


@pytest.mark.parametrize(
    ("name", "everything"),
    [
        ("prune-heads", {"count": HEADS}),
        ("prune-channels", {"where": "feed-forward", "keep": 1.0}),
        ("prune-channels", {"where": "head-features", "keep": 1.0}),
    ],
)
def test_keeping_all_heads_and_channels_changes_nothing(name: str, everything: dict[str, Any]) -> None:
    cut = subject()
    STEPS[name].apply(cut, **everything)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)
