"""Files of maps: what a careful reader refuses, by file and array."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench.catalog.formulas.map_files import Maps, same_images
from benchbench.errors import BadData

KINDS = {"depth": "number", "valid": "flag"}
DEPTH, VALID = np.ones((2, 3), np.float32), np.ones((2, 3), np.bool_)


def saved(path: Path, **arrays: Any) -> Path:
    """Names are written with an underscore in place of the dot."""
    np.savez(path, **{name.strip("_").replace("_", "."): array for name, array in arrays.items()})
    return path


def test_images_are_read_when_asked_for(tmp_path: Path) -> None:
    found = Maps(saved(tmp_path / "a.npz", _7_depth=DEPTH, _7_valid=VALID, _12_depth=DEPTH * 2), KINDS, {"valid"})
    assert list(found) == [7, 12]
    assert len(found) == 2
    assert set(found[7]) == {"depth", "valid"}
    assert found[12]["depth"].tolist() == [[2, 2, 2], [2, 2, 2]]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"_7_depth": DEPTH}, "array '7.valid' is missing"),
        ({"depth": DEPTH}, "array 'depth' is none of <id>.depth, <id>.valid"),
        ({"_07_depth": DEPTH}, "array '07.depth' is none of"),
        ({"_7_depht": DEPTH}, "array '7.depht' is none of"),
        ({}, "holds no array"),
    ],
)
def test_arrays_that_are_not_as_they_should_be(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    path = saved(tmp_path / "a.npz", **arrays)
    with pytest.raises(BadData, match=words) as caught:
        Maps(path, KINDS)
    assert str(path) in caught.value.what


@pytest.mark.parametrize(
    ("depth", "words"),
    [
        (np.ones((2, 2), np.uint16), "holds uint16 where a number is wanted"),
        (np.array([{}], object), "cannot be read: Object arrays cannot be loaded"),
    ],
)
def test_an_array_of_another_kind_or_with_code_in_it(tmp_path: Path, depth: Any, words: str) -> None:
    found = Maps(saved(tmp_path / "a.npz", _7_depth=depth, _7_valid=VALID), KINDS)
    with pytest.raises(BadData, match=rf"a\.npz: array '7\.depth' {words}"):
        found[7]


def test_an_array_whose_header_is_no_python(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("7.depth.npy", b"\x93NUMPY\x01\x00\x05\x00[[[[[" + bytes(8))
    with pytest.raises(BadData, match=r"array '7\.depth' cannot be read"):
        Maps(tmp_path / "a.npz", {"depth": "number"})[7]


def test_files_that_are_none(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", DEPTH)
    (tmp_path / "a.txt").write_text("depth", encoding="utf-8")
    for name in ("a.npy", "a.txt"):
        with pytest.raises(BadData, match=f"{name} is not an npz file"):
            Maps(tmp_path / name, KINDS)


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", _7_depth=np.ones((50, 50), np.float32))
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + b"\0" * 9000 + whole[9200:])
    with pytest.raises(BadData, match=r"array '7\.depth' cannot be read"):
        Maps(path, {"depth": "number"})[7]


def test_predictions_are_of_the_same_images(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    made = Maps(saved(path, _1_output=DEPTH, _2_output=DEPTH), {"output": "number"})
    assert same_images(made, {1: {}, 2: {}}, path) is made
    with pytest.raises(BadData, match=r"p\.npz: no prediction for image 3"):
        same_images(made, {1: {}, 2: {}, 3: {}}, path)
    with pytest.raises(BadData, match=r"p\.npz: image 1 is not among the targets"):
        same_images(made, {2: {}}, path)
