"""Rooms as a dataset: a pure function of seed and index, and nothing on the disk."""

from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.rooms import KEPT, locate
from benchbench.catalog.formulas import rooms_drawing
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData


def test_pictures_are_those_of_the_drawing(tmp_path: Path) -> None:
    found = locate(seed=3, count=4)
    samples = found.open()
    assert (len(samples), samples.fingerprint) == (4, found.fingerprint)
    for index in (2, 0, 2):
        sample, room = samples[index], rooms_drawing.draw(3, index)
        assert sample.id == index + 1
        assert np.array_equal(sample.image, room.image)
        assert np.array_equal(sample.target["depth"], room.depth)
        assert sample.target["depth"].dtype == np.float32
        assert sample.target["valid"].all()
    assert samples[-1].id == 4
    with pytest.raises(IndexError):
        samples[4]
    assert not list(tmp_path.iterdir())


def test_what_is_done_to_a_sample_is_not_done_to_the_data() -> None:
    samples = locate(seed=0, count=1).open()
    wanted = samples[0].image.copy(), samples[0].target["depth"].copy()
    samples[0].image[:] = 0
    samples[0].target["depth"][:] = 0
    assert np.array_equal(samples[0].image, wanted[0])
    assert np.array_equal(samples[0].target["depth"], wanted[1])


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    room = rooms_drawing.draw(0, 0)

    def draw(_: int, index: int) -> rooms_drawing.Room:
        drawn.append(index)
        return room

    monkeypatch.setattr(rooms_drawing, "draw", draw)
    samples = locate(seed=0, count=KEPT + 3).open()
    for _ in range(2):
        for index in range(len(samples)):
            samples[index]
    assert len(drawn) == len(samples) + 3
    assert KEPT * (room.image.nbytes + room.depth.nbytes) < 40e6


def test_the_fingerprint_is_of_seed_count_and_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = {locate(seed=seed, count=count).fingerprint for seed in (0, 1) for count in (1, 2)}
    assert len(marks) == 4
    monkeypatch.setattr(rooms_drawing, "VERSION", rooms_drawing.VERSION + 1)
    assert locate(seed=0, count=1).fingerprint not in marks


@pytest.mark.parametrize(("seed", "count"), [(-1, 1), (0, 0)])
def test_what_cannot_be_drawn(seed: int, count: int) -> None:
    with pytest.raises(BadData, match="cannot be drawn"):
        locate(seed=seed, count=count)


def test_the_settings() -> None:
    assert set(settings_of(DATASETS["rooms"].locate)) == {"seed", "count"}
