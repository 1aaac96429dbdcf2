"""Images on disk with their instances file, as COCO lays them out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.coco_files import Instances
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample

GLIMPSE = 4096
"""Bytes that are read at either end of an image for the fingerprint."""


class CocoImages:
    """Samples in order of their ids: those `wanted`, or all images of the file, also those without annotations."""

    def __init__(self, folder: Path, instances: Instances, fingerprint: str, wanted: Sequence[int] | None = None):
        self.fingerprint = fingerprint
        self._folder = folder
        self._ids = sorted(instances.images.tolist() if wanted is None else wanted)
        self._files = dict(zip(instances.images.tolist(), instances.names, strict=True))
        self._sizes = dict(zip(instances.images.tolist(), instances.sizes.tolist(), strict=True))
        self._targets = instances.targets()

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: int) -> Sample:
        from benchbench.catalog.contracts import Sample

        image = self._ids[index]
        path = inside(self._folder, self._files[image])
        pixels = decode(path)
        stated = tuple(self._sizes[image])
        if 0 not in stated and stated != pixels.shape[:2]:
            raise BadData(
                f"{path} is {pixels.shape[0]} px high and {pixels.shape[1]} wide, the annotations say {stated}",
                "the boxes would not fit; bring the original image",
            )
        return Sample(image, pixels, self._targets[image])


def decode(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) RGB. Grey and CMYK images are converted as the original DETR converts them.

    An orientation noted in the file (EXIF) is left alone: COCO's boxes are in the coordinates of the stored pixels, and
    the original does not turn images either. Raises BadData naming the file, also for one beyond Pillow's limit.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise Image.DecompressionBombError(f"{image.width}x{image.height} px exceed Pillow's limit")
            return np.array(image.convert("RGB"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadData(f"{path} is refused: {error}", "is this an image of the data set?") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise BadData(f"{path} cannot be decoded: {error}", "remove the file and fetch it again") from error


def inside(folder: Path, name: str) -> Path:
    """The file of this name below the folder. Raises BadData for a name that leads out of it."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise BadData(f"file name '{name}' leads out of {folder}", "the annotations are not to be trusted")
    return folder / parts


def lacking(folder: Path, names: Sequence[str]) -> list[str]:
    """The names whose files are missing or empty; no file is opened."""
    return [name for name in names if not _filled(inside(folder, name))]


def fingerprint(annotations: Path, folder: Path, names: Sequence[str]) -> str:
    """sha256 over the annotations and, of each image, its name, its size and its first and last 4 KiB.

    All bytes of val2017 would be a gigabyte at every run; another image, or the same encoded anew, differs here.
    """
    digest = hashlib.sha256(annotations.read_bytes())
    for name in names:
        with inside(folder, name).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            digest.update(f"\0{name}\0{size}\0".encode() + file.read(GLIMPSE))
            file.seek(max(0, size - GLIMPSE))
            digest.update(file.read(GLIMPSE))
    return digest.hexdigest()


def _filled(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except (OSError, ValueError):
        return False
