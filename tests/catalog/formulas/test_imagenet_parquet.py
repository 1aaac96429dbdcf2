"""Shards that are small on the disk and large in memory: equal values are kept once in a parquet file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from benchbench.catalog.formulas import imagenet_parquet
from benchbench.catalog.formulas.imagenet_parquet import read_group, read_index
from benchbench.errors import BadData


def shard(folder: Path, picture: bytes, rows: int) -> Path:
    """The same picture in every row, of class 0."""
    numbers = pa.array(np.zeros(rows, np.int32))
    pictures = pa.DictionaryArray.from_arrays(numbers, pa.array([picture])).cast(pa.binary())
    table = pa.table({"image": pa.StructArray.from_arrays([pictures], ["bytes"]), "label": numbers})
    path = folder / "validation-00000-of-00001.parquet"
    parquet.write_table(table, path, row_group_size=rows)
    return path


def test_more_rows_than_there_are_pictures_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagenet_parquet, "MOST_ROWS", 100)
    path = shard(tmp_path, b"x", 60)
    assert len(read_index([path])[1]) == 60
    with pytest.raises(BadData, match="row group 0 has 60 rows, too many"):
        read_index([path, path])


def test_a_picture_repeated_without_end_is_unpacked_up_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagenet_parquet, "LARGEST", 2**20)
    path = shard(tmp_path, b"x" * 2**10, 2000)
    groups, _ = read_index([path])
    with pytest.raises(BadData, match=r"row group 0 unpacks to 1,0\d\d,\d{3} bytes and more"):
        read_group(groups[0])


def test_pictures_come_in_order_whatever_is_read_at_once(tmp_path: Path) -> None:
    encoded = [f"picture {number}".encode() for number in range(imagenet_parquet.AT_ONCE * 2 + 1)]
    labels = np.arange(len(encoded)) % 7
    path = tmp_path / "validation-00000-of-00001.parquet"
    image = pa.StructArray.from_arrays([pa.array(encoded)], ["bytes"])
    parquet.write_table(pa.table({"image": image, "label": labels}), path, row_group_size=20)
    groups, told = read_index([path])
    assert [each for group in groups for each in read_group(group)] == encoded
    assert told == labels.tolist()
