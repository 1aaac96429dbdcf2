"""Images on disk with their depth maps, file beside file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_files import Floats, target
from benchbench.catalog.formulas.file_marks import enclosed, filled, glimpse, inside
from benchbench.catalog.formulas.image_files import decode
from benchbench.catalog.formulas.rows import GROUP
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample

Crop = Callable[[NDArray[np.uint8], Floats], tuple[NDArray[np.uint8], Floats]]
RAW_LOOKS = 8
"""Looks into an uncompressed array for the fingerprint."""


@dataclass(frozen=True)
class Pair:
    """An image and the files its depth is made of, as names below the dataset's folder.

    `group` names the drive or scene that it shares with others; "" where that is not known.
    """

    id: int
    image: str
    maps: tuple[str, ...]
    group: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.image, *self.maps)


class DepthPairs:
    """Samples in the order of `pairs`. `read(*files)` gives (H, W) metres, 0 or not finite where nothing was measured.

    Getting one raises BadData naming the file that cannot be read, or both where image and depth differ in size.
    """

    def __init__(
        self,
        folder: Path,
        pairs: Sequence[Pair],
        read: Callable[..., Floats],
        fingerprint: str,
        crop: Crop | None = None,
    ):
        self.fingerprint = fingerprint
        self._folder = folder
        self._pairs = tuple(pairs)
        self._groups = numbered(pair.group for pair in pairs)
        self._read = read
        self._crop = crop

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> Sample:
        from benchbench.catalog.contracts import Sample

        pair = self._pairs[index]
        file, *maps = (enclosed(self._folder, name) for name in pair.names)
        image, depth = decode(file), self._read(*maps)
        if image.shape[:2] != depth.shape:
            raise BadData(
                f"{file} is {image.shape[0]} px high and {image.shape[1]} wide, "
                f"its depth map {maps[0]} {depth.shape[0]} high and {depth.shape[1]} wide",
                "they are not of the same picture, or one was resized; bring the original files",
            )
        if self._crop is not None:
            image, depth = self._crop(image, depth)
        grouped = {GROUP: np.array([self._groups[pair.group]])} if pair.group else {}
        return Sample(pair.id, image, {**target(depth), **grouped})


def numbered(groups: Iterable[str]) -> dict[str, int]:
    """A number for each group, in order of their names."""
    return {group: number for number, group in enumerate(sorted(set(groups)))}


def missing(folder: Path, pairs: Sequence[Pair]) -> list[str]:
    """The names whose files are missing or empty; no file is opened."""
    return [name for pair in pairs for name in pair.names if not filled(inside(folder, name))]


def fingerprint(folder: Path, pairs: Sequence[Pair], reading: str) -> str:
    """sha256 over `reading` (how the files become depth) and of each pair its id and a glimpse of each file.

    A glimpse is name, size, and the first and last 4 KiB, of a .npy also six blocks between: all bytes would be
    gigabytes at every run. Raises BadData for a file that a link leads out of the folder.
    """
    digest = hashlib.sha256(reading.encode())
    for pair in pairs:
        digest.update(f"\0{pair.id}".encode())
        for name in pair.names:
            looks = RAW_LOOKS if name.endswith(".npy") else 2
            digest.update(glimpse(enclosed(folder, name), name, looks))
    return digest.hexdigest()
