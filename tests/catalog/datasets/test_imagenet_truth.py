"""Truth files and shards of ILSVRC2012 that cannot be trusted."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from benchbench.catalog.datasets.imagenet import locate
from benchbench.catalog.formulas import imagenet_parquet, imagenet_truth
from benchbench.catalog.formulas.imagenet_classes import WNIDS
from benchbench.catalog.formulas.imagenet_truth import read_meta
from benchbench.errors import BadData
from tests.catalog.datasets.test_imagenet import FLAT, absent, devkit, flat, kaggle, located, parquet, truth


def refused(root: Path, told: str) -> None:
    with pytest.raises(BadData, match=told):
        locate(root=str(root), count=6)


def test_pictures_without_truth(tmp_path: Path) -> None:
    flat(tmp_path / "val")
    refused(tmp_path, "6 pictures and nothing tells their classes")


def test_numbers_without_meta(tmp_path: Path) -> None:
    flat(tmp_path / "val")
    truth(tmp_path, [1] * 6)
    refused(tmp_path, "numbers classes as meta.mat of the devkit does")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([1, 2, 3, 4, 5], "tells nothing of image 6, only of 5"),
        ([1, 2, 1001, 4, 5, 6], r"ground_truth.txt:3: '1001' is no class from 1 to 1000"),
        ([1, 2, 0, 4, 5, 6], r":3: '0' is no class"),
        ([1, 2, "cat", 4, 5, 6], r":3: 'cat' is no class"),
        ([WNIDS[0]] * 5 + ["n00000000"], r":6: 'n00000000' is no class"),
    ],
)
def test_truth_that_does_not_fit(tmp_path: Path, lines: list[object], told: str) -> None:
    flat(tmp_path / "val")
    devkit(tmp_path)
    truth(tmp_path, lines)
    refused(tmp_path, told)


@pytest.mark.parametrize(
    ("boxes", "told"),
    [
        ("n00000000 1 2 3 4", "'n00000000' is no class"),
        ("", "'' is no class"),
        (f"{WNIDS[0]} 1 2 3 4 {WNIDS[1]} 1 2 3 4", "boxes of several classes"),
        (f"{WNIDS[0]} 1 2 3 4,more", "no image and its boxes"),
    ],
)
def test_solutions_that_do_not_fit(tmp_path: Path, boxes: str, told: str) -> None:
    flat(tmp_path / "val")
    kaggle(tmp_path, {FLAT.format(1)[:-5]: boxes})
    refused(tmp_path, rf"LOC_val_solution.csv:2: .*{told}" if "several" not in told else told)


def test_one_number_twice(tmp_path: Path) -> None:
    folder = flat(tmp_path / "val", "ILSVRC2012_val_{:08d}_{}.JPEG")
    (folder / f"ILSVRC2012_val_00000002_{WNIDS[9]}.JPEG").write_bytes(b"x")
    refused(tmp_path, "are both image 2")


def test_other_classes_in_meta(tmp_path: Path) -> None:
    devkit(tmp_path, wnids=[*WNIDS[:-1], "n99999999"])
    with pytest.raises(BadData, match=r"meta.mat, class \d+: 'n99999999' is no class"):
        read_meta(tmp_path / "meta.mat")
    devkit(tmp_path, wnids=[*WNIDS[:-1], WNIDS[0]])
    with pytest.raises(BadData, match="tells 999 classes of 1,000"):
        read_meta(tmp_path / "meta.mat")


def bomb(path: Path, size: int) -> None:
    """A MAT-file with one compressed element of so many zeros."""
    packed = zlib.compress(bytes(size))
    path.write_bytes(bytes(126) + b"IM" + struct.pack("<II", 15, len(packed)) + packed)


def test_meta_that_unpacks_too_far_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagenet_truth, "LARGEST", 2**16)
    bomb(tmp_path / "meta.mat", 2**20)
    with pytest.raises(BadData, match="unpacks to more than 65,536 bytes"):
        read_meta(tmp_path / "meta.mat")
    bomb(tmp_path / "meta.mat", 2**10)
    with pytest.raises(BadData, match=r"is no meta.mat of the devkit"):
        read_meta(tmp_path / "meta.mat")


def test_files_too_long_for_truth_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flat(tmp_path / "val")
    truth(tmp_path, [WNIDS[0]] * 6)
    monkeypatch.setattr(imagenet_truth, "LONGEST", 10)
    refused(tmp_path, "longer than 10 bytes")


SHARD = "validation-00000-of-00001.parquet"


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([0, -1], "row 1 of row group 0 has label -1"),
        ([0, 1000], "row 1 of row group 0 has label 1000"),
        ([0, None], "has label None"),
    ],
)
def test_labels_out_of_range(tmp_path: Path, labels: list[int | None], told: str) -> None:
    parquet(tmp_path / SHARD, [1, 2], labels)
    refused(tmp_path, told)


def test_a_name_that_tells_another_class(tmp_path: Path) -> None:
    name = f"ILSVRC2012_val_00000001_{WNIDS[1]}.JPEG"
    parquet(tmp_path / SHARD, [1], [0], image=[{"bytes": b"x", "path": name}])
    refused(tmp_path, rf"label 0 \({WNIDS[0]}\), but is called {name}")
    parquet(tmp_path / SHARD, [1], [1], image=[{"bytes": b"x", "path": name}])
    located(tmp_path, 1)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"image": ["a"]}, "image is string"),
        ({"image": [{"bytes": "text", "path": "p"}]}, "where bytes and a whole number are wanted"),
        ({"label": ["cat"]}, "label string"),
        ({"label": [0.5]}, "label double"),
    ],
)
def test_other_columns(tmp_path: Path, columns: dict[str, Any], told: str) -> None:
    parquet(tmp_path / SHARD, [1], [0], **columns)
    refused(tmp_path, told)


def test_rubbish_and_truncated_shards(tmp_path: Path) -> None:
    (tmp_path / SHARD).write_bytes(b"PAR1 no parquet PAR1")
    refused(tmp_path, f"{SHARD} holds no column image")
    parquet(tmp_path / SHARD, [1, 2], [0, 1])
    (tmp_path / SHARD).write_bytes((tmp_path / SHARD).read_bytes()[:-20])
    refused(tmp_path, f"{SHARD} holds no column image")


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    parquet(tmp_path / "data" / "validation-00001-of-00003.parquet", [1], [0])
    found = absent(tmp_path)
    assert "2 of 3 files are missing" in found.reason
    assert "validation-00000-of-00003.parquet, validation-00002-of-00003.parquet" in found.reason


def test_a_row_group_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet(tmp_path / SHARD, [1, 2], [0, 1])
    monkeypatch.setattr(imagenet_parquet, "LARGEST", 100)
    refused(tmp_path, r"row group 0 unpacks to [\d,]+ bytes")


def test_pictures_in_a_shard_that_are_none(tmp_path: Path) -> None:
    images = [{"bytes": b"no picture", "path": "a"}, {"bytes": None, "path": "b"}, None]
    parquet(tmp_path / SHARD, [1, 2, 3], [0, 1, 2], image=images)
    samples = located(tmp_path, 3).open()
    for at, told in ((0, "image 1 cannot be decoded"), (1, "image 2 has no bytes"), (2, "image 3 has no bytes")):
        with pytest.raises(BadData, match=told):
            samples[at]


def test_a_decompression_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet(tmp_path / SHARD, [1], [0])
    samples = located(tmp_path, 1).open()
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 50)
    with pytest.raises(BadData, match="image 1 is refused"):
        samples[0]
