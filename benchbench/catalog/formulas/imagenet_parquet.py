"""ILSVRC2012 in parquet files as the Hugging Face hub has it: columns image {bytes, path} and label.

Shards are read with pyarrow, one row group at a time; their sizes are looked at before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.catalog.formulas.file_marks import glimpse
from benchbench.catalog.formulas.image_files import decode_bytes
from benchbench.catalog.formulas.imagenet_classes import INDEX, WNIDS, target
from benchbench.errors import BadData

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Sample

SPLITS = {"val": "validation"}
SHARD = re.compile(r"(?P<split>[a-z]+)-(?P<number>[0-9]{5})-of-(?P<count>[0-9]{5})\.parquet")
IN_NAME = re.compile(r"_(n[0-9]{8})\.")
LARGEST = 2**30
"""Bytes of a row group once unpacked, and of all the labels and names."""
MOST_ROWS = 2**22
"""Rows in all, three times those of ILSVRC2012: equal ones take no room in a file."""
AT_ONCE = 16
"""Pictures unpacked before their bytes are counted: a file keeps equal ones once."""
LOOKS = 8
"""Looks into a shard for the fingerprint: a parquet file ends in its own index."""
MENDED = "bring the shards of ILSVRC/imagenet-1k"


@dataclass(frozen=True)
class Group:
    """Rows `first` and on of a shard's row group, counted over all shards."""

    path: Path
    number: int
    first: int
    rows: int


class Shards:
    """Samples in the order of the shards, ids from 1, see `target`. Raises BadData naming shard and row."""

    classes = WNIDS

    def __init__(self, groups: Sequence[Group], labels: Sequence[int], fingerprint: str):
        self.fingerprint = fingerprint
        self._groups = tuple(groups)
        self._labels = labels
        self._starts = [group.first for group in groups]
        self._open: tuple[Group, list[Any]] | None = None

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> Sample:
        from benchbench.catalog.contracts import Sample

        at = range(len(self))[index]
        group = self._groups[int(np.searchsorted(self._starts, at, "right")) - 1]
        encoded = self._bytes(group)[at - group.first]
        where = f"{group.path}, image {at + 1}"
        if not isinstance(encoded, bytes):
            raise BadData(f"{where} has no bytes", MENDED)
        return Sample(at + 1, decode_bytes(encoded, where), target(self._labels[at]))

    def _bytes(self, group: Group) -> list[Any]:
        """The encoded pictures of a group; the last one is kept, since samples are read in order."""
        if self._open is None or self._open[0] is not group:
            self._open = (group, read_group(group))
        return self._open[1]


def find_shards(place: Path, split: str) -> tuple[list[Path], list[str]]:
    """The shards of a split in their order, in `data/` or in the folder itself, and the names of those that lack."""
    for folder in (place / "data", place):
        found = {path.name: path for path in folder.glob(f"{SPLITS.get(split, split)}-*.parquet")}
        matches = [match for name in sorted(found) if (match := SHARD.fullmatch(name))]
        if matches:
            kind, count = matches[0]["split"], matches[0]["count"]
            wanted = [f"{kind}-{number:05d}-of-{count}.parquet" for number in range(min(int(count), 10**4))]
            return [found[name] for name in wanted if name in found], [name for name in wanted if name not in found]
    return [], []


def read_index(paths: Sequence[Path]) -> tuple[list[Group], list[int]]:
    """Every row group, and every row's label, checked: 0 to 999, and that of its name where this holds a wnid."""
    groups: list[Group] = []
    labels: list[int] = []
    for path in paths:
        file = _opened(path)
        for number in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(number)
            if group.total_byte_size > LARGEST:
                raise BadData(f"{path}: row group {number} unpacks to {group.total_byte_size:,} bytes", MENDED)
            rows = max(group.num_rows, *(group.column(column).num_values for column in range(group.num_columns)))
            if len(labels) + rows > MOST_ROWS:
                raise BadData(f"{path}: row group {number} has {rows:,} rows, too many for ILSVRC2012", MENDED)
            groups.append(Group(path, number, len(labels), group.num_rows))
            labels += _labels(path, file, number)
            if len(labels) != groups[-1].first + group.num_rows:
                raise BadData(f"{path}: row group {number} has not as many labels as it says", MENDED)
    return groups, labels


def read_group(group: Group) -> list[Any]:
    """The encoded pictures of a row group."""
    found: list[Any] = []
    size = 0
    for encoded in _encoded(group):
        size += sum(map(len, filter(None, encoded)))
        if size > LARGEST:
            raise BadData(f"{group.path}: row group {group.number} unpacks to {size:,} bytes and more", MENDED)
        found += encoded
    if len(found) != group.rows:
        raise BadData(f"{group.path}: row group {group.number} has {len(found)} rows of {group.rows}", MENDED)
    return found


def _encoded(group: Group) -> Iterator[list[Any]]:
    """The same, a few at a time."""
    file = _opened(group.path)
    try:
        for batch in file.iter_batches(AT_ONCE, row_groups=[group.number], columns=["image.bytes"]):
            yield [None if each is None else each["bytes"] for each in batch.column("image").to_pylist()]
    except Exception as error:  # pyarrow's errors are many, and of no one class
        raise BadData(f"{group.path}: row group {group.number} cannot be read: {error}", MENDED) from error


def fingerprint(paths: Sequence[Path], labels: Sequence[int]) -> str:
    """sha256 over every label, and of each shard its name, size and eight looks of 4 KiB."""
    digest = hashlib.sha256(np.asarray(labels, np.int64).tobytes())
    for path in paths:
        digest.update(glimpse(path, path.name, LOOKS))
    return digest.hexdigest()


def _opened(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
        image, label = (file.schema_arrow.field(name).type for name in ("image", "label"))
        fits = pa.types.is_struct(image) and pa.types.is_binary(image.field("bytes").type)
    except Exception as error:  # pyarrow's errors are many, and of no one class
        raise BadData(f"{path} holds no column image {{bytes, path}} and label: {error}", MENDED) from error
    if not fits or not pa.types.is_integer(label):
        raise BadData(f"{path}: image is {image} and label {label}, where bytes and a whole number are wanted", MENDED)
    return file


def _labels(path: Path, file: Any, number: int) -> list[int]:
    named = any(field.name == "path" for field in file.schema_arrow.field("image").type)
    try:
        table = file.read_row_group(number, columns=["label", *(["image.path"] if named else [])])
        labels = table.column("label").to_pylist()
        names = [each["path"] if each else None for each in table.column("image").to_pylist()] if named else labels
    except Exception as error:
        raise BadData(f"{path}: row group {number} cannot be read: {error}", MENDED) from error
    for row, (label, name) in enumerate(zip(labels, names, strict=True)):
        _check(f"{path}: row {row} of row group {number}", label, name)
    return [int(label) for label in labels]


def _check(where: str, label: int | None, name: object) -> None:
    if label is None or not 0 <= label < len(WNIDS):
        raise BadData(f"{where} has label {label}, where 0 to {len(WNIDS) - 1} are wanted", "is this the test split?")
    told = IN_NAME.search(name) if isinstance(name, str) else None
    if told and INDEX.get(told[1]) != label:
        raise BadData(
            f"{where} has label {label} ({WNIDS[label]}), but is called {name}",
            "its classes are numbered in another order than that of their wnids",
        )
