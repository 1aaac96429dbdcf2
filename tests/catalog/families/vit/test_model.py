"""PyTorch's layouts of ViT and DeiT: Hugging Face's, and that of DeiT's original and timm; each strict."""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.ndimage import zoom
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

from benchbench.catalog.contracts import Absent, Weights
from benchbench.catalog.families.vit import FAMILY
from benchbench.errors import BadCheckpoint
from tests.lively_vit import HEADS, LAYERS, RANDOM, SIZES, inputs, observe, subject

State = dict[str, Tensor]
PARAMETERS = {"ti16": 5_717_416, "s16": 22_050_664, "b16": 86_567_656, "l16": 304_326_632, "b32": 88_224_232}
"""With 1000 classes at 224 pixels, as timm and torchvision count them."""


def folder(path: Path, *, distilled: bool = False) -> Path:
    """What transformers itself saves, which keeps the names of its first version."""
    model: Any = subject(distilled).model
    model.save_pretrained(path)
    return path


def located(path: Path) -> Weights:
    found = FAMILY.locate(str(path))
    assert isinstance(found, Weights)
    return found


def original(model: nn.Module) -> State:
    """A state of DeiT's original layout, with packed query, key and value."""
    state: State = {}
    pattern = re.compile(r"(.*)\.attention\.q_proj\.(weight|bias)")
    mine = model.state_dict()
    for name, tensor in mine.items():
        if match := pattern.fullmatch(name):
            pieces = [mine[f"{match[1]}.attention.{letter}_proj.{match[2]}"] for letter in "qkv"]
            state[_block(f"{match[1]}.attn.qkv.{match[2]}")] = torch.cat(pieces)
        elif not re.search(r"attention\.[kv]_proj", name):
            state[_block(name)] = tensor
    return state


def _block(name: str) -> str:
    for after, before in (
        ("blocks.", r"^(vit|deit)\.layers\."),
        ("norm.", r"^(vit|deit)\.layernorm\."),
        ("norm1.", r"layernorm_before\."),
        ("norm2.", r"layernorm_after\."),
        ("attn.proj.", r"attention\.o_proj\."),
        ("cls_token", r"^(vit|deit)\.embeddings\.cls_token"),
        ("dist_token", r"^deit\.embeddings\.distillation_token"),
        ("pos_embed", r"^(vit|deit)\.embeddings\.position_embeddings"),
        ("patch_embed.proj.", r"^(vit|deit)\.embeddings\.patch_embeddings\.projection\."),
        ("head_dist.", r"^distillation_classifier\."),
        ("head.", r"^(cls_)?classifier\."),
    ):
        name = re.sub(before, after, name)
    return name


def reference(state: Mapping[str, Tensor], pixels: Tensor, tokens: list[str]) -> list[Tensor]:
    """DeiT's forward pass on its own state, written once more in float64: the outputs of the final norm, by token."""
    own = {name: tensor.double() for name, tensor in state.items()}
    patch = own["patch_embed.proj.weight"]
    cells = torch.nn.functional.conv2d(pixels.double(), patch, own["patch_embed.proj.bias"], stride=patch.shape[-1])
    first = [own[name].expand(len(pixels), -1, -1) for name in tokens]
    hidden = torch.cat([*first, cells.flatten(2).transpose(1, 2)], 1) + own["pos_embed"]
    for layer in range(LAYERS):
        at = f"blocks.{layer}"
        seen = _norm(hidden, own, f"{at}.norm1")
        packed = linear(seen, own[f"{at}.attn.qkv.weight"], own[f"{at}.attn.qkv.bias"])
        query, key, value = packed.view(*packed.shape[:2], 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        hidden = hidden + linear(mixed, own[f"{at}.attn.proj.weight"], own[f"{at}.attn.proj.bias"])
        seen = _norm(hidden, own, f"{at}.norm2")
        inner = gelu(linear(seen, own[f"{at}.mlp.fc1.weight"], own[f"{at}.mlp.fc1.bias"]))
        hidden = hidden + linear(inner, own[f"{at}.mlp.fc2.weight"], own[f"{at}.mlp.fc2.bias"])
    last = _norm(hidden, own, "norm")
    return [last[:, index] for index in range(len(tokens))]


def _norm(hidden: Tensor, own: State, at: str) -> Tensor:
    return layer_norm(hidden, hidden.shape[-1:], own[f"{at}.weight"], own[f"{at}.bias"], 1e-6)


@pytest.mark.parametrize("distilled", [False, True])
def test_a_hugging_face_folder_is_loaded_exactly(tmp_path: Path, distilled: bool) -> None:
    path = folder(tmp_path, distilled=distilled)
    assert any(".encoder.layer.0." in name for name in load_file(path / "model.safetensors"))
    model = FAMILY.build(located(path), seed=5)
    found, expected = observe(model), observe(subject(distilled).model)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in found.items())


def test_present_names_are_understood_too(tmp_path: Path) -> None:
    path = folder(tmp_path)
    save_file(subject().model.state_dict(), path / "model.safetensors")
    found = observe(FAMILY.build(located(path), seed=5))
    assert torch.equal(found["logits"], observe(subject().model)["logits"])


@pytest.mark.parametrize("distilled", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_deit_s_own_files_compute_what_it_computes(tmp_path: Path, distilled: bool, nested: bool) -> None:
    state = original(subject(distilled).model)
    path = tmp_path / "deit.pth"
    torch.save({"model": state} if nested else state, path)
    model = FAMILY.build(located(path), seed=0, heads=HEADS)
    pixels = inputs()["pixel_values"]
    tokens = ["cls_token", "dist_token"] if distilled else ["cls_token"]
    heads = ["head", "head_dist"][: len(tokens)]
    outputs = [
        linear(each, state[f"{head}.weight"].double(), state[f"{head}.bias"].double())
        for each, head in zip(reference(state, pixels, tokens), heads, strict=True)
    ]
    with torch.inference_mode():
        found = model(pixel_values=pixels).logits.double()
    torch.testing.assert_close(found, sum(outputs[1:], outputs[0]) / len(outputs), atol=1e-4, rtol=0)
    assert found.std(0).max() > 0.05


@pytest.mark.parametrize("distilled", [False, True])
def test_positions_of_a_folder_are_resampled(tmp_path: Path, distilled: bool) -> None:
    model: Any = FAMILY.build(located(folder(tmp_path, distilled=distilled)), seed=0, image=48)
    core = "deit" if distilled else "vit"
    name, tokens = f"{core}.embeddings.position_embeddings", 2 if distilled else 1
    before = subject(distilled).model.state_dict()[name].numpy()
    square = zoom(before[0, tokens:].reshape(4, 4, -1), (1.5, 1.5, 1), order=1).reshape(36, -1)
    found = model.state_dict()[name].numpy()
    np.testing.assert_array_equal(found[:, :tokens], before[:, :tokens])
    np.testing.assert_allclose(found[0, tokens:], square, atol=1e-6)
    assert model(pixel_values=torch.zeros(1, 3, 48, 48)).logits.shape == (1, 7)


@pytest.mark.parametrize("distilled", [False, True])
def test_a_folder_that_lacks_a_tensor_or_has_one_more(tmp_path: Path, distilled: bool) -> None:
    path = folder(tmp_path, distilled=distilled)
    state = load_file(path / "model.safetensors")
    gone = next(name for name in state if "layer.1.intermediate.dense.bias" in name)
    del state[gone]
    save_file(state | {"pooler.dense.bias": torch.zeros(3)}, path / "model.safetensors")
    with pytest.raises(BadCheckpoint, match=r"1 missing: .*layers\.1\.mlp\.fc1\.bias; 1 unexpected: pooler"):
        FAMILY.build(located(path), seed=0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": "ti16"}, "hidden 192 named, 48 there"),
        ({"classes": 1000}, "classes 1000 named, 7 there"),
        ({"heads": 3}, "heads 3 named, 6 there"),
        ({"image": 33}, "image 33 is no multiple of the patch 8"),
        ({"size": "r26-s32"}, "hybrids are read from the original's"),
    ],
)
def test_what_is_named_must_be_there(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BadCheckpoint, match=words):
        FAMILY.build(located(folder(tmp_path)), seed=0, **settings)


def test_a_distilled_folder_has_its_token(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="distilled False named, True there"):
        FAMILY.build(located(folder(tmp_path, distilled=True)), seed=0, distilled=False)


def test_another_model_s_config_is_told(tmp_path: Path) -> None:
    path = folder(tmp_path)
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    with pytest.raises(BadCheckpoint, match="not the config of a ViT or DeiT"):
        FAMILY.build(located(path), seed=0)


@pytest.mark.parametrize("size", PARAMETERS)
def test_sizes_have_as_many_parameters_as_others_count(size: Any) -> None:
    with torch.device("meta"):
        model = FAMILY.build(RANDOM, seed=0, size=size, image=224)
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[size]


def test_b16_with_1000_classes_at_384_is_the_default() -> None:
    with torch.device("meta"):
        model: Any = FAMILY.build(RANDOM, seed=0)
    assert model.classifier.weight.shape == (1000, 768)
    assert model.vit.embeddings.position_embeddings.shape == (1, 1 + 24 * 24, 768)
    assert len(model.vit.layers) == 12


def test_a_named_width_brings_its_own_hidden_units() -> None:
    with torch.device("meta"):
        model: Any = FAMILY.build(RANDOM, seed=0, size="b16", hidden=576)
        other: Any = FAMILY.build(RANDOM, seed=0, size="b16", hidden=576, mlp=3072)
    assert model.vit.layers[0].mlp.fc1.weight.shape == (2304, 576)
    assert other.vit.layers[0].mlp.fc1.weight.shape == (3072, 576)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"heads": 5}, r"hidden 768 cannot be split into 5 heads \(768 mod 5 = 3\)"),
        ({"image": 250}, r"image 250 is no multiple of the patch 16 \(250 mod 16 = 10\)"),
        ({"layers": 0}, "layers must be at least 1"),
        ({"size": "xl16"}, "unknown size 'xl16'; known: ti16"),
        ({"size": "r-ti16", "distilled": True}, "a hybrid has no distillation token"),
    ],
)
def test_sizes_that_cannot_be_built(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FAMILY.build(RANDOM, seed=0, **settings)


@pytest.mark.parametrize("distilled", [False, True])
def test_a_seed_decides_the_weights(distilled: bool) -> None:
    one, same, other = (FAMILY.build(RANDOM, seed=seed, **SIZES, distilled=distilled) for seed in (1, 1, 2))
    assert all(torch.equal(left, right) for left, right in zip(one.parameters(), same.parameters(), strict=True))
    assert not all(torch.equal(left, right) for left, right in zip(one.parameters(), other.parameters(), strict=True))
    assert all(math.isfinite(float(parameter.detach().sum())) for parameter in one.parameters())


def test_hub_names_stand_for_the_files_of_the_originals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "L_16-i21k-300ep-lr_0.001-aug_strong1-wd_0.1-do_0.0-sd_0.0.npz"
    (tmp_path / name).write_bytes(b"arrays")
    (tmp_path / "deit_tiny_distilled_patch16_224-b40b3cf7.pth").write_bytes(b"tensors")
    monkeypatch.setenv("BENCHBENCH_CHECKPOINTS", str(tmp_path))
    for checkpoint in ("vit_models/augreg-l16-i21k", "facebook/deit-tiny-distilled-patch16-224"):
        assert isinstance(FAMILY.locate(checkpoint), Weights)
    absent = FAMILY.locate("vit_models/augreg-l16")
    assert isinstance(absent, Absent)
    assert "download https://storage.googleapis.com/vit_models/augreg/L_16-" in absent.remedy
    assert "res_384.npz and set BENCHBENCH_CHECKPOINTS" in absent.remedy
