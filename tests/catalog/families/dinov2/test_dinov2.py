"""A pre-trained encoder under a fresh head: what is loaded, what is drawn, what both compute."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F
from transformers import Dinov2Config, Dinov2Model

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.dinov2 import FAMILY
from benchbench.errors import BadCheckpoint
from tests import original_depth
from tests.original_depth import Original, Sizes

RANDOM = Weights(kind="random", fingerprint="random")
SIZES = Sizes()


@pytest.fixture
def original() -> Original:
    """An encoder as facebookresearch/dinov2 publishes it: a bare state dict without a prefix."""
    drawn = original_depth.drawn()
    state = {name.removeprefix("pretrained."): tensor for name, tensor in drawn.state.items() if "pretrained" in name}
    return Original(state, SIZES)


@pytest.fixture
def file(original: Original, tmp_path: Path) -> Weights:
    torch.save(original.state, tmp_path / "dinov2_vits14_pretrain.pth")
    return located(tmp_path / "dinov2_vits14_pretrain.pth")


@pytest.fixture
def folder(tmp_path: Path) -> Weights:
    torch.manual_seed(5)
    config = Dinov2Config(hidden_size=24, num_hidden_layers=5, num_attention_heads=3, image_size=56)
    Dinov2Model(config).save_pretrained(tmp_path / "hub")
    return located(tmp_path / "hub")


def located(path: Path) -> Weights:
    weights = FAMILY.locate(str(path))
    assert isinstance(weights, Weights)
    return weights


def encoder_of(model: Any) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = model.backbone.state_dict()
    return state


@pytest.mark.parametrize("head", ["dpt", "linear"])
def test_the_original_encoder_hands_out_what_its_layout_says(original: Original, file: Weights, head: Any) -> None:
    model: Any = FAMILY.build(file, seed=0, head=head, taps=list(SIZES.taps), **SIZES.encoder)
    pixels = original_depth.pixels(SIZES)
    with torch.inference_mode():
        found = model.backbone(pixels).feature_maps
        expected = original.tapped(pixels, prefix="")

    assert sum(tensor.numel() for tensor in encoder_of(model).values()) == sum(
        tensor.numel() for tensor in original.state.values()
    )
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one[:, 1:], other, rtol=1e-4, atol=1e-5)
        assert other.std(dim=1).mean() > 0.1


@pytest.mark.parametrize("head", ["dpt", "linear"])
def test_the_encoder_is_the_checkpoint_s_and_the_head_the_seed_s(folder: Weights, head: Any) -> None:
    first, again, other = (FAMILY.build(folder, seed=seed, head=head).state_dict() for seed in (1, 1, 2))
    heads = [name for name in first if not name.startswith("backbone.") and name.endswith("weight")]

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert all(torch.equal(first[name], other[name]) for name in first if name.startswith("backbone."))
    assert heads
    assert not any(torch.equal(first[name], other[name]) for name in heads)


@pytest.mark.parametrize("head", ["dpt", "linear"])
@pytest.mark.parametrize("weights", ["folder", "random", "stand-in"])
def test_a_fresh_head_is_alive_and_learns(weights: str, head: Any, folder: Weights) -> None:
    """Nowhere near zero, and a step against the gradient of its error makes it less."""
    if weights == "stand-in":
        found = FAMILY.locate("stand-in")
        assert isinstance(found, Weights)
        folder, size = found, 98
    else:
        size = 56
    for seed in range(3):
        named = SIZES.encoder if weights == "random" else {}
        model: Any = FAMILY.build(RANDOM if weights == "random" else folder, seed=seed, head=head, **named)
        inputs = FAMILY.example(2, size, size + 14, seed)
        prediction = model(**inputs).predicted_depth
        assert prediction.shape == (2, size, size + 14)
        assert 0.1 < prediction.mean() < 0.8
        assert prediction.std() > 1e-3
        assert (prediction > 0).float().mean() > 0.9
        target = torch.linspace(0.1, 1, size + 14).expand_as(prediction)
        loss = (prediction - target).square().mean()
        gradients = torch.autograd.grad(loss, list(model.head.parameters()))
        length = 100 * torch.stack([each.norm() for each in gradients]).norm()
        with torch.no_grad():
            for parameter, gradient in zip(model.head.parameters(), gradients, strict=True):
                parameter.sub_(gradient / length)
        assert (model(**inputs).predicted_depth - target).square().mean() < loss


@pytest.mark.parametrize("head", ["dpt", "linear"])
def test_metres_begin_at_half_of_the_range(folder: Weights, head: Any) -> None:
    model: Any = FAMILY.build(folder, seed=0, head=head, max_depth=80)
    found = model(**FAMILY.example(1, 56, 56, 0)).predicted_depth

    assert model.config.depth_estimation_type == "metric"
    assert 30 < found.mean() < 50
    assert found.max() < 80


def test_the_linear_head_is_one_convolution_of_the_last_layer_s_patches(folder: Weights) -> None:
    model: Any = FAMILY.build(folder, seed=0, head="linear")
    pixels = FAMILY.example(1, 56, 70, 0)["pixel_values"]
    with torch.inference_mode():
        tokens = model.backbone.layernorm(model.backbone(pixels, output_hidden_states=True).hidden_states[-1])[0, 1:]
        coarse = (tokens @ model.head.weight[0, :, 0, 0] + model.head.bias).reshape(1, 1, 4, 5)
        expected = F.interpolate(coarse, (56, 70), mode="bilinear", align_corners=True)[:, 0].relu()
        found = model(pixel_values=pixels).predicted_depth

    torch.testing.assert_close(found, expected)
    assert {name.split(".")[0] for name in model.state_dict()} == {"backbone", "head"}
    assert FAMILY.anatomy(model).stack("encoder").taps == (4,)


def test_the_linear_head_may_read_several_layers(folder: Weights) -> None:
    model: Any = FAMILY.build(folder, seed=0, head="linear", taps=[1, 4])

    assert model.head.in_channels == 48
    assert model(**FAMILY.example(1, 56, 56, 0)).predicted_depth.shape == (1, 56, 56)


def test_the_head_on_a_known_encoder_is_depth_anything_s() -> None:
    with torch.device("meta"):
        model = FAMILY.build(RANDOM, seed=0, encoder="vits")

    assert sum(tensor.numel() for tensor in model.parameters()) == 24_785_089


def test_the_stand_in_has_the_head_of_the_depth_stand_in() -> None:
    found = FAMILY.locate("stand-in")
    assert isinstance(found, Weights)
    config = getattr(FAMILY.build(found, seed=0), "config")  # noqa: B009 - nn.Module types plain attributes as tensors

    assert list(config.neck_hidden_sizes) == [12, 24, 32, 48]
    assert (config.fusion_hidden_size, config.head_hidden_size) == (16, 16)
    assert config.backbone_config.out_indices == [3, 6, 9, 12]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"head": "linear", "fusion": 8}, "a linear head has no fusion"),
        ({"head": "linear", "taps": [5]}, "not all within the layers, 0 to 4"),
        ({"head": "linear", "taps": []}, "not all within the layers"),
        ({"taps": [1, 2]}, "takes exactly 4 taps"),
        ({"head": "bins"}, "unknown head 'bins'"),
    ],
)
def test_heads_that_cannot_be_built(folder: Weights, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FAMILY.build(folder, seed=0, **settings)


def test_a_folder_of_another_encoder_is_told(folder: Weights) -> None:
    with pytest.raises(BadCheckpoint, match=r"width 384 named, 24 there.*looks like an encoder of its own \(24 wide"):
        FAMILY.build(folder, seed=0, encoder="vits")


def test_a_file_of_another_encoder_is_told(file: Weights) -> None:
    with pytest.raises(BadCheckpoint, match=r"does not fit vits: it looks like .* \(24 wide, 5 layers\)"):
        FAMILY.build(file, seed=0)


def test_a_classifier_s_weights_are_not_passed_over(tmp_path: Path, original: Original) -> None:
    state = {f"dinov2.{name}": tensor for name, tensor in original.state.items()}
    torch.save(state, tmp_path / "fits.pth")
    torch.save(state | {"classifier.weight": torch.zeros(2, 24)}, tmp_path / "more.pth")
    FAMILY.build(located(tmp_path / "fits.pth"), seed=0, **SIZES.encoder)
    with pytest.raises(BadCheckpoint, match=r"1 unexpected: classifier\.weight"):
        FAMILY.build(located(tmp_path / "more.pth"), seed=0, **SIZES.encoder)


def test_the_published_files_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dinov2_vitb14_pretrain.pth").write_bytes(b"tensors")
    monkeypatch.setenv("BENCHBENCH_CHECKPOINTS", str(tmp_path))

    assert isinstance(FAMILY.locate("facebook/dinov2-base"), Weights)
    assert not isinstance(FAMILY.locate("facebook/dinov2-giant"), Weights)
