"""Finished batches on disk: arrays in an append-only file, each chunk whole or not there."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.whole_files import writing

HEAD = struct.Struct("<QII")
"""Length of the payload, its crc32, and the length of the JSON it begins with."""


class ChunkFile:
    """The whole chunks that a log holds now, by key; what a writer is half through with is not seen."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, int] = {}
        self._end = 0
        with path.open("rb") as file:
            for key, place in _frames(file):
                self._places[key] = place
                self._end = file.tell()

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def read(self, key: str) -> dict[str, NDArray[Any]]:
        """The arrays of a chunk. Raises KeyError for one that is not there."""
        with self._path.open("rb") as file:
            file.seek(self._places[key])
            frame = _frame(file)
        assert frame is not None
        head, data = frame
        return dict(_arrays(head, data))


class ChunkLog(ChunkFile):
    """Chunks of arrays by key, of one writer. What a kill left half-written at the end is cut off when it is opened.

    Written through to the operating system, which survives the process; the sums tell what a power cut spoilt.
    """

    def __init__(self, path: Path) -> None:
        path.touch()
        super().__init__(path)
        with path.open("r+b") as file:
            file.truncate(self._end)

    def append(self, key: str, arrays: Arrays) -> None:
        """Write a chunk: names, dtypes, shapes, then the bytes in C order. No pickles. Raises Unwritable."""
        shapes = [[name, array.dtype.str, array.shape] for name, array in arrays.items()]
        head = json.dumps({"key": key, "arrays": shapes}).encode()
        payload = head + b"".join(array.tobytes() for array in arrays.values())
        with writing(self._path), self._path.open("ab") as file:
            file.write(HEAD.pack(len(payload), zlib.crc32(payload), len(head)) + payload)
        self._places[key] = self._end
        self._end += HEAD.size + len(payload)


def _frames(file: BinaryIO) -> Iterator[tuple[str, int]]:
    """Key and place of each whole frame, up to the first that is not."""
    place = 0
    while frame := _frame(file):
        yield frame[0]["key"], place
        place = file.tell()


def _frame(file: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    start = file.read(HEAD.size)
    if len(start) < HEAD.size:
        return None
    length, checksum, head = HEAD.unpack(start)
    if not head <= length <= os.fstat(file.fileno()).st_size - file.tell():
        return None
    payload = file.read(length)
    # A power cut may leave zeros, which are a frame of nothing with the right sum.
    if not head or zlib.crc32(payload) != checksum:
        return None
    return json.loads(payload[:head]), payload[head:]


def _arrays(head: Mapping[str, Any], data: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    start = 0
    for name, kind, shape in head["arrays"]:
        dtype, count = np.dtype(kind), int(np.prod(shape, dtype=np.int64))
        yield name, np.frombuffer(data, dtype, count, start).reshape(shape)
        start += count * dtype.itemsize
