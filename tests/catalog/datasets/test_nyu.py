"""NYU Depth v2 in each layout that people have, whole and broken."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.nyu import locate
from benchbench.catalog.formulas.nyu_split import TEST
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.catalog.datasets.locating import outcomes_of
from tests.depth_folders import colours, nyu_bts, nyu_colors, nyu_labelled, save, steps
from tests.nyu_files import name_scenes

located, absent = outcomes_of(locate)

FIRST_TESTED = [1, 2, 9, 14, 15]
MAT = "nyu_depth_v2_labeled.mat"


def check(samples: Any, ids: list[int]) -> None:
    assert [samples[index].id for index in range(len(samples))] == ids
    for index, number in enumerate(ids):
        sample = samples[index]
        assert np.array_equal(sample.image, colours(number))
        assert np.array_equal(sample.target["depth"], (steps(number) / np.float32(1000)).astype(np.float32))
        assert np.array_equal(sample.target["valid"], steps(number) > 0)


def test_the_settings() -> None:
    found = settings_of(DATASETS["nyu"].locate)
    assert {name: parameter.default for name, parameter in found.items()} == {
        "split": "test",
        "depth": "raw",
        "count": "published",
        "root": "",
    }


def test_the_labelled_file_is_turned_upright(tmp_path: Path) -> None:
    nyu_labelled(tmp_path / MAT, 15)
    found = located(root=str(tmp_path), count=5)
    check(found.open(), FIRST_TESTED)
    check(located(root=str(tmp_path / MAT), count=None).open(), FIRST_TESTED)
    assert found.open()[0].image.flags.c_contiguous


def test_filled_depth_has_no_holes(tmp_path: Path) -> None:
    nyu_labelled(tmp_path / MAT, 2)
    raw, filled = (located(root=str(tmp_path), count=2, depth=depth) for depth in ("raw", "filled"))
    assert filled.open()[0].target["valid"].all()
    assert filled.open()[0].target["depth"][1, 2] == 5
    assert raw.fingerprint != filled.fingerprint


def test_the_official_count_is_wanted_unless_told(tmp_path: Path) -> None:
    small = nyu_labelled(tmp_path / MAT, 15)
    told = absent(root=str(tmp_path))
    assert told.reason == f"{small} (split test) has 5 images, the suite wants 654"
    assert "dataset.nyu.count=5" in told.remedy
    assert "wants 795" in absent(root=str(tmp_path), split="train").reason
    assert [len(located(root=str(tmp_path), split=split, count=None).open()) for split in ("train", "all")] == [10, 15]


def test_the_whole_file_is_the_official_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a user has it: the variable names the folder, nothing else is set."""
    nyu_labelled(tmp_path / "home" / MAT, 1449)
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "home"))
    samples = located().open()
    assert len(samples) == 654
    assert {samples[index].id for index in range(0, 654, 50)} <= TEST
    assert samples[653].id == 1449
    assert np.array_equal(samples[653].image, colours(1449))
    assert len(located(split="train").open()) == 795
    assert len(located(split="all").open()) == 1449


@pytest.mark.parametrize(
    ("folder", "scene_of"),
    [
        ("", "BTS"),
        ("official_splits/test", "BTS"),
        ("test", "BTS"),
        ("nyu2_test", "colors"),
        ("data/nyu2_test", "colors"),
    ],
)
def test_folders_of_images(tmp_path: Path, folder: str, scene_of: str) -> None:
    make = nyu_bts if scene_of == "BTS" else nyu_colors
    make(tmp_path / "nyu" / folder, FIRST_TESTED)
    samples = located(root=str(tmp_path / "nyu"), count=5).open()
    ids = [samples[index].id for index in range(5)]
    assert sorted(ids) == FIRST_TESTED
    check(samples, ids)


def test_exported_folders_have_positions_for_ids(tmp_path: Path) -> None:
    for number in (3, 7):
        save(tmp_path / "rgb" / f"x{number}.png", colours(number))
        save(tmp_path / "depth" / f"x{number}.png", steps(number))
    samples = located(root=str(tmp_path), count=2).open()
    assert [samples[index].id for index in range(2)] == [1, 2]
    assert np.array_equal(samples[1].image, colours(7))


@pytest.mark.parametrize("below", ["", "nyu"])
def test_the_variable_then_the_cache(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    nyu_bts(cache / "nyu" / "test", FIRST_TESTED)
    assert len(located(count=5).open()) == 5
    nyu_labelled(tmp_path / "home" / below / MAT, 2)
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "home"))
    assert len(located(count=2).open()) == 2
    told = absent(root=str(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in told.reason
    assert str(cache) not in told.reason
    assert "BENCHBENCH_DATA" in told.remedy


def test_images_of_another_split_are_named(tmp_path: Path) -> None:
    nyu_bts(tmp_path, [1, 2, 3])
    with pytest.raises(BadData, match=r"1 of 3 images are not of the split test.*rgb_00002\.png \(image 3 of"):
        locate(root=str(tmp_path), count=3)


def test_a_number_twice_is_named(tmp_path: Path) -> None:
    nyu_bts(tmp_path, [1])
    save(tmp_path / "other" / "rgb_00000.png", colours(1))
    with pytest.raises(BadData, match=r"kitchen/rgb_00000\.png and other/rgb_00000\.png are both image 1"):
        locate(root=str(tmp_path), count=2)


def test_raw_depth_is_not_called_filled(tmp_path: Path) -> None:
    nyu_bts(tmp_path, [1])
    with pytest.raises(BadData, match=r"sync_depth_\*\.png hold raw depth"):
        locate(root=str(tmp_path), count=1, depth="filled")


def test_missing_depth_is_named(tmp_path: Path) -> None:
    nyu_bts(tmp_path, FIRST_TESTED)
    (tmp_path / "bathroom" / "sync_depth_00001.png").unlink()
    told = absent(root=str(tmp_path), count=5)
    assert told.reason == f"1 of 10 files are missing or empty in {tmp_path}: bathroom/sync_depth_00001.png"


@pytest.mark.parametrize(
    ("replaced", "told"),
    [
        ({"rawDepths": None}, r"holds no 'rawDepths', only depths, images, names"),
        ({"images": None}, r"holds no 'images', only depths, names, rawDepths"),
        ({"images": np.zeros((2, 9, 6, 3), np.uint8)}, r"'images' is uint8 \(2, 9, 6, 3\) and 'rawDepths' float32"),
        ({"images": np.zeros((2, 3, 9, 6), np.uint16)}, r"'images' is uint16"),
        ({"rawDepths": np.zeros((2, 6, 9), np.float32)}, r"'rawDepths' float32 \(2, 6, 9\), not uint8 \(n, 3, width"),
        ({"rawDepths": np.zeros((2, 9, 6), np.int32)}, r"'rawDepths' int32"),
        ({"rawDepths": h5py.ExternalLink("/etc/passwd", "x")}, r"holds no 'rawDepths'|leads elsewhere"),
        ({"rawDepths": h5py.SoftLink("/depths")}, r"'rawDepths' is no array of its own but leads elsewhere"),
    ],
)
def test_what_is_not_the_official_file(tmp_path: Path, replaced: dict[str, Any], told: str) -> None:
    nyu_labelled(tmp_path / MAT, 2, **replaced)
    with pytest.raises(BadData, match=told) as error:
        locate(root=str(tmp_path), count=2)
    assert str(tmp_path / MAT) in error.value.what
    assert error.value.hint


def test_arrays_kept_in_another_file_are_refused(tmp_path: Path) -> None:
    nyu_labelled(tmp_path / "other.h5", 2)
    nyu_labelled(tmp_path / MAT, 2, rawDepths=None)
    with h5py.File(tmp_path / MAT, "a") as file:
        layout = h5py.VirtualLayout((2, 9, 6), np.float32)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "rawDepths", (2, 9, 6))
        file.create_virtual_dataset("rawDepths", layout)
    with pytest.raises(BadData, match="leads elsewhere"):
        locate(root=str(tmp_path), count=2)


def test_absurd_sizes_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    nyu_labelled(tmp_path / MAT, 2, images=None, rawDepths=None)
    with h5py.File(tmp_path / MAT, "a") as file:
        side = 2**15
        file.create_dataset("images", (2, 3, side, side), np.uint8, chunks=(1, 1, 64, 64))
        file.create_dataset("rawDepths", (2, side, side), np.float32, chunks=(1, 64, 64))
    with pytest.raises(BadData, match="images of 32768x32768 px are none"):
        locate(root=str(tmp_path), count=2)


@pytest.mark.parametrize("keep", [0, 100, 3000])
def test_a_file_cut_short(tmp_path: Path, keep: int) -> None:
    path = nyu_labelled(tmp_path / MAT, 4)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadData, match=r"labeled\.mat is no HDF5 file that can be read"):
        locate(root=str(tmp_path), count=2)


def test_a_file_that_breaks_after_it_was_found(tmp_path: Path) -> None:
    path = nyu_labelled(tmp_path / MAT, 2)
    samples = located(root=str(tmp_path), count=2).open()
    path.write_bytes(b"gone")
    with pytest.raises(BadData, match=r"labeled\.mat: image 2 cannot be read"):
        samples[1]


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    marks = []
    for replaced in ({}, {"rawDepths": np.full((2, 9, 6), 3, np.float32)}):
        nyu_labelled(tmp_path / MAT, 2, **replaced)
        marks.append(located(root=str(tmp_path), count=2).fingerprint)
    assert marks[0] != marks[1]
    assert marks[1] == located(root=str(tmp_path), count=2).fingerprint


def grouped(samples: Any) -> list[int]:
    return [int(samples[index].target["group"][0]) for index in range(len(samples))]


def test_images_of_one_scene_are_a_group(tmp_path: Path) -> None:
    with h5py.File(nyu_labelled(tmp_path / MAT, 15), "a") as file:
        name_scenes(file, ["den_0001" if number in {2, 14} else "study_0003" for number in range(1, 16)])
    assert grouped(located(root=str(tmp_path), count=5).open()) == [1, 0, 1, 0, 1]


def test_a_file_without_names_of_scenes_has_no_groups(tmp_path: Path) -> None:
    nyu_labelled(tmp_path / MAT, 15)
    assert "group" not in located(root=str(tmp_path), count=5).open()[0].target


def test_names_of_scenes_that_cannot_be_read(tmp_path: Path) -> None:
    with h5py.File(nyu_labelled(tmp_path / MAT, 15), "a") as file:
        name_scenes(file, ["x" * 300] * 15)
    with pytest.raises(BadData, match="the names of its scenes cannot be read"):
        located(root=str(tmp_path), count=5).open()
    with h5py.File(tmp_path / MAT, "a") as file:
        del file["scenes"]
        file["scenes"] = np.zeros((1, 15))
    with pytest.raises(BadData, match="scenes"):
        located(root=str(tmp_path), count=5).open()
