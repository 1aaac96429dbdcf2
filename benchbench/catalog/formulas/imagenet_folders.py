"""ILSVRC2012 in folders, as people have it: a folder for each class, or all pictures of a split in one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchbench.catalog.formulas.file_marks import enclosed, filled, glimpse
from benchbench.catalog.formulas.image_files import decode
from benchbench.catalog.formulas.imagenet_classes import INDEX, WNIDS, target
from benchbench.catalog.formulas.imagenet_truth import DEVKIT, KAGGLE, WNID, class_index, find_truth
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample

FOLDERS = ("{split}", "ILSVRC2012_img_{split}", "ILSVRC/Data/CLS-LOC/{split}", "Data/CLS-LOC/{split}", "")
"""Where a split is looked for below the dataset's folder."""
NUMBERED = re.compile(r"ILSVRC2012_[a-z]+_(?P<number>[0-9]{8})(_(?P<wnid>n[0-9]{8}))?\.JPEG", re.IGNORECASE)
ENDINGS = frozenset({".jpeg", ".jpg", ".png"})
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""First bytes of JPEG and PNG; a few of ImageNet's .JPEG files are PNG."""


@dataclass(frozen=True)
class Picture:
    """A file by its name below the split's folder, and the index of its class."""

    id: int
    name: str
    label: int


class Pictures:
    """Samples in the order of `pictures`, see `target`. Raises BadData naming the file that cannot be read."""

    classes = WNIDS

    def __init__(self, folder: Path, pictures: Sequence[Picture], fingerprint: str):
        self.fingerprint = fingerprint
        self._folder = folder
        self._pictures = tuple(pictures)

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> Sample:
        from benchbench.catalog.contracts import Sample

        picture = self._pictures[index]
        return Sample(picture.id, decode(_path(self._folder, picture.name)), target(picture.label))


def split_folder(place: Path, split: str, *, loose: bool = False) -> Path | None:
    """The folder of a split: it holds folders named as wnids, or pictures named as ILSVRC2012 names them.

    `loose`: folders of any name below one of the split's are taken for classes, so that what is wrong can be told.
    """
    candidates = [place / below.format(split=split) for below in (FOLDERS[:-1] if loose else FOLDERS)]
    return next((folder for folder in candidates if folder.is_dir() and _holds(folder, loose=loose)), None)


def _holds(folder: Path, *, loose: bool) -> bool:
    for entry in folder.iterdir():
        if NUMBERED.fullmatch(entry.name) and entry.is_file():
            return True
        if not entry.name.startswith(".") and (loose or WNID.fullmatch(entry.name)) and entry.is_dir():
            return True
    return False


def find_pictures(place: Path, folder: Path) -> tuple[list[Picture], list[str]]:
    """Every picture of a split's folder in order of their ids, and the names of class folders that hold none.

    Raises BadData for a folder that is no class, and for pictures of no known class.
    """
    classes = sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    if classes:
        return _by_folder(folder, classes)
    found = {picture.id: picture for picture in _flat(place, folder)}
    return [found[id] for id in sorted(found)], []


def _by_folder(folder: Path, classes: Sequence[str]) -> tuple[list[Picture], list[str]]:
    unknown = [name for name in classes if name not in INDEX]
    if unknown:
        also = f" ({len(unknown)} such folders)" if len(unknown) > 1 else ""
        class_index(unknown[0], f"{folder / unknown[0]}{also}")
    names = {name: _images(enclosed(folder, name)) for name in classes}
    found = [(f"{wnid}/{name}", INDEX[wnid]) for wnid, inside in names.items() for name in inside]
    numbers = [NUMBERED.fullmatch(name.rpartition("/")[2]) for name, _ in found]
    ids = [int(match["number"]) for match in numbers if match]
    if len(set(ids)) < len(found):
        ids = list(range(1, len(found) + 1))
    pictures = [Picture(id, name, label) for id, (name, label) in zip(ids, found, strict=True)]
    return sorted(pictures, key=lambda picture: picture.id), [name for name in classes if not names[name]]


def _images(folder: Path) -> list[str]:
    return sorted(
        each.name for each in folder.iterdir() if each.suffix.lower() in ENDINGS and not each.name.startswith(".")
    )


def _flat(place: Path, folder: Path) -> Iterator[Picture]:
    """The class is in the name, or in a truth file."""
    matches = [match for name in _images(folder) if (match := NUMBERED.fullmatch(name))]
    truth = None if all(match["wnid"] for match in matches) else find_truth(place, folder, folder.parent)
    seen: dict[int, str] = {}
    for match in matches:
        number = int(match["number"])
        wnid = match["wnid"] or (truth(number) if truth else "")
        if not wnid:
            raise BadData(
                f"{folder} holds {len(matches):,} pictures and nothing tells their classes",
                f"put {DEVKIT} and meta.mat of the devkit, or {KAGGLE} of Kaggle, into {place}",
            )
        if number in seen:
            raise BadData(f"{folder}: {seen[number]} and {match[0]} are both image {number}", "keep one of them")
        seen[number] = match[0]
        yield Picture(number, match[0], class_index(wnid, folder / match[0]))


def missing(folder: Path, pictures: Sequence[Picture]) -> list[str]:
    """The names whose files are missing or empty; no file is opened."""
    return [picture.name for picture in pictures if not filled(folder / picture.name)]


def shortfall(pictures: Sequence[Picture]) -> str:
    """Which classes have fewer pictures than others, as validation has 50 of each; empty where none has."""
    counts = np.bincount([picture.label for picture in pictures], minlength=len(WNIDS))
    short = np.flatnonzero(counts < counts.max(initial=0))
    if not len(short):
        return ""
    first = ", ".join(f"{WNIDS[label]} {counts[label]}" for label in short[:3])
    return f"{len(short):,} of {len(WNIDS):,} classes have fewer than {counts.max()}: {first}"


def fingerprint(folder: Path, pictures: Sequence[Picture]) -> str:
    """sha256 over each picture's id, label, name, size, and first and last 4 KiB.

    Raises BadData naming the first file that begins as no picture does, and one that a link leads out of the folder.
    """
    digest = hashlib.sha256()
    for picture in pictures:
        path = _path(folder, picture.name)
        looks = glimpse(path, picture.name)
        if not looks.split(b"\0", 3)[3].startswith(STARTS):
            raise BadData(f"{path} begins as no JPEG or PNG does", "remove the file and bring it again")
        digest.update(f"\0{picture.id} {picture.label}".encode() + looks)
    return digest.hexdigest()


def _path(folder: Path, name: str) -> Path:
    """Class folders were looked at when they were listed; what is left is a file that may be a link."""
    path = folder / name
    return enclosed(folder, name) if path.is_symlink() else path
