"""The original layout lands, tensor by tensor, and computes what an independent reading of the layout computes."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.depth_anything import FAMILY
from tests import original_depth
from tests.original_depth import Original, Sizes


@pytest.fixture
def original() -> Original:
    return original_depth.drawn()


def load(state: dict[str, Tensor], folder: Path, sizes: Sizes | None = None, **settings: Any) -> Any:
    torch.save(state, folder / "depth_anything_v2.pth")
    weights = FAMILY.locate(str(folder / "depth_anything_v2.pth"))
    assert isinstance(weights, Weights)
    return FAMILY.build(weights, seed=0, **(sizes or Sizes()).settings, **settings)


def test_the_small_file_has_239_tensors() -> None:
    small = Sizes(384, 12, 6, (2, 5, 8, 11), (48, 96, 192, 384), 64, 518)

    assert len(list(original_depth.shapes(small))) == 239


def test_every_tensor_lands_once(original: Original, tmp_path: Path) -> None:
    own = load(original.state, tmp_path).state_dict()

    assert sum(tensor.numel() for tensor in own.values()) == sum(tensor.numel() for tensor in original.state.values())
    assert sum(float(tensor.double().abs().sum()) for tensor in own.values()) == pytest.approx(
        sum(float(tensor.double().abs().sum()) for tensor in original.state.values()), rel=1e-12
    )


def test_the_model_computes_what_the_layout_says(original: Original, tmp_path: Path) -> None:
    model = load(original.state, tmp_path)
    pixels = original_depth.pixels(original.sizes)
    with torch.inference_mode():
        found = model(pixel_values=pixels).predicted_depth
        expected = original.logits(pixels).relu()

    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert (expected > 0).float().mean() > 0.3
    assert expected.std() > 0.1, "a flat map would agree with anything"


@pytest.mark.parametrize("far", [20, 80])
def test_metric_heads_share_the_layout(original: Original, tmp_path: Path, far: int) -> None:
    model = load(original.state, tmp_path, head="metric", max_depth=far)
    pixels = original_depth.pixels(original.sizes)
    with torch.inference_mode():
        found = model(pixel_values=pixels).predicted_depth
        expected = original.logits(pixels).sigmoid() * far

    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


WATCHED = [name for name, _ in original_depth.shapes(Sizes()) if not re.search(r"mask_token|blocks\.[123]\.", name)]


@pytest.mark.parametrize("name", WATCHED)
def test_each_tensor_is_in_its_own_place(original: Original, tmp_path: Path, name: str) -> None:
    """Changing one tensor changes the model as it changes the layout's reading of it."""
    changed = Original(original.state | {name: original.state[name].flip(0) * 1.5 + 0.1}, original.sizes)
    pixels = original_depth.pixels(original.sizes, count=1)
    with torch.inference_mode():
        expected, before = changed.logits(pixels), original.logits(pixels)
        found = load(changed.state, tmp_path, head="metric", max_depth=20)(pixel_values=pixels).predicted_depth

    torch.testing.assert_close(found, 20 * expected.sigmoid(), rtol=1e-4, atol=1e-4)
    # The coarsest level has no finer one to be added to, so that its first unit is published and never used.
    assert torch.equal(before, expected) is ("refinenet4.resConfUnit1" in name)


def test_names_of_a_distributed_training_checkpoint(original: Original, tmp_path: Path) -> None:
    state = {f"module.{name}": tensor.half() for name, tensor in original.state.items()}
    torch.save({"model": state, "epoch": 3}, tmp_path / "latest.pth")
    weights = FAMILY.locate(str(tmp_path / "latest.pth"))
    assert isinstance(weights, Weights)
    model: Any = FAMILY.build(weights, seed=0, **original.sizes.settings)

    last = original.state["depth_head.scratch.output_conv2.2.weight"]
    assert torch.equal(model.head.conv3.weight, last.half().float())
