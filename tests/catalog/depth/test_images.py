"""The original's resizing: sizes, pixels, normalising; batches of one size only."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.catalog.depth.images import DEVIATION, MEAN, collate, example, prepare, resized
from benchbench.errors import BadData

Picture = NDArray[np.uint8]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((480, 640), (518, 686)),  # 690.67 / 14 = 49.3
        ((640, 480), (686, 518)),
        ((375, 1242), (518, 1722)),  # 1715.6 / 14 = 122.5: KITTI
        ((518, 518), (518, 518)),
        ((1024, 768), (686, 518)),
        ((100, 100), (518, 518)),
        ((518, 525), (518, 532)),  # 37.5 rounds to the even 38
        ((518, 539), (518, 532)),  # 38.5 too
    ],
)
def test_sizes_of_the_original_protocol(before: tuple[int, int], after: tuple[int, int]) -> None:
    assert resized(*before, 518) == after


@given(st.integers(20, 3000), st.integers(20, 3000), st.integers(60, 700))
def test_no_side_is_too_short_and_each_a_multiple(height: int, width: int, shorter: int) -> None:
    found = resized(height, width, shorter)

    assert all(side % 14 == 0 and side >= shorter for side in found)
    assert min(found) < shorter + 14
    assert resized(width, height, shorter) == found[::-1]
    assert abs(max(found) - shorter * max(height, width) / min(height, width)) <= 14


def cubic(image: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Rows resized by Keys' cubic convolution with a = -0.75, pixel centres at halves, edges repeated."""
    count = len(image)
    found = np.zeros((size, *image.shape[1:]))
    for row in range(size):
        place = (row + 0.5) * count / size - 0.5
        for source in range(math.floor(place) - 1, math.floor(place) + 3):
            found[row] += keys(place - source) * image[min(max(source, 0), count - 1)]
    return found


def keys(x: float, a: float = -0.75) -> float:
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


@pytest.mark.parametrize(("height", "width"), [(30, 40), (60, 45), (28, 99)])
def test_pixels_are_resized_bicubically_without_antialiasing_and_normalised(height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    rows, columns = resized(height, width, 42)
    expected = cubic(cubic(image / 255.0, rows).swapaxes(0, 1), columns).swapaxes(0, 1)
    expected = (expected - np.array(MEAN)) / np.array(DEVIATION)

    prepared = prepare(image, shorter=42)

    assert prepared.dtype == torch.float32
    np.testing.assert_allclose(prepared.numpy(), expected.transpose(2, 0, 1), atol=1e-4)


def test_an_image_of_the_right_size_is_left_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 256, (98, 98, 3), np.uint8)
    prepared = prepare(image[:, ::-1], shorter=98)

    expected = (image[:, ::-1] / 255.0 - np.array(MEAN)) / np.array(DEVIATION)
    np.testing.assert_allclose(prepared.numpy(), expected.transpose(2, 0, 1), atol=1e-5)
    assert prepared.is_contiguous()


def test_another_multiple_can_be_asked_for() -> None:
    assert prepare(np.zeros((30, 47, 3), np.uint8), shorter=64, multiple=16).shape == (3, 64, 96)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8)])
def test_other_arrays_are_refused(image: NDArray[Any]) -> None:
    with pytest.raises(BadData, match="expected an"):
        prepare(image)


def test_images_of_one_size_make_a_batch_and_others_do_not() -> None:
    batch = collate([torch.ones(3, 14, 28), torch.zeros(3, 14, 28)])

    assert set(batch) == {"pixel_values"}
    assert batch["pixel_values"].mean(dim=(1, 2, 3)).tolist() == [1, 0]
    with pytest.raises(BadData, match="14x28, 28x14") as caught:
        collate([torch.ones(3, 14, 28), torch.ones(3, 28, 14)])
    assert "batch: 1" in caught.value.hint
    with pytest.raises(ValueError, match="at least one"):
        collate([])


def test_examples_follow_their_seed() -> None:
    first, again, other = (example(2, 14, 28, seed)["pixel_values"] for seed in (1, 1, 2))

    assert first.shape == (2, 3, 14, 28)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
