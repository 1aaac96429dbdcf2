"""Hybrids against the original's arithmetic written once more in numpy, their true stride, sizes and counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from benchbench.catalog.contracts import Subject, Weights
from benchbench.catalog.counting import count
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.families.vit.hybrid import SIZES, Hybrid, hybrid, hybrid_config
from benchbench.catalog.families.vit.hybrid_layout import resnet_arrays
from benchbench.catalog.families.vit.resnet import same, standardised
from benchbench.catalog.onnx_export import export
from benchbench.catalog.probes import structure
from benchbench.catalog.steps import prune_channels, prune_heads
from benchbench.types import Condition
from tests.catalog.families.vit import flax_arithmetic

MIB = {"r-ti16": 40, "r26-s32": 170, "r50-l32": 1337}
"""Of the pre-trained files with a head for 21,843 classes, as the README of vision_transformer gives them."""

TINY: dict[str, Any] = {"hidden": 24, "layers": 2, "heads": 3, "mlp": 40, "width": 32}


def perturbed(model: nn.Module) -> nn.Module:
    """Every parameter moved, so that no scale of 1 and no bias of 0 hides a mistake."""
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    return model.double()


def encoder_arrays(model: nn.Module, heads: int, layers: int) -> dict[str, NDArray[Any]]:
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    inside, found = "vit.embeddings", dict[str, NDArray[Any]]()
    found["cls"] = state[f"{inside}.cls_token"]
    found["embedding/kernel"] = state[f"{inside}.patch_embeddings.projection.weight"].transpose(2, 3, 1, 0)
    found["embedding/bias"] = state[f"{inside}.patch_embeddings.projection.bias"]
    found["Transformer/posembed_input/pos_embedding"] = state[f"{inside}.position_embeddings"]
    found |= norm_arrays(state, "vit.layernorm", "Transformer/encoder_norm")
    found |= {"head/kernel": state["classifier.weight"].T, "head/bias": state["classifier.bias"]}
    for layer in range(layers):
        own, at = f"vit.layers.{layer}", f"Transformer/encoderblock_{layer}"
        found |= norm_arrays(state, f"{own}.layernorm_before", f"{at}/LayerNorm_0")
        found |= norm_arrays(state, f"{own}.layernorm_after", f"{at}/LayerNorm_2")
        for number in (0, 1):
            dense = f"{at}/MlpBlock_3/Dense_{number}"
            found[f"{dense}/kernel"] = state[f"{own}.mlp.fc{number + 1}.weight"].T
            found[f"{dense}/bias"] = state[f"{own}.mlp.fc{number + 1}.bias"]
        met = f"{at}/MultiHeadDotProductAttention_1"
        for name in ("query", "key", "value"):
            weight, bias = (state[f"{own}.attention.{name[0]}_proj.{kind}"] for kind in ("weight", "bias"))
            found[f"{met}/{name}/kernel"] = weight.T.reshape(weight.shape[1], heads, -1)
            found[f"{met}/{name}/bias"] = bias.reshape(heads, -1)
        out = state[f"{own}.attention.o_proj.weight"]
        found[f"{met}/out/kernel"] = out.T.reshape(heads, -1, out.shape[0])
        found[f"{met}/out/bias"] = state[f"{own}.attention.o_proj.bias"]
    return found


def norm_arrays(state: dict[str, NDArray[Any]], own: str, at: str) -> dict[str, NDArray[Any]]:
    return {f"{at}/scale": state[f"{own}.weight"], f"{at}/bias": state[f"{own}.bias"]}


@pytest.mark.parametrize(
    ("stages", "patch", "image"), [((), 8, 64), ((2, 1), 1, 38), ((1, 2, 1), 1, 50)], ids=["root", "even", "odd"]
)
def test_it_computes_what_the_original_computes(stages: tuple[int, ...], patch: int, image: int) -> None:
    size = {**TINY, "stages": stages, "patch": patch}
    model = perturbed(hybrid("r26-s32", classes=7, image=image, seed=3, **size))
    arrays = encoder_arrays(model, TINY["heads"], TINY["layers"])
    for name, entry in resnet_arrays(model).items():
        arrays[name] = entry.tensor.detach().permute(entry.axes).reshape(entry.shape).numpy()
    pixels = torch.randn(2, 3, image, image, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = model(pixel_values=pixels).logits.numpy()
    grid = flax_arithmetic.resnet(pixels.permute(0, 2, 3, 1).numpy(), arrays, stages)
    expected = flax_arithmetic.encoder(grid, arrays, TINY["layers"])
    assert np.ptp(expected, axis=0).min() > 1e-3, "different images must differ"
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("size", SIZES)
def test_the_true_stride_is_32(size: str) -> None:
    config = hybrid_config(size, classes=1000, image=224)
    with torch.device("meta"):
        model: Any = Hybrid(config)
        grid = model.resnet(torch.empty(1, 3, 224, 224))
        tokens = model.vit(grid).last_hidden_state
    assert tokens.shape[1] == 1 + (224 // 32) ** 2
    assert config.patch_size == 32


@pytest.mark.parametrize("size", MIB)
def test_sizes_to_the_mib(size: str) -> None:
    """Arrays alone, four bytes each; the container adds under 0.2 MiB, so that the rounded number must not move."""
    with torch.device("meta"):
        model = Hybrid(hybrid_config(size, classes=21843, image=224))
    arrays = 4 * sum(parameter.numel() for parameter in model.parameters()) / 2**20
    container = len(list(model.parameters())) * 500 / 2**20
    assert round(arrays) == round(arrays + container) == MIB[size]


@pytest.mark.parametrize("size", ["r-ti16", "r26-s32"])
def test_a_seed_decides_the_weights(size: str) -> None:
    first, again, other = (hybrid(size, classes=3, image=32, seed=seed, layers=1) for seed in (1, 1, 2))
    assert all(torch.equal(one, two) for one, two in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(next(first.parameters()), next(other.parameters()))


@settings(deadline=None)
@given(st.integers(1, 40), st.sampled_from([(1, 1), (1, 2), (3, 1), (3, 2), (7, 2)]))
def test_padding_leaves_the_original_s_places(side: int, form: tuple[int, int]) -> None:
    kernel, stride = form
    padded = same(torch.ones(1, 1, side, 1), kernel, stride)
    places, before, behind = flax_arithmetic.same(side, kernel, stride)
    assert (padded.shape[2] - kernel) // stride + 1 == places
    assert padded[0, 0, :, padded.shape[3] // 2].tolist() == [0.0] * before + [1.0] * side + [0.0] * behind


def test_standardised_kernels_have_no_mean_and_deviation_one() -> None:
    weight = standardised(torch.randn(5, 4, 3, 3, dtype=torch.float64) * 3 + 2)
    torch.testing.assert_close(weight.mean((1, 2, 3)), torch.zeros(5, dtype=torch.float64))
    torch.testing.assert_close(weight.std((1, 2, 3), correction=0), torch.ones(5).double(), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"heads": 5}, "24 mod 5 = 4"),
        ({"width": 48}, "multiple of 32"),
        ({"stages": (1, 0)}, "whole stages"),
        ({"patch": 9}, "less than one patch"),
        ({"layers": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_arithmetic(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        hybrid("r-ti16", classes=3, image=32, **{**TINY, **settings})


def test_an_unknown_size_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="r26-s32"):
        hybrid("r101-l32", classes=3, image=32)


def test_every_tensor_of_the_resnet_has_an_array_and_comes_back() -> None:
    model = hybrid("r26-s32", classes=3, image=64, **{**TINY, "stages": (1, 1)})
    arrays = resnet_arrays(model)
    own = {name for name in model.state_dict() if name.startswith("resnet.")}
    assert {entry.path for entry in arrays.values()} == own
    assert arrays["block2/unit1/conv2/kernel"].shape == (3, 3, 64, 64)
    assert arrays["gn_root/scale"].shape == (1, 1, 1, 32)
    for entry in arrays.values():
        assert entry.fits(entry.array().squeeze().shape)
        assert torch.equal(entry.read(entry.array()), entry.tensor)


def convolutions(size: str) -> int:
    """Multiply-adds of the ResNet at 384 pixels."""
    inputs, side = 64, 384 // 4
    total = (384 // 2) ** 2 * 64 * 3 * 7**2
    for stage, units in enumerate(SIZES[size]["stages"]):
        width, before = 64 << stage, side
        side = side // 2 if stage else side
        for unit in range(units):
            reduced = inputs * width * (side if unit else before) ** 2
            projected = 0 if unit else inputs * 4 * width * side**2
            total += reduced + projected + (9 * width**2 + 4 * width**2) * side**2
            inputs = 4 * width
    return total


@pytest.mark.parametrize("size", SIZES)
def test_two_counts_of_multiply_adds_are_equal(size: str) -> None:
    """Standardising weights is no product over pixels: neither count sees it."""
    with torch.device("meta"):
        model = Hybrid(hybrid_config(size, classes=1000, image=384)).eval()
    found = count(Subject(model=model, family=FAMILIES["vit"]), {"pixel_values": torch.empty(1, 3, 384, 384)})
    assert found.formula == found.counter
    tokens, width, mlp = 145, SIZES[size]["hidden"], SIZES[size]["mlp"]
    layer = tokens * width * (4 * width + 2 * mlp) + 2 * tokens**2 * width
    assert found.layers == (layer,) * SIZES[size]["layers"]
    patches, channels = (tokens - 1) * SIZES[size]["patch"] ** 2, model.resnet.channels
    assert found.formula - sum(found.layers) == convolutions(size) + patches * channels * width + width * 1000


@pytest.mark.parametrize("size", ["r-ti16", "r26-s32"])
def test_the_family_builds_them_and_their_arrays_come_back(size: str, tmp_path: Path) -> None:
    family = FAMILIES["vit"]
    settings: dict[str, Any] = {"size": size, "classes": 5, "image": 64, "layers": 1}
    model = family.build(Weights(kind="random", fingerprint="random"), seed=3, **settings)
    family.write_original(model, tmp_path / "model.npz")
    weights = family.locate(str(tmp_path / "model.npz"))
    assert isinstance(weights, Weights)
    again = family.build(weights, seed=0, **settings).state_dict()
    assert again.keys() == model.state_dict().keys()
    assert all(torch.equal(again[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("where", ["stage-inner", "stage-output", "backbone"])
def test_channels_of_the_resnet_can_be_cut_without_a_change_of_groups(where: Any) -> None:
    size: dict[str, Any] = {**TINY, "width": 64, "stages": (2, 1), "patch": 1}
    model = perturbed(hybrid("r26-s32", classes=7, image=32, seed=3, **size))
    subject = Subject(model=model, family=FAMILIES["vit"])
    before = {stage.name: stage for stage in subject.anatomy.stages}
    weights = before["stage2"].blocks[0].convolutions[1].norm.weight
    assert isinstance(weights, torch.Tensor)
    prune_channels.apply(subject, where=where, keep=0.5, stage="all")
    after = subject.anatomy.stages[-1].blocks[0]
    assert after.convolutions[1].convolution.out_channels == (128 if where == "stage-output" else 64)
    assert after.convolutions[2].convolution.out_channels == (512 if where == "stage-inner" else 256)
    kept = after.convolutions[1].norm.weight
    assert isinstance(kept, torch.Tensor)
    for mine, theirs in zip(kept.reshape(32, -1), weights.reshape(32, -1), strict=True):
        assert set(mine.tolist()) <= set(theirs.tolist()), "a channel has changed its group"
    arrays = encoder_arrays(model, TINY["heads"], TINY["layers"])
    for name, entry in resnet_arrays(model).items():
        arrays[name] = entry.tensor.detach().permute(entry.axes).reshape(entry.shape).numpy()
    pixels = torch.randn(2, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = model(pixel_values=pixels).logits.numpy()
    grid = flax_arithmetic.resnet(pixels.permute(0, 2, 3, 1).numpy(), arrays, (2, 1))
    np.testing.assert_allclose(found, flax_arithmetic.encoder(grid, arrays, TINY["layers"]), rtol=0, atol=1e-10)
    counted = count(Subject(model.float(), FAMILIES["vit"]), {"pixel_values": pixels.float()})
    assert counted.formula == counted.counter


def test_the_facts_of_a_resnet() -> None:
    with torch.device("meta"):
        model = Hybrid(hybrid_config("r50-l32", classes=1000, image=384))
    found, _ = structure.measure(Subject(model=model, family=FAMILIES["vit"]), {}, Condition())
    facts = {each.metric: each.samples[0] for each in found}
    assert (facts["stage_width"], facts["stage_inner"], facts["patch"]) == (2048, 512, 1)
    assert (facts["layers_encoder"], facts["heads_encoder"], facts["d_model"]) == (24, 16, 1024)


def test_a_cut_one_is_exported_and_computes_alike(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    model = hybrid("r26-s32", classes=7, image=32, **{**TINY, "width": 64, "stages": (1, 1), "patch": 1})
    subject = Subject(model=model, family=FAMILIES["vit"])
    prune_heads.apply(subject, count=1)
    prune_channels.apply(subject, where="backbone", keep=0.5)
    path = export(model, {"pixel_values": torch.randn(2, 3, 32, 32)}, tmp_path / "model.onnx")
    pixels = torch.randn(3, 3, 32, 32)
    (found,) = runtime.InferenceSession(str(path)).run(None, {"pixel_values": pixels.numpy()})
    with torch.inference_mode():
        expected = model(pixel_values=pixels).logits.numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
