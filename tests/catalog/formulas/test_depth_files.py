"""Depth maps on disk: values, holes, and what is refused by name."""

from __future__ import annotations

import io
import pickle
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_files import depth_npy, depth_png, target
from benchbench.errors import BadData
from tests.depth_folders import save, steps


def test_steps_become_metres(tmp_path: Path) -> None:
    depth = depth_png(save(tmp_path / "a.png", steps(3)), 256)
    assert depth.dtype == np.float32
    assert depth[2, 5] == np.float32((1000 + 200 + 15 + 3) / 256)
    assert depth[1, 2] == 0


def test_a_value_may_mean_nothing(tmp_path: Path) -> None:
    values = steps(0)
    values[4, 7] = 65535
    path = save(tmp_path / "a.png", values)
    assert depth_png(path, 100)[4, 7] == np.float32(655.35)
    assert depth_png(path, 100, 65535)[4, 7] == 0
    assert np.count_nonzero(depth_png(path, 100, 65535) == 0) == 2


def npy(path: Path, values: Any) -> Path:
    np.save(path, values)
    return path


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1)])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ">f4"])
def test_arrays_are_masked(tmp_path: Path, shape: tuple[int, ...], kind: Any) -> None:
    depth = npy(tmp_path / "d.npy", np.arange(12).reshape(shape).astype(kind))
    mask = npy(tmp_path / "m.npy", (np.arange(12).reshape(3, 4) != 5).astype(np.float32))
    found = depth_npy(depth, mask)
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 1, 2, 3], [4, 0, 6, 7], [8, 9, 10, 11]]


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("code of a file was run",))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pickle.dumps(Trap()), "cannot be read as a .npy file"),
        (b"", "cannot be read as a .npy file"),
        (b"\x93NUMPY\x01\x00\x10\x00((((((((((((((((", "cannot be read as a .npy file"),
    ],
)
def test_no_array_at_all(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "d.npy").write_bytes(content)
    mask = npy(tmp_path / "m.npy", np.ones((3, 4)))
    with pytest.raises(BadData, match=rf"d\.npy {told}"):
        depth_npy(tmp_path / "d.npy", mask)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "d.npy", np.array([[Trap()]], object), allow_pickle=True)
    with pytest.raises(BadData, match=r"d\.npy cannot be read as a \.npy file"):
        depth_npy(tmp_path / "d.npy", npy(tmp_path / "m.npy", np.ones((1, 1))))


@pytest.mark.parametrize("shape", [(2**20, 2**20), (2**40, 2**40)])
def test_a_header_that_claims_more_than_the_file_holds(tmp_path: Path, shape: tuple[int, int]) -> None:
    with (tmp_path / "d.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        file.write(b"\0" * 64)
    with pytest.raises(BadData, match=r"d\.npy cannot be read"):
        depth_npy(tmp_path / "d.npy", npy(tmp_path / "m.npy", np.ones((3, 4))))


def test_a_sparse_file_of_an_absurd_size_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """The file has all the bytes its header claims, and takes no room on the disk."""
    with (tmp_path / "d.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (2**16, 2**16)})
        file.truncate(file.tell() + 4 * 2**32)
    with pytest.raises(BadData, match=r"d\.npy has the shape \(65536, 65536\), which is no depth map's"):
        depth_npy(tmp_path / "d.npy", tmp_path / "m.npy")


def test_what_is_no_depth_or_mask(tmp_path: Path) -> None:
    depth, mask = npy(tmp_path / "d.npy", np.ones((3, 4))), npy(tmp_path / "m.npy", np.ones((4, 3)))
    with pytest.raises(BadData, match=r"d\.npy holds \(3, 4\) values, its mask .*m\.npy \(4, 3\)"):
        depth_npy(depth, mask)
    with pytest.raises(BadData, match=r"d\.npy holds int64 values"):
        depth_npy(npy(depth, np.ones((3, 4), np.int64)), mask)
    with pytest.raises(BadData, match=r"d\.npy has the shape \(3, 4, 2\)"):
        depth_npy(npy(depth, np.ones((3, 4, 2))), mask)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_are_refused_or_read(tail: bytes) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.ones((3, 4), np.float32))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "d.npy"
        path.write_bytes(buffer.getvalue()[: 8 + len(tail) % 3] + tail)
        with suppress(BadData):
            assert depth_npy(path, path).ndim == 2


floats = st.floats(width=64, allow_subnormal=False)


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=floats))
def test_targets_hold_metres_where_valid_and_zero_elsewhere(depth: NDArray[np.float64]) -> None:
    found = target(depth)
    assert [found[name].dtype.name for name in ("depth", "valid")] == ["float32", "bool"]
    assert found["depth"].shape == found["valid"].shape == depth.shape
    assert np.isfinite(found["depth"]).all()
    assert ((found["depth"] > 0) == found["valid"]).all()
    representable = (depth > 1e-30) & (depth < 3e38)
    assert (found["valid"] | ~representable).all()
    assert np.array_equal(found["depth"][representable], depth[representable].astype(np.float32))
    assert not found["valid"][~(depth > 0)].any()


def test_nothing_measured_is_passed_on() -> None:
    found = target(np.array([[0, -1, np.nan, np.inf]]))
    assert not found["valid"].any()
    assert not found["depth"].any()
