"""Images on disk with their instances file, as COCO lays them out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.catalog.formulas.coco_files import Instances
from benchbench.catalog.formulas.file_marks import filled, glimpse, inside
from benchbench.catalog.formulas.image_files import decode
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample


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


def lacking(folder: Path, names: Sequence[str]) -> list[str]:
    """The names whose files are missing or empty; no file is opened."""
    return [name for name in names if not filled(inside(folder, name))]


def fingerprint(annotations: Path, folder: Path, names: Sequence[str]) -> str:
    """sha256 over the annotations and, of each image, its name, its size and its first and last 4 KiB.

    All bytes of val2017 would be a gigabyte at every run; another image, or the same encoded anew, differs here.
    """
    digest = hashlib.sha256(annotations.read_bytes())
    for name in names:
        digest.update(glimpse(inside(folder, name), name))
    return digest.hexdigest()
