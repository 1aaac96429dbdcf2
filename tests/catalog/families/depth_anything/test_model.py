"""Counts, seeds, folders; every way a checkpoint can fail to fit."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchbench.catalog.contracts import Absent, Weights
from benchbench.catalog.families.depth_anything import FAMILY, checkpoints
from benchbench.errors import BadCheckpoint
from tests import original_depth
from tests.original_depth import Sizes

RANDOM = Weights(kind="random", fingerprint="random")
TINY = Sizes().settings


def located(path: Path) -> Weights:
    weights = FAMILY.locate(str(path))
    assert isinstance(weights, Weights)
    return weights


@pytest.fixture
def model() -> Any:
    return FAMILY.build(RANDOM, seed=0, **TINY)


@pytest.fixture
def folder(model: Any, tmp_path: Path) -> Path:
    """A tiny model as `save_pretrained` leaves it, in the names of the hub's files."""
    model.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def published(folder: Path, name: str = "depth_anything_v2_vits.pth", **sizes: Any) -> Weights:
    torch.save(original_depth.drawn(Sizes(**sizes)).state, folder / name)
    return located(folder / name)


@pytest.mark.parametrize(("encoder", "parameters"), [("vits", 24_785_089), ("vitb", 97_470_785), ("vitl", 335_315_649)])
def test_the_published_counts(encoder: Any, parameters: int) -> None:
    with torch.device("meta"):
        model = FAMILY.build(RANDOM, seed=0, encoder=encoder)

    assert sum(tensor.numel() for tensor in model.parameters()) == parameters


@pytest.mark.parametrize(
    ("encoder", "taps", "stages"), [("vits", (2, 5, 8, 11), [3, 6, 9, 12]), ("vitl", (4, 11, 17, 23), [5, 12, 18, 24])]
)
def test_the_published_taps(encoder: Any, taps: tuple[int, ...], stages: list[int]) -> None:
    with torch.device("meta"):
        model: Any = FAMILY.build(RANDOM, seed=0, encoder=encoder)

    assert model.config.backbone_config.out_indices == stages
    assert FAMILY.anatomy(model).stack("encoder").taps == taps


def test_equal_seeds_make_equal_weights_and_leave_the_generator_alone() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, again, other = (FAMILY.build(RANDOM, seed=seed, **TINY).state_dict() for seed in (3, 3, 4))

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.conv1.weight"], other["head.conv1.weight"])
    assert torch.equal(before, torch.get_rng_state())


def test_random_models_are_alive_in_single_precision_and_eval_mode() -> None:
    for seed in range(3):
        model = FAMILY.build(RANDOM, seed=seed, **TINY)
        with torch.inference_mode():
            found = model(**FAMILY.example(2, 56, 70, seed)).predicted_depth

        assert found.shape == (2, 56, 70)
        assert 0.01 < found.std() < 0.5
        assert (found > 0).float().mean() > 0.9
        assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}
        assert not any(module.training for module in model.modules())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"taps": [0, 3, 6, 9, 11]}, "takes exactly 4 taps, 5 are named"),
        ({"layers": 4, "taps": [2, 5, 8, 11]}, "not all within the layers, 0 to 3"),
        ({"taps": [2, 5, 5, 11]}, "distinct and ascending"),
        ({"heads": 5}, "width 384 cannot be split into 5 heads (384 mod 5 = 4)"),
        ({"ffn": 1000}, "ffn 1000 is no multiple of the width 384"),
        ({"image": 500}, "image 500 is no multiple of the patch 14 (500 mod 14 = 10)"),
        ({"layers": 0}, "layers must be at least 1"),
        ({"heads": 0}, "heads must be at least 1"),
        ({"neck": [1, 2, 3]}, "neck must be 4 widths"),
        ({"encoder": "vith"}, "unknown encoder 'vith'"),
        ({"head": "metric"}, "a metric head needs its max_depth"),
        ({"max_depth": 20}, "a relative head knows no max_depth"),
        ({"head": "metric", "max_depth": 0.5}, "whole number of metres"),
    ],
)
def test_sizes_of_which_nothing_can_be_built(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        FAMILY.build(RANDOM, seed=0, **settings)


def test_fewer_layers_are_tapped_evenly() -> None:
    model: Any = FAMILY.build(RANDOM, seed=0, **{**TINY, "layers": 4, "taps": None})

    assert model.config.backbone_config.out_indices == [1, 2, 3, 4]


def test_a_folder_comes_back_as_it_was_saved(folder: Path, model: Any) -> None:
    names = load_file(folder / "model.safetensors")
    again = FAMILY.build(located(folder), seed=9)

    assert any("attention.attention.query" in name for name in names)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in model.state_dict().items())


def test_present_names_and_the_hub_s_older_config_are_read_too(folder: Path, model: Any) -> None:
    state = {name: tensor.half() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    edit(folder, backbone=None, use_pretrained_backbone=False, torch_dtype="float32", max_depth=None)
    encoder = json.loads((folder / "config.json").read_text())["backbone_config"]
    for name in ("stage_names", "out_indices"):
        del encoder[name]
    edit(folder, backbone_config=encoder)
    again: Any = FAMILY.build(located(folder), seed=9)

    assert all(
        torch.equal(tensor.half().float(), again.state_dict()[name]) for name, tensor in model.state_dict().items()
    )
    assert again(**FAMILY.example(1, 56, 56, 0)).predicted_depth.shape == (1, 56, 56)


def test_a_metric_folder_says_so_itself(tmp_path: Path) -> None:
    metric: Any = FAMILY.build(RANDOM, seed=0, **TINY, head="metric", max_depth=80)
    metric.save_pretrained(tmp_path / "metric")
    again: Any = FAMILY.build(located(tmp_path / "metric"), seed=0, head="metric", max_depth=80)

    assert again(**FAMILY.example(1, 56, 56, 0)).predicted_depth.mean() > 10
    with pytest.raises(BadCheckpoint, match="max_depth 20 named, 80 there"):
        FAMILY.build(located(tmp_path / "metric"), seed=0, max_depth=20)


@pytest.mark.parametrize(("data", "far"), [("hypersim", 20), ("vkitti", 80)])
def test_a_metric_file_is_known_by_its_published_name(tmp_path: Path, data: str, far: int) -> None:
    weights = published(tmp_path, f"depth_anything_v2_metric_{data}_vits.pth")
    model: Any = FAMILY.build(weights, seed=0, **TINY)

    assert (model.config.depth_estimation_type, model.config.max_depth) == ("metric", far)


def test_a_base_file_for_a_small_model_is_told_what_it_looks_like(tmp_path: Path) -> None:
    weights = published(tmp_path, width=768, heads=12, layers=12)
    with pytest.raises(BadCheckpoint) as caught:
        FAMILY.build(weights, seed=0)

    assert "does not fit vits: it looks like vitb (768 wide, 12 layers)" in str(caught.value)
    assert "backbone.embeddings.cls_token: (1, 1, 768) in the file, (1, 1, 384) in the model" in str(caught.value)


def test_a_file_for_fewer_layers_has_names_too_many_and_no_other_shape(tmp_path: Path) -> None:
    shorter = {**TINY, "layers": 4, "taps": [0, 1, 2, 3]}
    with pytest.raises(BadCheckpoint) as caught:
        FAMILY.build(published(tmp_path), seed=0, **shorter)

    assert "18 unexpected: backbone.encoder.layer.4.attention.k_proj.bias" in str(caught.value)
    assert "another shape" not in str(caught.value)
    assert "missing" not in str(caught.value)


def test_a_folder_for_fewer_layers_tells_the_same(folder: Path) -> None:
    with pytest.raises(BadCheckpoint) as caught:
        FAMILY.build(located(folder), seed=0, layers=4, taps=[0, 1, 2, 3])

    assert "layers 4 named, 5 there" in str(caught.value)
    assert "18 unexpected: backbone.encoder.layer.4." in str(caught.value)
    assert "(24 wide, 5 layers)" in str(caught.value)


def test_all_that_does_not_fit_is_named(tmp_path: Path) -> None:
    state = original_depth.drawn().state
    del state["pretrained.blocks.1.mlp.fc1.bias"]
    state["pretrained.register_tokens"] = torch.zeros(1, 4, 24)
    state["depth_head.scratch.output_conv1.bias"] = torch.zeros(9)
    state["pretrained.blocks.0.attn.qkv.bias"] = torch.zeros(71)
    torch.save(state, tmp_path / "bad.pth")
    with pytest.raises(BadCheckpoint) as caught:
        FAMILY.build(located(tmp_path / "bad.pth"), seed=0, **TINY)

    text = str(caught.value)
    assert "4 missing: backbone.encoder.layer.0.attention.k_proj.bias" in text
    assert "backbone.encoder.layer.1.mlp.fc1.bias" in text
    assert "2 unexpected: backbone.encoder.layer.0.attn.qkv.bias, backbone.register_tokens" in text
    assert "head.conv1.bias: (9,) in the file, (4,) in the model" in text


def test_two_names_for_one_tensor_are_not_taken_for_one(tmp_path: Path) -> None:
    state = original_depth.drawn().state
    state["backbone.layernorm.weight"] = state["pretrained.norm.weight"] + 1
    torch.save(state, tmp_path / "twice.pth")
    with pytest.raises(BadCheckpoint, match=r"1 unexpected: backbone\.layernorm\.weight \(a second time"):
        FAMILY.build(located(tmp_path / "twice.pth"), seed=0, **TINY)


def test_heads_which_no_shape_tells_are_those_of_the_encoder(tmp_path: Path) -> None:
    weights = published(tmp_path, width=384, heads=6, layers=12, image=28)
    with pytest.raises(BadCheckpoint, match="looks like vits, which has 6 heads, not 12"):
        FAMILY.build(weights, seed=0, **{**TINY, "width": 384, "heads": 12, "layers": 12, "image": 28})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "dpt"}, "not the config of a Depth Anything"),
        ({"backbone_config": {"model_type": "swin"}}, "not on a DINOv2 encoder"),
        ({"neck_hidden_sizes": [4, 6, 10]}, "neck must be 4 widths"),
        ({"fusion_hidden_size": "wide"}, "no Depth Anything can be built"),
        ({"fusion_hidden_size": 16}, r"\(8, 4, 3, 3\) in the file, \(16, 4, 3, 3\) in the model"),
    ],
)
def test_configs_that_do_not_fit(folder: Path, changes: dict[str, object], words: str) -> None:
    edit(folder, **changes)
    with pytest.raises(BadCheckpoint, match=words):
        FAMILY.build(located(folder), seed=0)


def test_every_published_model_has_its_file() -> None:
    assert len(checkpoints.ALIASES) == 9
    assert checkpoints.ALIASES["depth-anything/Depth-Anything-V2-Metric-Outdoor-Base-hf"] == (
        "depth_anything_v2_metric_vkitti_vitb.pth",
    )
    found = FAMILY.locate("depth-anything/Depth-Anything-V2-Small-hf")
    assert not isinstance(found, Absent) or "depth_anything_v2_vits.pth" in found.remedy


def test_the_stand_in_loads_and_sees_depth() -> None:
    weights = FAMILY.locate("stand-in")
    assert isinstance(weights, Weights)
    model: Any = FAMILY.build(weights, seed=0)
    with torch.inference_mode():
        found = model(**FAMILY.example(1, 98, 98, 0)).predicted_depth

    assert found.std() > 0.01
    assert FAMILY.anatomy(model).stack("encoder").taps == (2, 5, 8, 11)
