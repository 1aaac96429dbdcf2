"""Arrays of strangers are looked at before they are unpacked; what is written is what NumPy would write."""

import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchbench.catalog import npz_files
from benchbench.errors import BadCheckpoint

NAMES = st.text("abc/_", min_size=1, max_size=9).filter(lambda name: name.strip("/") == name)


def numpy_file(header: bytes, content: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def claiming(shape: str, dtype: str = "<f4", content: bytes = b"1234") -> bytes:
    return numpy_file(f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode(), content)


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


@settings(max_examples=40, deadline=None)
@given(file=st.dictionaries(NAMES, arrays.arrays(np.float32, arrays.array_shapes(max_dims=4, max_side=5)), min_size=1))
def test_as_long_as_numpy_s_own_and_the_same_inside(
    file: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("npz") / "file.npz"
    npz_files.write(path, file.items())
    own = BytesIO()
    np.savez(own, allow_pickle=False, **file)
    assert path.stat().st_size == len(own.getvalue())
    assert {name: header.shape for name, header in npz_files.headers(path).items()} == {
        name: array.shape for name, array in file.items()
    }
    for name, array in npz_files.read(path, file):
        np.testing.assert_array_equal(array, file[name])


def test_an_array_in_another_order_is_written_in_its_own(tmp_path: Path) -> None:
    turned = np.arange(24, dtype=np.float32).reshape(2, 3, 4).T
    npz_files.write(tmp_path / "file.npz", [("turned", turned)])
    [(_, found)] = npz_files.read(tmp_path / "file.npz", ["turned"])
    np.testing.assert_array_equal(found, turned)
    assert found.flags.c_contiguous


def test_a_claim_that_the_file_does_not_hold(tmp_path: Path) -> None:
    path = zipped(tmp_path / "file.npz", huge=claiming("(1000000000000,)"))
    with pytest.raises(BadCheckpoint, match=r"huge\.npy says 4000000000000 bytes and has 4"):
        npz_files.headers(path)


def test_more_than_the_limit_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz_files, "LIMIT", 2**12)
    content = claiming("(2000,)", content=bytes(8000))
    with zipfile.ZipFile(tmp_path / "file.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.npy", content)
    with pytest.raises(BadCheckpoint, match="would unpack to"):
        npz_files.headers(tmp_path / "file.npz")


@pytest.mark.parametrize(
    ("dtype", "words"),
    [("<i4", "holds int32"), ("|O", "holds object"), ("<c8", "holds complex64"), ("<U1", "holds <U1")],
)
def test_only_floating_point_numbers(tmp_path: Path, dtype: str, words: str) -> None:
    with pytest.raises(BadCheckpoint, match=words):
        npz_files.headers(zipped(tmp_path / "file.npz", other=claiming("(1,)", dtype)))


@pytest.mark.parametrize("content", [b"", b"not an array", numpy_file(b"{'descr': __import__('os')}", b"")])
def test_what_is_no_array_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        npz_files.headers(zipped(tmp_path / "file.npz", other=content))


def test_a_member_that_is_no_array_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.npz", "w") as archive:
        archive.writestr("run.py", "print()")
    with pytest.raises(BadCheckpoint, match=r"holds run\.py, which is no array"):
        npz_files.headers(tmp_path / "file.npz")


def test_a_name_that_is_there_twice_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.npz", "w") as archive:
        archive.writestr("one.npy", claiming("(1,)"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("one.npy", claiming("(1,)"))
    with pytest.raises(BadCheckpoint, match=r"holds one\.npy, which is no array or is there twice"):
        npz_files.headers(tmp_path / "file.npz")


def test_what_is_no_container_is_told(tmp_path: Path) -> None:
    (tmp_path / "file.npz").write_bytes(b"tensors")
    with pytest.raises(BadCheckpoint, match=r"cannot be read.*zip"):
        npz_files.headers(tmp_path / "file.npz")


def test_a_header_longer_than_any_is_not_unpacked(tmp_path: Path) -> None:
    said = 64 * 2**20
    with zipfile.ZipFile(tmp_path / "file.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x02\x00" + said.to_bytes(4, "little") + b" " * said)
    tracemalloc.start()
    try:
        with pytest.raises(BadCheckpoint, match="cannot be read"):
            npz_files.headers(tmp_path / "file.npz")
        assert tracemalloc.get_traced_memory()[1] < said / 16
    finally:
        tracemalloc.stop()
