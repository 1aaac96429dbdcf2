"""Preparing images: the evaluations of the originals, against Pillow and by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.families.vit.images import resized
from benchbench.errors import BadData

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
DEIT: dict[str, Any] = {
    "shorter": 256,
    "crop": 224,
    "resizer": "bicubic",
    "antialias": True,
    "mean": MEAN,
    "std": STD,
}


def drawn(height: int, width: int) -> NDArray[np.uint8]:
    """Smooth, so that resizers differ by rounding alone."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [np.sin(rows / 17 + phase) * np.cos(columns / 23 - phase) for phase in (0, 1, 2)]
    return (127.5 * (1 + np.stack(waves, axis=-1))).astype(np.uint8)


def test_grey_values_become_minus_one_to_one() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[0, 0] = 255
    found = FAMILY.prepare(image, side=4)
    assert found[:, 0, 0].tolist() == [1.0] * 3
    assert found[:, 1, 1].tolist() == [-1.0] * 3


def test_a_square_is_made_without_regard_to_the_aspect() -> None:
    assert FAMILY.prepare(drawn(30, 50)).shape == (3, 384, 384)
    assert FAMILY.prepare(drawn(30, 50), side=64).shape == (3, 64, 64)


def test_an_image_of_the_right_size_is_not_resized() -> None:
    image = drawn(64, 64)
    expected = torch.from_numpy(image).permute(2, 0, 1) / 127.5 - 1
    torch.testing.assert_close(FAMILY.prepare(image, side=64, antialias=True), expected)


def test_the_default_samples_without_smoothing() -> None:
    """tf.image.resize of half the side takes the mean of 2 x 2 pixels, of a quarter that of the middle 2 x 2."""
    image = drawn(32, 32)
    quarter = image.reshape(8, 4, 8, 4, 3)[:, 1:3, :, 1:3].mean(axis=(1, 3)) / 127.5 - 1
    found = FAMILY.prepare(image, side=8).permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found, quarter, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(300, 420), (500, 333), (256, 256)])
def test_deit_s_protocol_is_pillow_s(height: int, width: int) -> None:
    image = drawn(height, width)
    size = resized(height, width, None, 256)
    assert min(size) == 256
    pillow = np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BICUBIC)) / 255
    top, left = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    expected = (pillow[top : top + 224, left : left + 224] - MEAN) / STD
    found = FAMILY.prepare(image, **DEIT).permute(1, 2, 0).numpy()
    assert found.shape == (224, 224, 3)
    assert np.abs(found - expected).max() < 1.5 / 255 / min(STD)


@given(st.integers(1, 900), st.integers(1, 900), st.integers(1, 500))
def test_the_shorter_side_is_exact_and_the_longer_one_truncated(height: int, width: int, shorter: int) -> None:
    rows, columns = resized(height, width, None, shorter)
    assert min(rows, columns) == shorter
    assert max(rows, columns) == int(shorter * max(height, width) / min(height, width))
    assert (rows <= columns) == (height <= width) or rows == columns


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"side": 64, "shorter": 64}, "side 64 and shorter 64 cannot both be meant"),
        ({"side": 64, "crop": 65}, "no 65 x 65 pixels can be cut from 64 x 64"),
    ],
)
def test_settings_that_contradict_each_other(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BadData, match=words):
        FAMILY.prepare(drawn(70, 80), **settings)


@pytest.mark.parametrize("image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32)])
def test_what_is_no_image_is_refused(image: Any) -> None:
    with pytest.raises(BadData, match="expected an"):
        FAMILY.prepare(image)


def test_a_batch_is_stacked() -> None:
    batch = FAMILY.collate([FAMILY.prepare(drawn(20, 30), side=16)] * 2)
    assert batch["pixel_values"].shape == (2, 3, 16, 16)
    assert FAMILY.example(2, 16, 24, 0)["pixel_values"].shape == (2, 3, 16, 24)
