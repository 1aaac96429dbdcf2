"""The original evaluation's resizing, normalising and padding."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.families.detr.images import DEVIATION, MEAN, resized
from benchbench.errors import BadData


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((480, 640), (800, 1066)),  # 1066.67 truncated
        ((640, 480), (1066, 800)),
        ((426, 640), (800, 1201)),
        ((375, 500), (800, 1066)),
        ((333, 1000), (444, 1333)),  # bounded by the longer side
        ((1000, 333), (1333, 444)),
        ((600, 600), (800, 800)),
        ((800, 1000), (800, 1000)),
    ],
)
def test_sizes_of_the_original_protocol(before: tuple[int, int], after: tuple[int, int]) -> None:
    assert resized(*before, 800, 1333) == after


@given(st.integers(20, 3000), st.integers(20, 3000))
def test_sides_stay_within_limits_and_transpose(height: int, width: int) -> None:
    found = resized(height, width, 800, 1333)

    assert min(found) <= 800
    # The shorter side is rounded to a whole pixel, and the longer one follows it.
    assert max(found) <= 1333 * (1 + 1 / min(found)) + 1
    assert resized(width, height, 800, 1333) == found[::-1]


def test_pixels_are_resized_as_bytes_and_normalised() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    expected = np.asarray(Image.fromarray(image).resize((80, 60), Image.Resampling.BILINEAR))
    expected = (expected / 255.0 - np.array(MEAN)) / np.array(DEVIATION)

    prepared = FAMILY.prepare(image, shorter=60, longer=100)

    assert prepared.dtype == torch.float32
    assert prepared.is_contiguous()
    np.testing.assert_allclose(prepared.numpy(), expected.transpose(2, 0, 1), atol=1e-5)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8)])
def test_other_arrays_are_refused(image: NDArray[Any]) -> None:
    with pytest.raises(BadData, match="expected an"):
        FAMILY.prepare(image)


def test_batches_are_padded_with_zeros_at_the_bottom_and_right() -> None:
    batch = FAMILY.collate([torch.ones(3, 4, 6), torch.ones(3, 5, 2)])

    assert batch["pixel_values"].shape == (2, 3, 5, 6)
    assert batch["pixel_mask"].sum(dim=(1, 2)).tolist() == [24, 10]
    assert batch["pixel_mask"][1, :, 2:].sum() == 0
    assert torch.equal(batch["pixel_values"][:, 0], batch["pixel_mask"].float())


def test_an_empty_batch_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        FAMILY.collate([])


def test_examples_follow_their_seed() -> None:
    first, again, other = (FAMILY.example(2, 8, 9, seed)["pixel_values"] for seed in (1, 1, 2))

    assert first.shape == (2, 3, 8, 9)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
