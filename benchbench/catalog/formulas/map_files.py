"""Maps in one npz file: arrays named `<image id>.<name>`, such as `17.depth`; decoded one image at a time."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData

Kinds = Mapping[str, str]
"""Names of arrays and what they must hold: "number", "whole" or "flag"."""
DTYPES: Mapping[str, str] = {"number": "f", "whole": "iu", "flag": "b"}
LAYOUT = "arrays are named <image id>.<name>, such as 17.depth: numpy.savez('file.npz', **{'17.depth': depth})"


class Maps(Mapping[int, Arrays]):
    """Images' arrays by id, read when asked for. Raises BadData naming file and array."""

    def __init__(self, path: Path, kinds: Kinds, optional: Collection[str] = ()) -> None:
        self._path, self._kinds = path, kinds
        with _opened(path) as file:
            self._names = _by_image(path, file.files, kinds)
        for image, names in self._names.items():
            for missing in [name for name in kinds if name not in names and name not in optional]:
                raise BadData(f"{path}: array '{image}.{missing}' is missing", LAYOUT)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[int]:
        return iter(self._names)

    def __getitem__(self, image: int) -> Arrays:
        # Opened anew each time, so that no file stays open as long as the mapping lives.
        with _opened(self._path) as file:
            return {name: self._array(file, f"{image}.{name}", self._kinds[name]) for name in self._names[image]}

    def _array(self, file: NpzFile, key: str, kind: str) -> NDArray[Any]:
        try:
            array: NDArray[Any] = file[key]
        except Exception as error:  # a header is parsed as Python is, and fails in as many ways
            raise BadData(f"{self._path}: array '{key}' cannot be read: {error}", "is the file whole?") from error
        if array.dtype.kind not in DTYPES[kind]:
            raise BadData(f"{self._path}: array '{key}' holds {array.dtype} where a {kind} is wanted", LAYOUT)
        return array


def same_images(predictions: Maps, targets: Mapping[int, Arrays], path: Path) -> Maps:
    """The predictions, of exactly the images of the targets. Raises BadData naming one too many or few."""
    for image in sorted(set(targets) - set(predictions)):
        raise BadData(f"{path}: no prediction for image {image}", "every image of the targets needs one")
    for image in sorted(set(predictions) - set(targets)):
        raise BadData(f"{path}: image {image} is not among the targets", "are these predictions of other images?")
    return predictions


def _opened(path: Path) -> NpzFile:
    if not zipfile.is_zipfile(path):
        raise BadData(f"{path} is not an npz file", LAYOUT)
    try:
        found = np.load(path, allow_pickle=False)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise BadData(f"{path} cannot be read: {error}", "is the file whole?") from error
    assert isinstance(found, NpzFile)
    return found


def _by_image(path: Path, keys: list[str], kinds: Kinds) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for key in keys:
        image, _, name = key.partition(".")
        if not (image.isascii() and image.isdigit() and str(int(image)) == image and name in kinds):
            raise BadData(f"{path}: array '{key}' is none of {', '.join(f'<id>.{each}' for each in kinds)}", LAYOUT)
        found[int(image)].append(name)
    if not found:
        raise BadData(f"{path} holds no array", LAYOUT)
    return dict(found)
