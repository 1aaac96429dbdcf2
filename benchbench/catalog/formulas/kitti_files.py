"""KITTI's Eigen list: lines "image depth focal", as BTS, ZoeDepth and Depth Anything V2 keep them.

Of a line only date, drive, camera and frame are taken, so that no list can name a file outside the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_files import Floats
from benchbench.catalog.formulas.depth_layout import Pair
from benchbench.catalog.formulas.file_marks import filled
from benchbench.errors import BadData

LONGEST = 2**24
"""Bytes of a list; the longest known has 23,158 lines and 4 MB."""
IMAGE = re.compile(
    r"(?:.*/)?(?P<date>[0-9]{4}_[0-9]{2}_[0-9]{2})/(?P<drive>(?P=date)_drive_[0-9]{4}_sync)"
    r"/image_(?P<camera>0[23])/data/(?P<frame>[0-9]{10})\.(?P<kind>png|jpg)"
)
DEPTH = re.compile(
    r"(?:.*/)?(?P<drive>[0-9]{4}_[0-9]{2}_[0-9]{2}_drive_[0-9]{4}_sync)/proj_depth/groundtruth"
    r"/image_(?P<camera>0[23])/(?P<frame>[0-9]{10})\.png"
)
IMAGES = ("", "raw/", "raw_data/", "kitti_raw/")
DEPTHS = (
    *("data_depth_annotated/", "data_depth_annotated/val/", "data_depth_annotated/train/"),
    *("", "gts/", "val/", "train/"),
)
"""Where images and depth maps are kept below a dataset's folder."""
HEIGHT, WIDTH = 352, 1216


@dataclass(frozen=True)
class Listed:
    """A line of the list with ground truth: its number from 1, image and depth below their own folders, its drive."""

    line: int
    image: str
    depth: str
    drive: str


def read_list(path: Path) -> tuple[list[Listed], int]:
    """Lines that have ground truth, and how many have none ("None"). Raises BadData naming the first bad line."""
    try:
        if path.stat().st_size > LONGEST:
            raise BadData(f"{path} is too long for a list of files", "is this the list?")
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path} cannot be read: {error}", "is this the list?") from error
    told = [(number, words) for number, words in enumerate(lines, 1) if words]
    listed = [_listed(path, number, words) for number, words in told if words[1:2] != ["None"]]
    return listed, len(told) - len(listed)


def _listed(path: Path, line: int, words: list[str]) -> Listed:
    image = IMAGE.fullmatch(words[0])
    depth = DEPTH.fullmatch(words[1]) if len(words) > 1 else None
    if image is None or depth is None:
        raise BadData(
            f"{path}:{line}: '{' '.join(words)[:200]}' is not of the form "
            "<date>/<drive>_sync/image_02/data/<frame>.png <drive>_sync/proj_depth/groundtruth/image_02/<frame>.png",
            "the list with ground truth is meant: eigen_test_files_with_gt.txt of BTS or ZoeDepth",
        )
    if any(image[part] != depth[part] for part in ("drive", "camera", "frame")):
        raise BadData(f"{path}:{line}: image and depth are of different frames", "is the list whole?")
    drive, camera, frame = image["drive"], image["camera"], image["frame"]
    return Listed(
        line,
        f"{image['date']}/{drive}/image_{camera}/data/{frame}.{image['kind']}",
        f"{drive}/proj_depth/groundtruth/image_{camera}/{frame}.png",
        drive,
    )


def pairs(folder: Path, listed: Iterable[Listed]) -> list[Pair]:
    """Each line's files where they lie below the folder, or where they were looked for first. Ids are line numbers."""
    return [
        Pair(each.line, _first(folder, IMAGES, each.image), (_first(folder, DEPTHS, each.depth),), each.drive)
        for each in listed
    ]


def _first(folder: Path, places: tuple[str, ...], name: str) -> str:
    return next((place + name for place in places if filled(folder / place / name)), places[0] + name)


def benchmark_crop(image: NDArray[np.uint8], depth: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """The 352x1216 at the bottom, in the middle: what KITTI's depth benchmark and `do_kb_crop` of BTS keep."""
    top, left = image.shape[0] - HEIGHT, (image.shape[1] - WIDTH) // 2
    if top < 0 or left < 0:
        raise BadData(
            f"an image of {image.shape[0]}x{image.shape[1]} px is smaller than KITTI's crop of {HEIGHT}x{WIDTH}",
            "these are not KITTI's images, or they were resized; or set crop: none",
        )
    rows, columns = slice(top, top + HEIGHT), slice(left, left + WIDTH)
    return image[rows, columns].copy(), depth[rows, columns].copy()
