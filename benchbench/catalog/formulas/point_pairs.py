"""DA-2K: photographs with pairs of points, and which of the two is closer to the camera.

Format: DA-2K.md of github.com/DepthAnything/Depth-Anything-V2. Points are (row, column).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.file_marks import enclosed, glimpse
from benchbench.catalog.formulas.image_files import decode
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample

LONGEST = 2**26
POINTS = ("point1", "point2")


class PointPairs:
    """Samples in the order of the annotations, ids from 1. Raises BadData for points outside of their image."""

    def __init__(self, folder: Path, targets: Mapping[str, Arrays], fingerprint: str):
        self.fingerprint = fingerprint
        self._folder = folder
        self._targets = tuple(targets.items())

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, index: int) -> Sample:
        from benchbench.catalog.contracts import Sample

        number = range(len(self))[index]
        name, target = self._targets[number]
        path = enclosed(self._folder, name)
        image = decode(path)
        _check_within(path, image, target["points"])
        return Sample(number + 1, image, target)


def _check_within(path: Path, image: NDArray[np.uint8], points: NDArray[np.int64]) -> None:
    outside = np.argwhere((points < 0) | (points >= image.shape[:2]))
    if len(outside):
        pair, which, _ = outside[0].tolist()
        raise BadData(
            f"{path} is {image.shape[0]} px high and {image.shape[1]} wide, but {POINTS[which]} of pair {pair + 1} is "
            f"(row, column) {points[pair, which].tolist()}",
            "was the image resized? bring the original",
        )


def read_annotations(path: Path) -> dict[str, Arrays]:
    """By image: `points` (n, 2, 2) int64 (row, column) of two points and `closer` (n,) int64, 0 or 1 of them.

    Raises BadData naming the first image whose annotations are not of this form.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise BadData(f"{path} is too long for the annotations of DA-2K", "is this the file?")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise BadData(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadData(f"{path} is not JSON: {error}", "was the file cut short?") from error
    if not isinstance(document, dict):
        raise BadData(f"{path} holds no object of images at its top", "is this annotations.json of DA-2K?")
    return {name: _target(path, name, entries) for name, entries in document.items()}


def _target(path: Path, name: str, entries: Any) -> Arrays:
    if not isinstance(entries, list) or not entries or not all(_is_pair(entry) for entry in entries):
        raise BadData(
            f"{path}: the annotations of '{name}' are no list of point1, point2 (two whole numbers each) and "
            'closer_point ("point1" or "point2")',
            "bring the original annotations.json",
        )
    return {
        "points": np.array([[entry[point] for point in POINTS] for entry in entries], np.int64),
        "closer": np.array([POINTS.index(entry["closer_point"]) for entry in entries], np.int64),
    }


def _is_pair(entry: Any) -> bool:
    return (
        isinstance(entry, dict) and entry.get("closer_point") in POINTS and all(map(_is_point, map(entry.get, POINTS)))
    )


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(type(each) is int and abs(each) < 2**31 for each in value)
    )


def fingerprint(annotations: Path, folder: Path, names: list[str]) -> str:
    """sha256 over the annotations and of each image its name, size and its first and last 4 KiB."""
    digest = hashlib.sha256(annotations.read_bytes())
    for name in names:
        digest.update(glimpse(enclosed(folder, name), name))
    return digest.hexdigest()
