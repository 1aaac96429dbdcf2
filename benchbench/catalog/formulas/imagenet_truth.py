"""Which class a picture of ILSVRC2012's validation set shows, where its folder does not say: truth files as they are.

The devkit's `ILSVRC2012_validation_ground_truth.txt` numbers classes in an order of its own, which `meta.mat` beside it
tells; some lists hold wnids instead. Kaggle's `LOC_val_solution.csv` names the class before each box.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchbench.catalog.formulas.imagenet_classes import INDEX, WNIDS
from benchbench.errors import BadData, nearest

DEVKIT, META, KAGGLE = "ILSVRC2012_validation_ground_truth.txt", "meta.mat", "LOC_val_solution.csv"
WNID = re.compile(r"n[0-9]{8}")
BELOW = ("", "ILSVRC2012_devkit_t12/data", "ILSVRC2012_devkit_t12", "data", "devkit/data")
"""Folders in which the truth is looked for."""
LONGEST = 2**24
"""Bytes of a truth file."""
LARGEST = 2**26
"""Bytes of what one unpacks to."""
COMPRESSED = 15
"""The type of a compressed element of a MAT-file (MAT-File Format, MathWorks, table 1-1)."""
Truth = Callable[[int], str]
"""The wnid of the picture of this number. Raises BadData where the file does not tell it."""


def find_truth(*places: Path) -> Truth | None:
    """The classes by Kaggle's or the devkit's file in one of these folders; None where there is neither."""
    folders = [place / below for place in places for below in BELOW]
    for folder in folders:
        if (folder / KAGGLE).is_file():
            return _by_number(folder / KAGGLE, _kaggle(folder / KAGGLE))
    for folder in folders:
        if (folder / DEVKIT).is_file():
            return _by_number(folder / DEVKIT, _devkit(folder / DEVKIT, [each / META for each in folders]))
    return None


def _by_number(path: Path, wnids: Mapping[int, str]) -> Truth:
    def truth(number: int) -> str:
        if number not in wnids:
            raise BadData(f"{path} tells nothing of image {number}, only of {len(wnids):,}", "bring the whole file")
        return wnids[number]

    return truth


def class_index(wnid: str, where: object) -> int:
    """The index of a class, 0 to 999. Raises BadData naming the nearest for one that ILSVRC2012 does not have."""
    if wnid not in INDEX:
        near = nearest(wnid, INDEX)
        hint = f"its classes are called {WNIDS[0]} to {WNIDS[-1]}" if near.startswith("known") else near
        raise BadData(f"{where}: '{wnid}' is no class of ILSVRC2012", hint)
    return INDEX[wnid]


def _kaggle(path: Path) -> dict[int, str]:
    """Each line: `ILSVRC2012_val_00048981,n03995372 85 1 499 272 ` and more boxes, all of one class."""
    found: dict[int, str] = {}
    for line, row in enumerate(csv.reader(io.StringIO(_text(path))), 1):
        name = re.fullmatch(r"ILSVRC2012_val_([0-9]{8})", row[0]) if len(row) == 2 else None
        if name is None and line > 1:
            raise BadData(f"{path}:{line}: no image and its boxes", "bring the original file")
        if name is not None:
            wnids = set(row[1].split()[::5])
            class_index(sorted(wnids)[0] if wnids else "", f"{path}:{line}")
            if len(wnids) > 1:
                raise BadData(f"{path}:{line}: boxes of several classes: {', '.join(sorted(wnids))}")
            found[int(name[1])] = wnids.pop()
    return found


def _devkit(path: Path, metas: list[Path]) -> dict[int, str]:
    lines = _text(path).split()
    if all(WNID.fullmatch(line) for line in lines):
        return {number: line for number, line in enumerate(lines, 1) if class_index(line, f"{path}:{number}") >= 0}
    meta = next((each for each in metas if each.is_file()), None)
    if meta is None:
        raise BadData(
            f"{path} numbers classes as {META} of the devkit does, and that is not beside it",
            f"put {META} of ILSVRC2012_devkit_t12 beside it, or bring {KAGGLE} of Kaggle",
        )
    names = read_meta(meta)
    bad = next((number for number, line in enumerate(lines, 1) if line not in names), None)
    if bad is not None:
        raise BadData(f"{path}:{bad}: '{lines[bad - 1]}' is no class from 1 to {len(names)}", "bring the original file")
    return {number: names[line] for number, line in enumerate(lines, 1)}


def read_meta(path: Path) -> dict[str, str]:
    """The wnids of the thousand classes by their number in the devkit, as it writes it. Raises BadData."""
    from scipy.io import loadmat

    data = _bytes(path)
    file: Any = io.BytesIO(data)
    try:
        _check_unpacked(path, data)
        synsets = loadmat(file, variable_names=["synsets"], squeeze_me=True)["synsets"]
        pairs = [(int(each["ILSVRC2012_ID"]), str(each["WNID"])) for each in synsets.ravel()]
    except BadData:
        raise
    except Exception as error:  # a file made to do harm fails in as many ways
        raise BadData(f"{path} is no {META} of the devkit: {error}", "bring the original file") from error
    found = {str(number): wnid for number, wnid in pairs if number <= len(INDEX)}
    for number, wnid in found.items():
        class_index(wnid, f"{path}, class {number}")
    if len(set(found.values())) != len(INDEX) or found.keys() != {str(number + 1) for number in range(len(INDEX))}:
        raise BadData(f"{path} tells {len(set(found.values())):,} classes of {len(INDEX):,}", "bring the original file")
    return found


def _check_unpacked(path: Path, data: bytes) -> None:
    """Every compressed element is unpacked here first, as far as it may be: the reader knows no limit."""
    order, place, size = "<" if data[126:128] == b"IM" else ">", 128, 0
    while place + 8 <= len(data):
        kind, length = struct.unpack(f"{order}II", data[place : place + 8])
        place += 8
        if kind == COMPRESSED:
            size += len(zlib.decompressobj().decompress(data[place : place + length], LARGEST + 1))
        if size > LARGEST:
            raise BadData(f"{path} unpacks to more than {LARGEST:,} bytes", "is this the devkit's file?")
        place += length


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadData(f"{path} is no text: {error}", "bring the original file") from error


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > LONGEST:
        raise BadData(f"{path} is longer than {LONGEST:,} bytes", "is this the file?")
    return path.read_bytes()
