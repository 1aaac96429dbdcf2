"""The official labelled file of NYU Depth v2: HDF5 as MATLAB writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_files import PIXELS, target
from benchbench.catalog.formulas.file_marks import glimpse
from benchbench.catalog.formulas.rows import GROUP
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample

LABELLED = "nyu_depth_v2_labeled.mat"
LOOKS = 256
SCENES, LONGEST = "scenes", 200
"""The field of scenes' names: for each image a reference to its letters, as MATLAB keeps a cell array."""
FETCH_ANEW = "is this nyu_depth_v2_labeled.mat, and whole? fetch it again from its owners"


class LabelledImages:
    """Images of the labelled file by their numbers from 1. The file is opened for each one and closed again.

    The official file names the scene of each image ("kitchen_0004"); those of one scene are a group.
    MATLAB stores arrays with the axes reversed: `images` is (n, 3, width, height) and `field` (n, width, height).
    """

    def __init__(self, path: Path, numbers: Sequence[int], field: str, fingerprint: str):
        self.fingerprint = fingerprint
        self._path = path
        self._numbers = tuple(numbers)
        self._field = field
        self._groups = scenes(path)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Sample:
        import h5py

        from benchbench.catalog.contracts import Sample

        number = self._numbers[index]
        try:
            with h5py.File(self._path, "r") as file:
                image, depth = file["images"][number - 1], file[self._field][number - 1]
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise BadData(f"{self._path}: image {number} cannot be read: {error}", FETCH_ANEW) from error
        grouped = {GROUP: np.array([self._groups[number - 1]])} if len(self._groups) >= number else {}
        return Sample(number, image.transpose(2, 1, 0).copy(), {**target(depth.T), **grouped})


def scenes(path: Path) -> NDArray[np.int64]:
    """A number for the scene of each image, in order of the scenes' names; none (0,) of a file that names no scenes.

    Raises BadData for names that cannot be read.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if SCENES not in file:
                return np.zeros(0, np.int64)
            cells = _array(file, path, SCENES)[()].reshape(-1)
            names = [_letters(file[cell]) for cell in cells]
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise BadData(f"{path}: the names of its scenes cannot be read: {error}", FETCH_ANEW) from error
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _letters(cell: Any) -> str:
    """A cell's text. Raises ValueError for what is none, or not in the file itself."""
    import h5py

    if not isinstance(cell, h5py.Dataset) or cell.is_virtual or cell.external or not 0 < cell.size <= LONGEST:
        raise ValueError("a cell of it holds no text")
    return "".join(map(chr, np.asarray(cell).reshape(-1)))


def count_labelled(path: Path, field: str) -> int:
    """How many images the labelled file holds. Raises BadData for a file that is not what it should be."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            images, depths = _array(file, path, "images"), _array(file, path, field)
            _check(path, images, depths, field)
            return int(images.shape[0])
    except (OSError, RuntimeError) as error:
        raise BadData(f"{path} is no HDF5 file that can be read: {error}", FETCH_ANEW) from error


def _array(file: Any, path: Path, name: str) -> Any:
    import h5py

    if name not in file:
        raise BadData(f"{path} holds no '{name}', only {', '.join(sorted(file)[:12]) or 'nothing'}", FETCH_ANEW)
    found = file[name] if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external:
        raise BadData(f"{path}: '{name}' is no array of its own but leads elsewhere", FETCH_ANEW)
    return found


def _check(path: Path, images: Any, depths: Any, field: str) -> None:
    pictures = images.dtype == "uint8" and images.ndim == 4 and images.shape[1] == 3
    if not pictures or depths.dtype.kind != "f" or depths.shape != (images.shape[0], *images.shape[2:]):
        raise BadData(
            f"{path}: 'images' is {images.dtype} {images.shape} and '{field}' {depths.dtype} {depths.shape}, "
            "not uint8 (n, 3, width, height) and float (n, width, height)",
            FETCH_ANEW,
        )
    if not 0 < images.shape[2] * images.shape[3] <= PIXELS:
        raise BadData(f"{path}: images of {images.shape[3]}x{images.shape[2]} px are none", FETCH_ANEW)


def fingerprint_labelled(path: Path, numbers: Sequence[int], field: str) -> str:
    """sha256 over the field, the numbers, and size and 256 blocks of 4 KiB spread over the file's 2.8 GB."""
    digest = hashlib.sha256(f"nyu {field} {sorted(numbers)}".encode())
    digest.update(glimpse(path, LABELLED, LOOKS))
    return digest.hexdigest()
