"""Pictures of a few samples: small, true to the pixel, and kept through kills."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchbench.catalog.formulas.rows import Arrays
from benchbench.measure.crew import Crew
from benchbench.measure.job import Result
from benchbench.measure.pictures import SIDE, gathered, picture, pictured
from benchbench.measure.reading import Reader
from benchbench.record.arrays import read_arrays
from benchbench.types import Cohort
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, misbehaving, use, work
from tests.measure.toy_catalog import Dots, ToyFamily

KEPT = ["100", "101", "102", "103"]


def large(height: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """An image and a map in which every pixel says where it stands."""
    rows, columns = np.mgrid[:height, :width]
    image = np.stack([rows % 251, columns % 251, rows * 0], axis=2).astype(np.uint8)
    return image, rows * 1000 + columns


def decoded(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data.tobytes())))


@pytest.mark.parametrize("size", [(1000, 700), (33, 700), (700, 2)])
def test_maps_are_sampled_with_their_image_and_keep_their_values(size: tuple[int, int]) -> None:
    image, depth = large(*size)
    parts = picture(image, {"depth": depth, "valid": depth > 0}, {"output": depth})
    height, width = decoded(parts["image"]).shape[:2]
    assert max(height, width) == SIDE
    assert parts["target.depth"].shape == parts["target.valid"].shape == (height, width)
    assert np.array_equal(parts["target.depth"], parts["prediction.output"])
    assert np.isin(parts["target.depth"], depth).all()
    assert parts["target.depth"][0, 0] <= depth[size[0] // height, -1]
    assert parts["size"].tolist() == list(size)


def test_what_is_small_stays_as_it_is_and_what_is_no_map_too() -> None:
    image = np.full((4, 6, 3), (200, 30, 90), np.uint8)
    boxes = np.ones((400, 4), np.float32)
    parts = picture(image, {"boxes": boxes}, {"depth": np.full((4, 6), 2.5, np.float32)})
    assert np.abs(decoded(parts["image"]).astype(int) - image).max() <= 4
    assert parts["target.boxes"] is boxes
    assert parts["prediction.depth"].tolist() == [[2.5] * 6] * 4


def test_values_beyond_half_precision_keep_single() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    far = picture(image, {}, {"output": np.array([[1e5, 1], [2, np.inf]], np.float32)})["prediction.output"]
    near = picture(image, {}, {"output": np.array([[1.5, 1], [2, np.nan]], np.float32)})["prediction.output"]
    assert (far.dtype.itemsize, near.dtype.itemsize) == (4, 2)
    assert np.isnan(near[1, 1])


def test_only_the_first_samples_keep_their_images() -> None:
    reader = Reader(Dots(9), ToyFamily(), {}, 3, pictures=4)
    batches = list(reader.ahead([0, 1, 2]))
    assert [len(batch.images) for batch in batches] == [3, 1, 0]
    guesses: list[Arrays] = [{"guess": np.zeros(1)}] * 3
    chunks: list[Arrays] = [pictured(batch, guesses) for batch in batches]
    assert list(dict.fromkeys(name.split(".")[0] for name in gathered(chunks))) == KEPT


@pytest.mark.integration
def test_every_arm_keeps_pictures_also_one_that_was_killed_on_the_way(tmp_path: Path, crew: Crew) -> None:
    whole = kept(cohort("accuracy", BASE, SMALL, dataset=use("dots", count=9)), tmp_path, crew)
    die = misbehaving("die", after=1, until=str(tmp_path / "died"))
    broken = kept(cohort("accuracy", BASE, SMALL, die, dataset=use("dots", count=9)), tmp_path, crew)
    assert (tmp_path / "died").exists()
    assert set(broken) == {"base", "small", "die"}
    for found in broken.values():
        assert list(dict.fromkeys(name.split(".")[0] for name in found)) == KEPT
        assert decoded(found["101.image"]).shape == (4, 6, 3)
        assert found["102.target.value"].tolist() == pytest.approx([2 / 7])
    assert {name: array.tolist() for name, array in broken["die"].items()} == {
        name: array.tolist() for name, array in whole["base"].items()
    }
    assert whole["base"]["100.prediction.guess"].tolist() != whole["small"]["100.prediction.guess"].tolist()


def kept(cohort: Cohort, folder: Path, crew: Crew) -> dict[str, dict[str, NDArray[Any]]]:
    """The pictures of each variant, read before the journal goes away."""
    return {
        event.trial.variant.name: read_arrays(event.attachments["pictures.npz"])
        for event in measure_toys(cohort, work(folder), crew)
        if isinstance(event, Result)
    }
