"""Counts, seeds, gradients; every way a checkpoint can fail to fit."""

import argparse
import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.detr import FAMILY
from benchbench.errors import BadCheckpoint

State = dict[str, Tensor]
RANDOM = Weights(kind="random", fingerprint="random")


def located(path: Path) -> Weights:
    weights = FAMILY.locate(str(path))
    assert isinstance(weights, Weights)
    return weights


def saved(state: object, path: Path) -> Weights:
    torch.save(state, path)
    return located(path)


@pytest.fixture
def folder(model: Any, tmp_path: Path) -> Path:
    """A tiny model as `save_pretrained` leaves it."""
    model.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(("backbone", "parameters"), [("resnet-50", 41_524_768), ("resnet-101", 60_464_672)])
def test_the_official_counts(backbone: Any, parameters: int) -> None:
    model = FAMILY.build(RANDOM, seed=0, backbone=backbone)

    assert sum(tensor.numel() for tensor in model.parameters()) == parameters


@pytest.mark.parametrize(("layers", "paper"), [(0, 33.4), (3, 37.4), (6, 41.3), (12, 49.2)])
def test_the_counts_of_the_original_s_table_of_encoder_layers(layers: int, paper: float) -> None:
    model = FAMILY.build(RANDOM, seed=0, encoder_layers=layers)
    left_out = FAMILY.anatomy(model).uncounted
    counted = sum(tensor.numel() for name, tensor in model.named_parameters() if not name.startswith(left_out))

    assert round(counted / 1e6, 1) == paper


def test_a_detr_without_an_encoder_runs(tiny: dict[str, Any]) -> None:
    model = FAMILY.build(RANDOM, seed=0, **{**tiny, "encoder_layers": 0})

    assert model(**FAMILY.example(1, 64, 64, 0)).logits.shape == (1, 7, 6)


def test_what_the_original_trains_learns_and_the_rest_is_frozen(model: Any) -> None:
    learning = {name for name, tensor in model.named_parameters() if tensor.requires_grad}
    resnet = {name for name, _ in model.named_parameters() if ".backbone." in name}

    assert {name for name in resnet & learning} == {name for name in resnet if re.search(r"stages\.[123]\.", name)}
    assert {name for name, _ in model.named_parameters()} - resnet <= learning
    assert len(resnet & learning) > 12


def test_equal_seeds_make_equal_weights_and_leave_the_generator_alone(tiny: dict[str, Any]) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, again, other = (FAMILY.build(RANDOM, seed=seed, **tiny).state_dict() for seed in (3, 3, 4))

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["class_labels_classifier.weight"], other["class_labels_classifier.weight"])
    assert torch.equal(before, torch.get_rng_state())


def test_models_are_in_single_precision_and_eval_mode(model: Any) -> None:
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}
    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"heads": 6}, "d_model 256 cannot be split into 6 heads (256 mod 6 = 4)"),
        ({"d_model": 6, "heads": 3}, "multiple of 4"),
        ({"decoder_layers": 0, "ffn": 0}, "decoder_layers, ffn must be at least 1"),
        ({"widths": [64, 128]}, "2 widths for 4 depths"),
        ({"backbone": "resnet-9"}, "unknown backbone 'resnet-9'"),
    ],
)
def test_sizes_of_which_nothing_can_be_built(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        FAMILY.build(RANDOM, seed=0, **settings)


def test_a_folder_comes_back_as_it_was_saved(folder: Path, model: Any) -> None:
    again = FAMILY.build(located(folder), seed=9)

    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in model.state_dict().items())
    assert sum(tensor.requires_grad for tensor in again.parameters()) == sum(
        t.requires_grad for t in model.parameters()
    )


def test_a_folder_of_pickled_weights_in_half_precision(folder: Path, model: Any) -> None:
    state = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    edit(folder, dtype="float16")

    again = FAMILY.build(located(folder), seed=9)

    for name, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor.half().float())


def timm_name(name: str) -> str:
    """Of a tensor in `save_pretrained`'s layout, as the hub's main revision of DETR calls it."""
    head, found, rest = name.partition("conv_encoder.model.")
    rest = rest.replace("embedder.embedder.convolution", "conv1").replace("embedder.embedder.normalization", "bn1")
    rest = re.sub(r"encoder\.stages\.(\d)\.layers\.", lambda m: f"layer{int(m[1]) + 1}.", rest)
    rest = re.sub(r"layer\.(\d)\.convolution", lambda m: f"conv{int(m[1]) + 1}", rest)
    rest = re.sub(r"layer\.(\d)\.normalization", lambda m: f"bn{int(m[1]) + 1}", rest)
    rest = rest.replace("shortcut.convolution", "downsample.0").replace("shortcut.normalization", "downsample.1")
    return head + found + rest


def test_timm_names_of_the_backbone_are_read_too(tmp_path: Path) -> None:
    small: dict[str, Any] = {"backbone": "resnet-18", "d_model": 8, "heads": 2, "encoder_layers": 1, "ffn": 8}
    model: Any = FAMILY.build(RANDOM, seed=2, **small)
    model.save_pretrained(tmp_path / "hub")
    state = load_file(tmp_path / "hub" / "model.safetensors")
    save_file({timm_name(name): tensor for name, tensor in state.items()}, tmp_path / "hub" / "model.safetensors")
    edit(tmp_path / "hub", use_timm_backbone=True, backbone="resnet18", backbone_config=None)

    again = FAMILY.build(located(tmp_path / "hub"), seed=9, backbone="resnet-18")

    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in model.state_dict().items())


def test_a_bare_state_dict_and_a_training_checkpoint_load(
    original: State, tiny: dict[str, Any], tmp_path: Path
) -> None:
    training = {"model": original, "epoch": 3, "args": argparse.Namespace(lr=1e-4)}
    for state in (original, training):
        FAMILY.build(saved(state, tmp_path / "checkpoint.pth"), seed=0, **tiny)


def test_all_that_does_not_fit_is_named(original: State, tiny: dict[str, Any], tmp_path: Path) -> None:
    del original["transformer.encoder.layers.1.linear1.bias"]
    original["mask_head.lay1.weight"] = torch.zeros(1)
    original["class_embed.bias"] = torch.zeros(9)
    with pytest.raises(BadCheckpoint) as caught:
        FAMILY.build(saved({"model": original}, tmp_path / "bad.pth"), seed=0, **tiny)

    assert "1 missing: model.encoder.layers.1.mlp.fc1.bias" in str(caught.value)
    assert "1 unexpected: mask_head.lay1.weight" in str(caught.value)
    assert "class_labels_classifier.bias: (9,) in the file, (6,) in the model" in str(caught.value)


def test_packed_rows_that_do_not_divide_are_named(original: State, tiny: dict[str, Any], tmp_path: Path) -> None:
    original["transformer.encoder.layers.0.self_attn.in_proj_bias"] = torch.zeros(47)
    with pytest.raises(BadCheckpoint, match=r"unexpected: model\.encoder\.layers\.0\.self_attn\.in_proj_bias"):
        FAMILY.build(saved(original, tmp_path / "bad.pth"), seed=0, **tiny)


class Mischief:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("/nonexistent/mischief"),))


@pytest.mark.parametrize("content", [{"model": Mischief()}, Mischief()])
def test_a_pickle_with_code_in_it_is_refused(content: object, tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="not a plain file of tensors"):
        FAMILY.build(saved(content, tmp_path / "evil.pth"), seed=0)


def test_a_bare_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Mischief()))
    with pytest.raises(BadCheckpoint, match="not a plain file of tensors"):
        FAMILY.build(located(tmp_path / "evil.pth"), seed=0)


@pytest.mark.parametrize("content", [{"model": [1, 2]}, [1, 2], {"a": torch.zeros(1), "b": 3}])
def test_a_file_without_a_state_dict_is_refused(content: object, tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="holds no state dict"):
        FAMILY.build(saved(content, tmp_path / "odd.pth"), seed=0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
def test_truncated_files_are_refused(original: State, folder: Path, tmp_path: Path, share: float) -> None:
    saved(original, tmp_path / "cut.pth")
    for path in (tmp_path / "cut.pth", folder / "model.safetensors"):
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
        with pytest.raises(BadCheckpoint, match="cannot be read"):
            FAMILY.build(located(path if path.suffix == ".pth" else folder), seed=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "yolos"}, "not the config of a DETR"),
        ({"dilation": True}, "DC5"),
        ({"d_model": "wide"}, "no DETR can be built"),
        ({"encoder_attention_heads": 3}, "cannot be split into 3 heads"),
        ({"category_ids": [1, 2]}, "category_ids must be 5 distinct numbers"),
        ({"backbone_config": {"model_type": "swin", "backbone": "swin"}}, "has the backbone 'swin'"),
        ({"num_queries": 9}, r"query_position_embeddings.weight: \(7, 16\) in the file, \(9, 16\) in the model"),
    ],
)
def test_configs_that_do_not_fit(folder: Path, changes: dict[str, object], words: str) -> None:
    edit(folder, **changes)
    with pytest.raises(BadCheckpoint, match=words):
        FAMILY.build(located(folder), seed=0)


def test_a_config_that_is_no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    with pytest.raises(BadCheckpoint, match="is not JSON"):
        FAMILY.build(located(folder), seed=0)


def test_an_architecture_that_the_checkpoint_does_not_have(folder: Path) -> None:
    FAMILY.build(located(folder), seed=0, heads=4, ffn=24)
    with pytest.raises(BadCheckpoint, match="heads 8 named, 4 there"):
        FAMILY.build(located(folder), seed=0, heads=8)
    with pytest.raises(BadCheckpoint, match=r"depths \[3, 4, 6, 3\] named, \[1, 2, 1, 1\] there"):
        FAMILY.build(located(folder), seed=0, backbone="resnet-50")
