"""LiT: the original's arithmetic and sizes, folders of transformers' dual encoder, costs, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, VisionTextDualEncoderConfig, VisionTextDualEncoderModel, ViTConfig

from benchbench.catalog.contracts import Absent, Sample, Subject, Weights
from benchbench.catalog.counting import count
from benchbench.catalog.families.lit import FAMILY
from benchbench.catalog.families.lit.architecture import LIT_B16B, config_of, sizes_of
from benchbench.catalog.onnx_export import export
from benchbench.catalog.probes import flops, size, structure
from benchbench.catalog.steps import drop_layers, prune_channels, prune_heads
from benchbench.errors import BadCheckpoint, BadData, CannotRun, CannotTrain
from benchbench.types import Condition

RANDOM = Weights(kind="random", fingerprint="random")
TINY: dict[str, Any] = {
    "image": 32,
    "hidden": 24,
    "layers": 2,
    "heads": 3,
    "mlp": 40,
    "text_hidden": 16,
    "text_layers": 3,
    "text_heads": 2,
    "text_mlp": 28,
    "vocabulary": 120,
    "positions": 20,
    "projection": 10,
}


def tiny(seed: int = 0) -> Any:
    return FAMILY.build(RANDOM, seed=seed, **TINY)


def subject() -> Subject:
    return Subject(model=tiny(), family=FAMILY)


def stock(folder: Path) -> VisionTextDualEncoderModel:
    """A dual encoder as transformers makes and writes it: poolers, and projections without bias."""
    towers = config_of({**LIT_B16B, **TINY})
    vision, text = ViTConfig(**towers["vision_config"]), BertConfig(**towers["text_config"])
    config = VisionTextDualEncoderConfig.from_vision_text_configs(vision, text, projection_dim=10)
    torch.manual_seed(4)
    model = VisionTextDualEncoderModel(config).eval()
    model.save_pretrained(folder)
    return model


def located(folder: Path) -> Weights:
    weights = FAMILY.locate(str(folder))
    assert isinstance(weights, Weights)
    return weights


def normal(embedding: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(embedding, dim=1)


def test_it_computes_what_the_original_computes() -> None:
    model = tiny()
    with torch.no_grad():
        for parameter in (model.visual_projection.bias, model.text_projection.bias, model.logit_scale):
            parameter.add_(torch.rand_like(parameter))
    inputs = FAMILY.example(4, 32, 32, seed=2)
    with torch.inference_mode():
        image = model.vision_model(inputs["pixel_values"]).last_hidden_state[:, 0]
        text = model.text_model(inputs["input_ids"]).last_hidden_state[:, 0]
        heads = model.visual_projection, model.text_projection
        images, texts = (
            normal(token @ head.weight.T + head.bias) for token, head in zip((image, text), heads, strict=True)
        )
        found = model(**inputs)
        expected = model.logit_scale.exp() * images @ texts.T
    torch.testing.assert_close(found.logits_per_image, expected)
    assert found.logits_per_image.shape == (4, 4)
    assert images.shape == (4, 10)


def test_unnamed_sizes_are_those_of_lit_b16b() -> None:
    with torch.device("meta"):
        model: Any = FAMILY.build(RANDOM, seed=0)
    assert sizes_of(model.config) == LIT_B16B
    vit = 85_798_656  # ViT-B/16 at 224 without a head
    bert = 108_891_648  # BERT-base without its pooler
    heads = 2 * (768 * 768 + 768)
    assert sum(each.numel() for each in model.parameters()) == vit + bert + heads + 1


def test_a_seed_decides_the_weights() -> None:
    first, again, other = (tiny(seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["text_projection.weight"], other["text_projection.weight"])


def test_a_stock_folder_keeps_its_poolers_and_computes_alike(tmp_path: Path) -> None:
    written = stock(tmp_path)
    model: Any = FAMILY.build(located(tmp_path), seed=9)
    inputs = FAMILY.example(3, 32, 32, seed=1)
    with torch.inference_mode():
        expected, found = (each(**inputs).logits_per_image for each in (written, model))
    assert model.state_dict().keys() == written.state_dict().keys()
    assert torch.equal(found, expected)


def test_a_folder_with_the_original_s_heads_comes_back(tmp_path: Path) -> None:
    model = tiny(seed=7)
    model.save_pretrained(tmp_path)
    found = FAMILY.build(located(tmp_path), seed=0).state_dict()
    assert found.keys() == model.state_dict().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in model.state_dict().items())


def test_other_sizes_than_the_folder_s_are_refused(tmp_path: Path) -> None:
    stock(tmp_path)
    with pytest.raises(BadCheckpoint, match="text_layers 4 named, 3 there"):
        FAMILY.build(located(tmp_path), seed=0, text_layers=4)


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    ViTConfig(**config_of({**LIT_B16B, **TINY})["vision_config"]).save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    with pytest.raises(BadCheckpoint, match="vision-text-dual-encoder"):
        FAMILY.build(located(tmp_path), seed=0)


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    stock(tmp_path)
    file = tmp_path / "model.safetensors"
    state = load_file(file)
    state.pop("vision_model.layernorm.bias")
    save_file(state, file, metadata={"format": "pt"})
    with pytest.raises(BadCheckpoint, match=r"1 missing: vision_model\.layernorm\.bias"):
        FAMILY.build(located(tmp_path), seed=0)


def test_sizes_that_cannot_be_built_say_the_arithmetic() -> None:
    with pytest.raises(ValueError, match="16 mod 3 = 1"):
        FAMILY.build(RANDOM, seed=0, **{**TINY, "text_heads": 3})


@pytest.mark.parametrize("batch", [1, 3])
def test_two_counts_of_multiply_adds_are_equal(batch: int) -> None:
    found = count(subject(), FAMILY.example(batch, 32, 32, seed=0))
    assert found.formula == found.counter
    assert len(found.layers) == 5
    outside = batch * (4 * 16 * 16 * 3 * 24 + 10 * (24 + 16)) + batch * batch * 10
    assert found.formula - sum(found.layers) == outside


def test_the_probes_of_costs_take_it() -> None:
    inputs, condition = FAMILY.example(1, 32, 32, seed=0), Condition()
    facts = {each.metric: each.samples[0] for each in structure.measure(subject(), inputs, condition)[0]}
    assert (facts["layers_image"], facts["layers_text"]) == (2, 3)
    assert (facts["heads_image"], facts["heads_text"], facts["projection"]) == (3, 2, 10)
    measured = {each.metric: each.samples[0] for each in size.measure(subject(), inputs, condition)[0]}
    assert measured["params"] == sum(each.numel() for each in tiny().parameters())
    assert {each.metric for each in flops.measure(subject(), inputs, condition)[0]} >= {"macs", "macs_counter"}


@pytest.mark.parametrize("stack", ["image", "text"])
def test_layers_and_heads_of_a_tower_can_go(stack: str) -> None:
    found = subject()
    drop_layers.apply(found, stack=stack, keep="first", count=1)
    prune_heads.apply(found, stacks=[stack], count=1, score="index")
    inputs = FAMILY.example(2, 32, 32, seed=0)
    with torch.inference_mode():
        assert found.model(**inputs).logits_per_image.shape == (2, 2)
    cut, other = (found.anatomy.stack(name) for name in (stack, "text" if stack == "image" else "image"))
    assert [len(cut.layers), cut.layers[0].attentions[0].heads] == [1, 1]
    assert other.layers[0].attentions[0].heads > 1
    assert count(found, inputs).formula == count(found, inputs).counter


def test_images_become_what_the_original_makes_of_them() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 8, 3), dtype=np.uint8)
    found = FAMILY.prepare(image, side=4).permute(1, 2, 0).numpy()
    rows, columns = ((np.arange(4) + 0.5) * scale / 4 - 0.5 for scale in (5, 8))
    expected = np.empty((4, 4, 3))
    for place in np.ndindex(4, 4):
        y, x = max(float(rows[place[0]]), 0.0), max(float(columns[place[1]]), 0.0)
        top, left = int(y), int(x)
        below, right = min(top + 1, 4), min(left + 1, 7)
        upper = image[top, left] * (1 - x + left) + image[top, right] * (x - left)
        lower = image[below, left] * (1 - x + left) + image[below, right] * (x - left)
        expected[place] = np.floor(upper * (1 - y + top) + lower * (y - top))
    # A value within a rounding error of a whole number may be truncated to the one below.
    assert np.abs(found - (expected / 127.5 - 1)).max() <= 1 / 127.5 + 1e-6
    assert np.isclose(found, expected / 127.5 - 1, atol=1e-6).mean() > 0.9
    with pytest.raises(BadData, match="uint8"):
        FAMILY.prepare(image.astype(np.float32))


def test_what_needs_texts_is_refused_with_the_remedy() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    sample = Sample(0, image, {"label": np.array(0)})
    with pytest.raises(CannotRun, match="benchbench score"):
        FAMILY.collate([FAMILY.prepare(image, side=32)])
    with pytest.raises(CannotRun, match="prompts"):
        FAMILY.targets([sample])
    with pytest.raises(CannotRun, match="prompts"):
        FAMILY.predict(tiny(), None, [(32, 32)])
    with pytest.raises(CannotTrain, match="pairs"):
        FAMILY.loss(tiny(), None, {})
    with pytest.raises(CannotTrain, match="pairs"):
        FAMILY.imitation(None, None)
    assert isinstance(FAMILY.locate("stand-in"), Absent)


def test_a_cut_one_is_exported_and_computes_alike(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    found = subject()
    prune_heads.apply(found, count=1)
    prune_channels.apply(found, where="feed-forward", keep=0.75)
    path = export(found.model, FAMILY.example(2, 32, 32, seed=0), tmp_path / "model.onnx")
    inputs = FAMILY.example(3, 32, 32, seed=1)
    given = {name: each.numpy() for name, each in inputs.items()}
    (scores,) = runtime.InferenceSession(str(path)).run(None, given)
    with torch.inference_mode():
        expected = found.model(**inputs).logits_per_image.numpy()
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)
