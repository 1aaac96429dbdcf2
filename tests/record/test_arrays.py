"""Arrays from files that nobody vouches for."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchbench.errors import BrokenRecord
from benchbench.record import Store
from benchbench.record.arrays import MOST_ARRAYS, MOST_BYTES, read_arrays
from benchbench.types import Record


def packed(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def claimed(shape: tuple[int, ...], descr: str, data: bytes) -> bytes:
    """An npy file whose header says what it likes."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue() + data


def headed(header: bytes) -> bytes:
    """An npy file with any bytes for a header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(8)


def test_arrays_come_back_in_their_order_and_shape(tmp_path: Path) -> None:
    given: dict[str, NDArray[Any]] = {
        "b": np.arange(6, dtype=np.float16).reshape(2, 3),
        "a.x": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "none": np.zeros((0, 4), np.float32),
        "one": np.array(7.0),
        "truth": np.array([True, False]),
    }
    np.savez_compressed(tmp_path / "x.npz", **given)  # type: ignore[arg-type]  # the names are no keywords of savez
    found = read_arrays(tmp_path / "x.npz")
    assert list(found) == list(given)
    for name, array in given.items():
        assert np.array_equal(found[name], array)
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (claimed((10**15,), "<f8", b"12345678"), "are no array"),
        (claimed((2,), "|O", b"12345678"), "no numbers"),
        (claimed((1,), "<U2", b"12345678"), "no numbers"),
        (claimed((-1,), "<f8", b"12345678"), "are no array"),
        (b"not an array", "cannot be read"),
        (headed(b"[" * 40), "cannot be read"),
        (headed(b"-" * 9000 + b"1"), "cannot be read"),
        (headed(b"{[]: 1}"), "cannot be read"),
        (headed(b"{'descr': (), 'fortran_order': False, 'shape': (1,)}"), "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_lying_arrays_are_refused_by_the_files_name(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(BrokenRecord, match=words) as caught:
        read_arrays(packed(tmp_path / "lies.npz", x=data))
    assert "lies.npz" in str(caught.value)


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "bomb.npz", x=claimed((MOST_BYTES,), "|u1", bytes(MOST_BYTES)))
    assert bomb.stat().st_size < MOST_BYTES / 100
    with pytest.raises(BrokenRecord, match="more than are read"):
        read_arrays(bomb)
    many = packed(tmp_path / "many.npz", **{f"x{number}": b"" for number in range(MOST_ARRAYS + 1)})
    with pytest.raises(BrokenRecord, match="more than are read"):
        read_arrays(many)


@pytest.mark.parametrize("way", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_way_of_packing_may_be_damaged(tmp_path: Path, way: int) -> None:
    path = tmp_path / "spoilt.npz"
    with zipfile.ZipFile(path, "w", way) as archive:
        archive.writestr("x.npy", claimed((500,), "<f8", np.random.default_rng(0).random(500).tobytes()))
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + b"\xff" * 400 + whole[440:])
    with pytest.raises(BrokenRecord, match="cannot be read"):
        read_arrays(path)


def test_cut_off_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).random(500))
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BrokenRecord, match="cannot be read"):
            read_arrays(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    path.write_bytes(flipped)
    with pytest.raises(BrokenRecord, match="cannot be read"):
        read_arrays(path)


def test_store_finds_a_records_arrays_beside_it(store: Store, record: Record, tmp_path: Path) -> None:
    source = tmp_path / "source.npz"
    np.savez(source, x=np.arange(3))
    path = store.append(record, {"pictures.npz": source})
    kept = store.find(path)
    found = store.arrays(kept, "pictures.npz")
    assert found is not None
    assert found["x"].tolist() == [0, 1, 2]
    assert store.arrays(kept, "rows.npz") is None
    path.with_suffix(".pictures.npz").unlink()
    with pytest.raises(BrokenRecord, match="is missing"):
        store.arrays(kept, "pictures.npz")


@pytest.mark.parametrize("name", ["../../x.pictures.npz", "/etc/x.pictures.npz", "a/../b.pictures.npz"])
def test_an_attachment_leads_nowhere_else(store: Store, record: Record, name: str) -> None:
    with pytest.raises(BrokenRecord, match="no name of an attachment"):
        store.arrays(replace(record, attachments=(name,)), "pictures.npz")
