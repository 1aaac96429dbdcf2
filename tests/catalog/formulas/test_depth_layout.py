"""Pairs of files: what comes out, what is refused, and what the fingerprint sees."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.formulas.depth_files import depth_png
from benchbench.catalog.formulas.depth_layout import DepthPairs, Pair, fingerprint, missing
from benchbench.errors import BadData
from tests.depth_folders import colours, save, steps

PAIR = Pair(7, "a/i.png", ("a/d.png",))
READ = partial(depth_png, per_metre=1000)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    save(tmp_path / "data" / "a" / "i.png", colours(1))
    save(tmp_path / "data" / "a" / "d.png", steps(1))
    return tmp_path / "data"


def samples(home: Path, *pairs: Pair) -> DepthPairs:
    return DepthPairs(home, pairs or (PAIR,), READ, "mark")


def test_image_and_depth_come_as_they_are(home: Path) -> None:
    found = samples(home)
    sample = found[0]
    assert (len(found), found.fingerprint, sample.id) == (1, "mark", 7)
    assert np.array_equal(sample.image, colours(1))
    assert np.allclose(sample.target["depth"], steps(1) / 1000)
    assert np.argwhere(~sample.target["valid"]).tolist() == [[1, 2]]
    with pytest.raises(IndexError):
        found[1]


def test_sizes_that_differ_are_told_with_both_files(home: Path) -> None:
    save(home / "a" / "d.png", steps(1, 5, 9))
    with pytest.raises(
        BadData, match=r"i\.png is 6 px high and 9 wide, its depth map .*d\.png 5 high and 9 wide"
    ) as error:
        samples(home)[0]
    assert "original" in error.value.hint


@pytest.mark.parametrize("name", ["i.png", "d.png"])
@pytest.mark.parametrize("keep", [0, 20, -40])
def test_a_truncated_file_is_named(home: Path, name: str, keep: int) -> None:
    path = home / "a" / name
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadData, match=rf"{name} cannot be decoded"):
        samples(home)[0]


def test_a_link_out_of_the_folder_is_refused(home: Path, tmp_path: Path) -> None:
    save(tmp_path / "elsewhere.png", steps(1))
    (home / "a" / "d.png").unlink()
    (home / "a" / "d.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(BadData, match=r"d\.png is a link to .*elsewhere\.png"):
        samples(home)[0]
    with pytest.raises(BadData, match=r"d\.png is a link to .*elsewhere\.png"):
        fingerprint(home, [PAIR], "")


def test_a_crop_is_taken_of_both(home: Path) -> None:
    found = DepthPairs(home, (PAIR,), READ, "", lambda image, depth: (image[2:], depth[2:]))[0]
    assert np.array_equal(found.image, colours(1)[2:])
    assert np.allclose(found.target["depth"], steps(1)[2:] / 1000)


def test_missing_and_empty_files(home: Path) -> None:
    assert missing(home, [PAIR]) == []
    (home / "a" / "d.png").write_bytes(b"")
    assert missing(home, [PAIR, Pair(8, "b.png", ("a/i.png",))]) == ["a/d.png", "b.png"]


def test_the_fingerprint_sees_reading_ids_names_and_files(home: Path) -> None:
    marks = [fingerprint(home, [PAIR], "x")] * 2
    assert marks[0] == fingerprint(home, [PAIR], "x")
    marks[1] = fingerprint(home, [PAIR], "y")
    marks.append(fingerprint(home, [Pair(8, PAIR.image, PAIR.maps)], "x"))
    for name, pixels in (("i.png", colours(2)), ("d.png", steps(2))):
        save(home / "a" / name, pixels)
        marks.append(fingerprint(home, [PAIR], "x"))
    (home / "a").rename(home / "b")
    marks.append(fingerprint(home, [Pair(7, "b/i.png", ("b/d.png",))], "x"))
    assert len(set(marks)) == len(marks) == 6


def test_the_fingerprint_looks_into_raw_arrays(home: Path) -> None:
    values, marks = np.zeros((64, 1024), np.float32), set()
    for place in (None, slice(20, 30), slice(40, 50)):
        if place is not None:
            values[place] += 1
        np.save(home / "a" / "d.npy", values)
        marks.add(fingerprint(home, [Pair(7, "a/i.png", ("a/d.npy",))], ""))
    assert len(marks) == 3
