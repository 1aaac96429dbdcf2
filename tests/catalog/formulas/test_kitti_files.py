"""Lists of the Eigen split: every form the field uses, and no way out of the data."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog.formulas.kitti_files import LONGEST, benchmark_crop, pairs, read_list
from benchbench.errors import BadData
from tests.depth_folders import KITTI_LINE, colours

IMAGE, DEPTH, _ = KITTI_LINE.format(69).split()


def listed(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "line",
    [
        f"{IMAGE} {DEPTH} 721.5377",
        f"{IMAGE} {DEPTH}",
        f"/mnt/bn/x/Kitti/raw_data/{IMAGE} /mnt/bn/x/Kitti/data_depth_annotated/val/{DEPTH}",
        f"/{IMAGE}\t/{DEPTH} 1\r",
    ],
)
def test_forms_of_the_field(tmp_path: Path, line: str) -> None:
    """BTS and ZoeDepth write "rgb depth focal" below the data; Depth Anything V2 writes its own absolute paths."""
    found, without = read_list(listed(tmp_path / "list", f"{IMAGE} None 7\n\n{line}\n"))
    assert [(each.line, each.image, each.depth) for each in found] == [(3, IMAGE, DEPTH)]
    assert found[0].drive == "2011_09_26_drive_0002_sync"
    assert without == 1


@pytest.mark.parametrize(
    "line",
    [
        IMAGE,
        "l 0 1",
        f"{DEPTH} {IMAGE}",
        f"{IMAGE.replace('2011_09_26/', '2011_09_27/', 1)} {DEPTH}",
        f"{IMAGE} ../{DEPTH}/../../secret.png",
        f"{IMAGE}/../secret.png {DEPTH}",
        f"../../etc/passwd {DEPTH}",
        f"{IMAGE.replace('0000000069', '٠٠٠٠٠٠٠٠٦٩')} {DEPTH}",
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadData, match=r"list:2: '.*' is not of the form") as error:
        read_list(listed(tmp_path / "list", f"{IMAGE} {DEPTH} 1\n{line}\n"))
    assert "eigen_test_files_with_gt.txt" in error.value.hint


def test_image_and_depth_of_different_frames(tmp_path: Path) -> None:
    other = DEPTH.replace("69", "70")
    with pytest.raises(BadData, match=r"list:1: image and depth are of different frames"):
        read_list(listed(tmp_path / "list", f"{IMAGE} {other} 1\n"))


def test_no_list_at_all(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\xff\xfe")
    with pytest.raises(BadData, match="list cannot be read"):
        read_list(tmp_path / "list")
    with (tmp_path / "list").open("wb") as file:
        file.truncate(LONGEST + 1)
    with pytest.raises(BadData, match="list is too long"):
        read_list(tmp_path / "list")


words = st.lists(
    st.sampled_from([*re.split(r"(/|\.|_)", IMAGE), *re.split(r"(/)", DEPTH), "..", "None", " ", "\\", "~", "\0"]),
    max_size=30,
).map("".join)


@given(st.lists(st.one_of(words, st.just(f"{IMAGE} {DEPTH}"), st.text(max_size=20)), max_size=4))
def test_no_list_leads_out_of_the_folder(lines: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
        home = Path(folder) / "data"
        with suppress(BadData):
            for pair in pairs(home, read_list(path)[0]):
                for name in pair.names:
                    assert (home / name).resolve().is_relative_to(home.resolve())


def test_the_benchmarks_crop_is_at_the_bottom_in_the_middle() -> None:
    image = colours(0, 375, 1242)
    depth = image[..., 0].astype(np.float32)
    cropped, metres = benchmark_crop(image, depth)
    assert np.array_equal(cropped, image[23:375, 13:1229])
    assert np.array_equal(metres, depth[23:375, 13:1229])
    with pytest.raises(BadData, match=r"192x640 px is smaller than KITTI's crop of 352x1216"):
        benchmark_crop(image[:192, :640], depth[:192, :640])
