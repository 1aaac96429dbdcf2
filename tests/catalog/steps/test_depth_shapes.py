"""What cuts leave of Depth Anything: its config, its counts, its file on disk; and what they refuse."""

import json
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation

from benchbench.catalog.contracts import Subject
from benchbench.catalog.steps import STEPS
from benchbench.catalog.surgery import load, save
from benchbench.errors import BadCheckpoint, CannotCut
from benchbench.measure.cuts import confirm, counts
from tests.lively_depth import (
    FAMILY,
    FUSION,
    LAYERS,
    NECK,
    RANDOM,
    SIZES,
    TAPS,
    assert_equal,
    observe,
    subject,
)
from tests.lively_detr import parameters

DROP, PRUNE_HEADS, PRUNE = STEPS["drop-layers"], STEPS["prune-heads"], STEPS["prune-channels"]
WIDTHS = {feature.name: feature.width for feature in subject().anatomy.features}


def taps_of(cut: Subject) -> list[int]:
    return list(cut.anatomy.stack("encoder").taps)


def rebuilt(cut: Subject) -> nn.Module:
    """A stock model made of nothing but the cut one's config, as from a file, and its weights."""
    model: Any = cut.model
    told = json.loads(model.config.to_json_string(use_diff=False))
    new: nn.Module = DepthAnythingForDepthEstimation(DepthAnythingConfig.from_dict(told)).eval()
    new.load_state_dict(cut.model.state_dict(), strict=True)
    return new


def names_of(model: Any) -> list[list[str]]:
    """The stages as the forward pass and as the config name them."""
    assert len(model.backbone.channels) == len(TAPS)
    return [list(model.backbone.stage_names), list(model.config.backbone_config.stage_names)]


@pytest.mark.parametrize("taps", [None, "nearest", [0, 1, 2, 3]])
@pytest.mark.parametrize("keep", ["first", "every-other", "search"])
def test_twelve_to_four_in_steps_and_the_config_tells_it_all(keep: str, taps: Any) -> None:
    cut = subject(calibrated=True)
    for count in (8, 6, 4):
        DROP.apply(cut, stack="encoder", count=count, keep=keep, taps=taps)
        assert len(cut.anatomy.stack("encoder").layers) == count
        assert names_of(cut.model) == names_of(rebuilt(cut)) == [["stem", *(f"stage{n + 1}" for n in range(count))]] * 2
        for size in SIZES:
            assert_equal(observe(rebuilt(cut), size), observe(cut.model, size), tolerance=0.0)
    assert taps_of(cut) == [0, 1, 2, 3]
    told: Any = [entry["taps"] for entry in cut.surgery]
    assert told[0]["before"] == list(TAPS)
    assert [later["before"] for later in told[1:]] == [earlier["after"] for earlier in told[:-1]]


def test_the_rule_not_given_is_said_in_the_entry() -> None:
    cut = subject()
    DROP.apply(cut, stack="encoder", count=6)
    assert cut.surgery[0]["taps"] == {"rule": "proportional", "before": list(TAPS), "after": [1, 2, 4, 5]}


@pytest.mark.parametrize("keep", [0.25, 0.5, 0.75])
def test_a_cut_head_has_the_shapes_its_config_says(keep: float) -> None:
    cut = subject()
    PRUNE.apply(cut, where="head-features", keep=keep)
    model: Any = cut.model
    assert model.config.neck_hidden_sizes == [int(width * keep) for width in NECK]
    assert model.config.fusion_hidden_size == FUSION * keep
    assert_equal(observe(rebuilt(cut)), observe(cut.model), tolerance=0.0)


CUTS: list[tuple[str, dict[str, Any]]] = [
    ("drop-layers", {"stack": "encoder", "count": 8, "keep": "search", "candidates": 90}),
    ("drop-layers", {"stack": "encoder", "count": 6, "keep": "loss", "taps": "nearest"}),
    ("drop-layers", {"stack": "encoder", "count": 5, "keep": "importance", "taps": [0, 1, 3, 4]}),
    ("prune-heads", {"count": 3, "score": "gradient"}),
    ("prune-channels", {"where": "feed-forward", "keep": 0.75}),
    ("prune-channels", {"where": "head-features", "keep": 0.5}),
]


@settings(max_examples=4, deadline=None)
@given(order=st.permutations(CUTS[3:]), data=st.data())
def test_cuts_compose_and_come_back_from_disk(
    order: list[tuple[str, dict[str, Any]]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = data.draw(st.integers(0, 3))
    before = subject(calibrated=True)
    for name, given_settings in [*order[:place], *CUTS[:3], *order[place:]]:
        sizes = counts(before.model, before.anatomy)
        STEPS[name].apply(before, **given_settings)
        confirm(name, sizes, counts(before.model, before.anatomy))
    folder = tmp_path_factory.mktemp("cut")
    save(before, folder, RANDOM, {"layers": LAYERS, "taps": list(TAPS)})
    after = load(FAMILY, folder, STEPS)
    assert after.surgery == before.surgery
    for size in SIZES:
        assert_equal(observe(after.model, size), observe(before.model, size), tolerance=0.0)


def test_the_documents_cuts_of_vit_s_by_hand() -> None:
    with torch.device("meta"):
        cut = Subject(DepthAnythingForDepthEstimation(DepthAnythingConfig()), FAMILY)
    # As published: 24.8M.
    whole = parameters(cut.model)
    assert whole == 24_785_089
    d = 384
    # Attention 4 (d² + d), feed-forward 8 d² + 5 d, two norms of 2 d, two scales of d.
    layer = 4 * (d * d + d) + 8 * d * d + 5 * d + 4 * d + 2 * d
    for count in (8, 6, 4):
        DROP.apply(cut, stack="encoder", count=count, taps=[0, 1, 2, 3])
        assert parameters(cut.model) == whole - (12 - count) * layer
    PRUNE_HEADS.apply(cut, count=3, score="index")
    heads = 4 * 3 * 64 * (3 * (d + 1) + d)
    assert parameters(cut.model) == whole - 8 * layer - heads
    PRUNE.apply(cut, where="head-features", keep=0.5, score="index")
    assert parameters(cut.model) == whole - 8 * layer - heads - dpt(48, 96, 192, 384) + dpt(24, 48, 96, 192)


def dpt(*neck: int) -> int:
    """Parameters of the DPT head over 384 channels whose fusion is 64 wide where its first branch is 48."""
    f = 64 * neck[0] // 48
    resized = neck[0] ** 2 * 16 + neck[0] + neck[1] ** 2 * 4 + neck[1] + neck[3] ** 2 * 9 + neck[3]
    branches = sum(384 * c + c + 9 * c * f for c in neck) + resized
    fusion = 4 * (f * f + f + 4 * (9 * f * f + f))
    last = 9 * f * f // 2 + f // 2 + 9 * (f // 2) * (f // 2) + f // 2 + f // 2 + 1
    return branches + fusion + last


def test_counts_tell_every_width_of_the_head() -> None:
    cut = subject()
    before = counts(cut.model, cut.anatomy)
    assert {f"{name} channels": width for name, width in WIDTHS.items()}.items() <= before.items()
    PRUNE.apply(cut, where="head-features", keep=0.5)
    after = counts(cut.model, cut.anatomy)
    assert all(after[f"{name} channels"] == width // 2 for name, width in WIDTHS.items())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"count": 3}, "reads 4 different layers"),
        ({"count": 3, "keep": "search"}, "reads 4 different layers"),
        ({"count": 4, "taps": list(TAPS)}, "taps outside the remaining layers"),
        ({"count": 6, "taps": [0, 1, 2]}, "3 taps are listed"),
        ({"count": 6, "taps": [0, 0, 2, 3]}, "without repeats"),
        ({"count": 6, "keep": "search", "taps": [0, 1, 2, 6]}, "not 6"),
        ({"keep": "list", "layers": [1, 2, 3]}, "and 3 would remain"),
        ({"count": 6, "keep": "search", "candidates": 0}, "nothing to search"),
    ],
)
def test_what_the_head_cannot_take_is_refused_and_nothing_cut(wrong: dict[str, Any], words: str) -> None:
    cut = subject(calibrated=True)
    with pytest.raises(CannotCut, match=words):
        DROP.apply(cut, stack="encoder", **wrong)
    assert_equal(observe(cut.model), observe(subject().model), tolerance=0.0)
    assert not cut.surgery


def test_widths_of_one_number_in_the_config_stay_alike() -> None:
    cut, fresh = subject(), subject()
    PRUNE.apply(cut, where="head-features", keep=0.5)
    entry: Any = cut.surgery[0]
    entry["kept"]["fusion.1"].pop()
    with pytest.raises(BadCheckpoint, match=r"fusion\.1: 7 of 16"):
        PRUNE.reapply(fresh, entry)
    assert parameters(fresh.model) == parameters(subject().model)


def test_there_is_no_backbone_and_no_stream_to_narrow() -> None:
    for where, words in (("stream", "cannot be narrowed"), ("backbone", "convolutional backbone")):
        with pytest.raises(CannotCut, match=words):
            PRUNE.apply(subject(), where=where, keep=0.5)
