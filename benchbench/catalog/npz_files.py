"""Files of NumPy arrays (.npz) from strangers: looked at before anything is unpacked, and written one by one."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from benchbench.errors import BadCheckpoint

LIMIT = 8 * 2**30
"""Bytes that the arrays of one file may take; the largest published Vision Transformer takes 2.4 GiB."""
LONGEST_HEADER = 1 << 16
"""Bytes of an array's header that are unpacked: NumPy reads as many as a header says it has, up to 4 GiB of nothing."""
_ENDING = ".npy"
_DAMAGED = (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, KeyError, RuntimeError)


@dataclass(frozen=True)
class Header:
    """What an array says of itself."""

    shape: tuple[int, ...]
    bytes: int


def headers(path: Path) -> dict[str, Header]:
    """Every array's shape and bytes by name; only headers are read.

    Raises BadCheckpoint for a damaged file, for anything but arrays of floating-point numbers, for one whose size is
    not what it says, and for more than `LIMIT` bytes in all.
    """
    with _opened(path) as archive:
        found = {name: _header(path, archive, member) for name, member in _members(path, archive)}
    total = sum(each.bytes for each in found.values())
    if total > LIMIT:
        raise BadCheckpoint(f"{path} would unpack to {total / 2**30:.1f} GiB", f"no more than {LIMIT >> 30} are read")
    return found


def read(path: Path, names: Iterable[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """These arrays of a file whose headers were looked at, one after the other. Raises BadCheckpoint."""
    with _opened(path), np.load(path, allow_pickle=False) as file:
        for name in names:
            yield name, file[name]


def write(path: Path, arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """The container that np.savez writes of these arrays, byte for byte as long; one array is held at a time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays:
            with archive.open(name + _ENDING, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGED as error:
        raise BadCheckpoint(f"{path} cannot be read: {error}", "fetch it anew") from error


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    seen: set[str] = set()
    for member in archive.infolist():
        name = member.filename.removesuffix(_ENDING)
        if name == member.filename or name in seen:
            raise BadCheckpoint(f"{path} holds {member.filename}, which is no array or is there twice")
        seen.add(name)
        yield name, member


def _header(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Header:
    with archive.open(member) as file:
        start = io.BytesIO(file.read(LONGEST_HEADER))
    shape, dtype = _declared(start)
    before = start.tell()
    size = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or dtype.kind != "f":
        raise BadCheckpoint(f"{path}: {member.filename} holds {dtype}, not floating-point numbers")
    if before + size != member.file_size:
        raise BadCheckpoint(f"{path}: {member.filename} says {size} bytes and has {member.file_size - before}")
    return Header(shape, size)


def _declared(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"arrays of format {version} are not known")
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(file)
    return shape, dtype
