"""DA-2K as its archive unpacks."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.da2k import locate
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.catalog.datasets.locating import outcomes_of
from tests.depth_folders import colours, save

located, absent = outcomes_of(locate)

PAIR = {"point1": [2, 7], "point2": [5, 0], "closer_point": "point1"}
NAMES = ("images/indoor/b.png", "images/aerial/a.png")


def da2k(folder: Path, names: tuple[str, ...] = NAMES) -> Path:
    for number, name in enumerate(names):
        save(folder / name, colours(number))
    document = {name: [PAIR] * (number + 1) for number, name in enumerate(names)}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder


def test_the_settings() -> None:
    found = settings_of(DATASETS["da2k"].locate)
    assert {name: parameter.default for name, parameter in found.items()} == {"count": "published", "root": ""}


@pytest.mark.parametrize("below", ["", "DA-2K", "da2k", "da2k/DA-2K"])
def test_images_in_the_order_of_the_annotations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    da2k(tmp_path / "data" / below)
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    found = located(count=2)
    samples = found.open()
    assert samples.fingerprint == found.fingerprint
    assert [samples[index].id for index in range(len(samples))] == [1, 2]
    assert np.array_equal(samples[1].image, colours(1))
    assert [len(samples[index].target["closer"]) for index in range(2)] == [1, 2]


def test_counts_and_missing_images(tmp_path: Path) -> None:
    da2k(tmp_path)
    told = absent(root=str(tmp_path))
    assert told.reason == f"{tmp_path / 'annotations.json'} has 2 images, the suite wants 1,035"
    (tmp_path / NAMES[1]).unlink()
    told = absent(root=str(tmp_path), count=2)
    assert told.reason == f"1 of 2 files are missing or empty in {tmp_path}: {NAMES[1]}"
    assert "annotations.json of DA-2K is not below" in absent(root=str(tmp_path / "nowhere")).reason
    (tmp_path / "annotations.json").write_text("{}")
    assert "has 0 images" in absent(root=str(tmp_path), count=None).reason


def test_names_and_links_that_lead_out(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    save(tmp_path / "secret.png", colours(0))
    for name in ("../secret.png", str(tmp_path / "secret.png")):
        (tmp_path / "data" / "annotations.json").write_text(json.dumps({name: [PAIR]}))
        with pytest.raises(BadData, match="leads out of"):
            locate(root=str(tmp_path / "data"), count=1)
    (tmp_path / "data" / "annotations.json").write_text(json.dumps({"x.png": [PAIR]}))
    (tmp_path / "data" / "x.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(BadData, match=r"x\.png is a link to .*secret\.png"):
        locate(root=str(tmp_path / "data"), count=1)


def test_the_fingerprint_follows_annotations_and_images(tmp_path: Path) -> None:
    da2k(tmp_path)
    marks = [located(root=str(tmp_path), count=2).fingerprint]
    save(tmp_path / NAMES[0], colours(9))
    marks.append(located(root=str(tmp_path), count=2).fingerprint)
    (tmp_path / "annotations.json").write_text(json.dumps({name: [PAIR] for name in NAMES}))
    marks.append(located(root=str(tmp_path), count=2).fingerprint)
    assert len(set(marks)) == 3
