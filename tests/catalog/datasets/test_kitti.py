"""The Eigen split: list, layouts, counts and crop."""

from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.kitti import locate
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.catalog.datasets.locating import outcomes_of
from tests.depth_folders import KITTI_LINE, colours, kitti, save, steps

located, absent = outcomes_of(locate)


def test_the_settings() -> None:
    found = settings_of(DATASETS["kitti"].locate)
    assert {name: parameter.default for name, parameter in found.items()} == {
        "crop": "none",
        "files": "",
        "count": "published",
        "root": "",
    }


@pytest.mark.parametrize(
    ("raw", "truth"),
    [
        ("", "data_depth_annotated/"),
        ("raw/", "gts/"),
        ("raw_data/", "data_depth_annotated/val/"),
        ("kitti_raw/", "train/"),
    ],
)
def test_layouts_of_the_field(tmp_path: Path, raw: str, truth: str) -> None:
    kitti(tmp_path, [69, 54], raw=raw, truth=truth)
    samples = located(root=str(tmp_path), count=2).open()
    assert [samples[index].id for index in range(2)] == [1, 3]
    for index, frame in enumerate((69, 54)):
        assert np.array_equal(samples[index].image, colours(frame))
        assert np.array_equal(samples[index].target["depth"], (steps(frame) / np.float32(256)).astype(np.float32))
        assert np.argwhere(~samples[index].target["valid"]).tolist() == [[1, 2]]


def test_another_number_of_images_is_told_with_both_counts(tmp_path: Path) -> None:
    kitti(tmp_path, [69, 54])
    told = absent(root=str(tmp_path))
    assert "lists 2 images with ground truth and 1 without, the suite wants 652" in told.reason
    assert "697" in told.remedy
    assert "kitti.count=2" in told.remedy


def test_652_of_697_need_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kitti(tmp_path / "kitti", range(652))
    with (tmp_path / "kitti" / "eigen_test_files_with_gt.txt").open("a") as file:
        file.writelines(f"{KITTI_LINE.format(frame).split()[0]} None 7\n" for frame in range(1000, 1044))
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    samples = located().open()
    assert len(samples) == 652
    assert samples[651].id == 653


def test_a_list_of_the_users(tmp_path: Path) -> None:
    kitti(tmp_path / "data", [69, 54])
    line = KITTI_LINE.format(54)
    for place in (tmp_path / "mine.txt", tmp_path / "data" / "lists" / "one.txt"):
        place.parent.mkdir(exist_ok=True)
        place.write_text(line)
    for name in (str(tmp_path / "mine.txt"), "lists/one.txt"):
        samples = located(root=str(tmp_path / "data"), files=name, count=1).open()
        assert np.array_equal(samples[0].image, colours(54))
    assert "nothing.txt" in absent(root=str(tmp_path / "data"), files="nothing.txt").reason


def test_missing_files_are_named(tmp_path: Path) -> None:
    kitti(tmp_path, [69, 54])
    image, depth, _ = KITTI_LINE.format(54).split()
    (tmp_path / image).unlink()
    (tmp_path / "data_depth_annotated" / depth).write_bytes(b"")
    told = absent(root=str(tmp_path), count=2)
    assert told.reason == f"2 of 4 files are missing or empty in {tmp_path}: {image}, data_depth_annotated/{depth}"
    assert "cvlibs.net" in told.remedy


def test_no_list_is_absent(tmp_path: Path) -> None:
    told = absent(root=str(tmp_path))
    assert "the list eigen_test_files_with_gt.txt of KITTI's Eigen split is not below" in told.reason
    assert "BENCHBENCH_DATA" in told.remedy


def test_the_crop_is_of_image_and_depth_and_in_the_fingerprint(tmp_path: Path) -> None:
    kitti(tmp_path, [5])
    image, depth, _ = KITTI_LINE.format(5).split()
    save(tmp_path / image, colours(5, 375, 1242))
    save(tmp_path / "data_depth_annotated" / depth, steps(5, 375, 1242))
    whole, cropped = (located(root=str(tmp_path), count=1, crop=crop) for crop in ("none", "benchmark"))
    assert whole.fingerprint != cropped.fingerprint
    sample = cropped.open()[0]
    assert np.array_equal(sample.image, whole.open()[0].image[23:, 13:1229])
    assert np.array_equal(sample.target["depth"], whole.open()[0].target["depth"][23:, 13:1229])


def test_a_link_out_of_the_folder(tmp_path: Path) -> None:
    kitti(tmp_path / "data", [5])
    image = tmp_path / "data" / KITTI_LINE.format(5).split()[0]
    image.rename(tmp_path / "elsewhere.png")
    image.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(BadData, match=r"is a link to .*elsewhere\.png, out of"):
        locate(root=str(tmp_path / "data"), count=1)
