"""DIODE's validation split: masks, counts, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.diode import locate
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from benchbench.fetch import ARCHIVES
from tests.catalog.datasets.locating import outcomes_of
from tests.depth_folders import colours, diode, steps

located, absent = outcomes_of(locate)


def test_the_settings() -> None:
    found = settings_of(DATASETS["diode"].locate)
    assert {name: parameter.default for name, parameter in found.items()} == {
        "scenes": "both",
        "count": "published",
        "root": "",
    }


def test_masked_and_infinite_depth_is_no_measurement(tmp_path: Path) -> None:
    diode(tmp_path, "indoors", 2)
    samples = located(root=str(tmp_path), scenes="indoors", count=2).open()
    assert [samples[index].id for index in range(2)] == [1, 2]
    assert [samples[index].target["group"].tolist() for index in range(2)] == [[0], [0]]
    sample = samples[1]
    assert np.array_equal(sample.image, colours(1))
    wanted = steps(1) > 0
    wanted[:, 0] = False
    assert np.array_equal(sample.target["valid"], wanted)
    assert np.array_equal(sample.target["depth"], np.where(wanted, steps(1) / 1000, 0).astype(np.float32))


def test_published_counts_by_kind_of_scene(tmp_path: Path) -> None:
    diode(tmp_path, "indoors", 2)
    diode(tmp_path, "outdoor", 1)
    wanted = {"indoors": "has 2 images, the suite wants 325", "outdoor": "has 1 images, the suite wants 446"}
    for scenes, told in {**wanted, "both": "has 3 images, the suite wants 771"}.items():
        assert told in absent(root=str(tmp_path), scenes=scenes).reason
    assert [len(located(root=str(tmp_path), scenes=each, count=None).open()) for each in wanted] == [2, 1]


def test_an_indoor_split_needs_no_setting_but_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diode(tmp_path / "diode", "indoors", 325)
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    assert len(located(scenes="indoors").open()) == 325


@pytest.mark.parametrize("suffix", [".png", "_depth.npy", "_depth_mask.npy"])
def test_a_missing_file_is_named(tmp_path: Path, suffix: str) -> None:
    diode(tmp_path, "outdoor", 2)
    path = tmp_path / "val/outdoor/scene_00019/scan_00183" / f"00019_00183_outdoor_000_001{suffix}"
    path.write_bytes(b"")
    assert path.name in absent(root=str(tmp_path), scenes="outdoor", count=2).reason


def test_nothing_there(tmp_path: Path) -> None:
    told = absent(root=str(tmp_path))
    assert told.reason == f"val/indoors or val/outdoor of DIODE is not below {tmp_path}"
    assert "benchbench fetch diode-val" in told.remedy
    assert "diode-val" in ARCHIVES


def test_pickles_are_refused(tmp_path: Path) -> None:
    diode(tmp_path, "indoors", 1)
    path = tmp_path / "val/indoors/scene_00019/scan_00183/00019_00183_indoors_000_000_depth.npy"
    np.save(path, np.array([[{}]], object), allow_pickle=True)
    with pytest.raises(BadData, match=r"000_depth\.npy cannot be read as a \.npy file"):
        located(root=str(tmp_path), scenes="indoors", count=1).open()[0]


def test_the_fingerprint_follows_mask_and_depth(tmp_path: Path) -> None:
    diode(tmp_path, "indoors", 1)
    marks = [located(root=str(tmp_path), scenes="indoors", count=1).fingerprint]
    for suffix in ("_depth", "_depth_mask"):
        path = tmp_path / f"val/indoors/scene_00019/scan_00183/00019_00183_indoors_000_000{suffix}.npy"
        np.save(path, np.load(path)[::-1])
        marks.append(located(root=str(tmp_path), scenes="indoors", count=1).fingerprint)
    assert len(set(marks)) == 3
