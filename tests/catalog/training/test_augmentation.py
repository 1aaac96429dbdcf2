"""Mirrors are their own inverse and keep what is labelled with its pixels; strong changes move no pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from benchbench.catalog.contracts import Sample
from benchbench.catalog.training.augmentation import _blur, mirrored, perturbed
from benchbench.errors import CannotTrain
from tests.catalog.training.world import Rooms


def boxed() -> Sample:
    image = np.zeros((6, 10, 3), np.uint8)
    image[1:4, 2:5] = 200
    return Sample(1, image, {"boxes": np.array([[2.0, 1.0, 3.0, 3.0]]), "categories": np.array([7])})


def test_a_box_stays_around_its_thing() -> None:
    turned = mirrored(boxed(), "detection")
    x, y, width, height = turned.target["boxes"][0].astype(int)
    assert (turned.image[y : y + height, x : x + width] == 200).all()
    assert (turned.image == 200).sum() == 3 * 9
    assert turned.target["categories"].tolist() == [7]


def test_twice_mirrored_is_as_before() -> None:
    for sample, task in ((boxed(), "detection"), (Rooms()[0], "depth")):
        back = mirrored(mirrored(sample, task), task)  # type: ignore[arg-type]
        assert np.array_equal(back.image, sample.image)
        assert all(np.array_equal(back.target[name], sample.target[name]) for name in sample.target)


def test_an_image_without_boxes_is_mirrored_too() -> None:
    empty = Sample(1, boxed().image, {"boxes": np.zeros((0, 4))})
    assert mirrored(empty, "detection").target["boxes"].shape == (0, 4)


def test_points_are_no_map_that_could_be_mirrored() -> None:
    pair = Sample(1, np.zeros((6, 10, 3), np.uint8), {"points": np.zeros((3, 2, 2), np.int64)})
    with pytest.raises(CannotTrain, match="'points' of shape"):
        mirrored(pair, "depth")


def test_colours_change_and_edges_stay_where_they_are() -> None:
    image: NDArray[np.uint8] = np.zeros((40, 60, 3), np.uint8)
    image[:, 30:] = (90, 140, 60)
    changed = [perturbed(image, np.random.default_rng(seed)) for seed in range(40)]
    assert len({each.tobytes() for each in changed}) == 40
    for each in changed:
        assert each.dtype == np.uint8
        assert each.shape == image.shape
        steps = np.abs(np.diff(each.astype(int).sum(2), axis=1)).sum(0)
        assert 28 <= int(np.argmax(steps)) <= 30
    grey = sum(bool((each[..., 0] == each[..., 1]).all()) for each in changed)
    assert 2 <= grey <= 16


@pytest.mark.parametrize("deviation", [0.3, 1.0, 2.4])
def test_the_blur_is_a_gaussian(deviation: float) -> None:
    image = np.random.default_rng(0).random((12, 15, 3)).astype(np.float32)
    wanted = image.astype(np.float64)
    for axis in (0, 1):
        radius = max(1, round(3 * deviation))
        wanted = gaussian_filter1d(wanted, deviation, axis=axis, mode="nearest", radius=radius)
    np.testing.assert_allclose(_blur(image, deviation), wanted, atol=1e-5)
