"""Images on disk: what is decoded, and what is refused by name."""

import struct
import warnings
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from benchbench.catalog.formulas.image_files import decode, decode_grey16
from benchbench.errors import BadData


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: Any) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("mode", "name"),
    [("RGB", "a.jpg"), ("L", "a.jpg"), ("CMYK", "a.jpg"), ("RGBA", "a.png"), ("P", "a.png"), ("1", "a.png")],
)
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str, name: str) -> None:
    path = picture(tmp_path / name, mode)
    pixels = decode(path)
    assert pixels.shape == (30, 40, 3)
    assert pixels.dtype == np.uint8
    with Image.open(path) as image:
        assert image.mode == mode
        assert np.array_equal(pixels, np.asarray(image.convert("RGB")))
    assert pixels.flags.writeable


def test_an_orientation_in_the_file_is_left_alone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(picture(tmp_path / "a.jpg", exif=exif)).shape == (30, 40, 3)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95])
@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_truncated_image_is_refused_by_name(tmp_path: Path, name: str, share: float) -> None:
    path = picture(tmp_path / name)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(BadData, match=rf"{name} cannot be decoded") as error:
        decode(path)
    assert error.value.hint


def test_no_image_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("not found")
    with pytest.raises(BadData, match=r"a\.jpg cannot be decoded"):
        decode(tmp_path / "a.jpg")
    with pytest.raises(BadData, match=r"b\.jpg cannot be decoded.*No such file"):
        decode(tmp_path / "b.jpg")


@pytest.mark.parametrize("warning", ["ignore", "error"])
@pytest.mark.parametrize("side", [10_000, 60_000])
def test_an_image_that_would_fill_the_memory_is_refused(
    tmp_path: Path, side: int, warning: Literal["ignore", "error"]
) -> None:
    """A few bytes that say they are this many pixels wide and high; Pillow itself only warns of the smaller one."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with warnings.catch_warnings():
        warnings.simplefilter(warning)
        with pytest.raises(BadData, match=r"bomb\.png is refused"):
            decode(tmp_path / "bomb.png")


def grey16(path: Path) -> NDArray[np.uint16]:
    values = np.random.default_rng(0).integers(0, 2**16, (30, 40), dtype=np.uint16)
    Image.fromarray(values).save(path)
    return values


def test_sixteen_bits_of_grey_are_kept(tmp_path: Path) -> None:
    values = grey16(tmp_path / "a.png")
    found = decode_grey16(tmp_path / "a.png")
    assert found.dtype == np.uint16
    assert np.array_equal(found, values)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "RGBA"])
def test_a_picture_of_depth_is_no_depth(tmp_path: Path, mode: str) -> None:
    with pytest.raises(BadData, match=rf"a\.png is no 16-bit grey image but has mode {mode}\n") as error:
        decode_grey16(picture(tmp_path / "a.png", mode))
    assert "original" in error.value.hint


def test_more_than_sixteen_bits_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((3, 4), 70_000, np.int32)).save(tmp_path / "a.tiff")
    with pytest.raises(BadData, match=r"a\.tiff holds values that 16 bits cannot"):
        decode_grey16(tmp_path / "a.tiff")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_or_read(place: int, value: int, cut: bool) -> None:
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "a.png"
        grey16(path)
        content = bytearray(path.read_bytes())
        content[place % len(content)] = value
        path.write_bytes(content[: place % len(content)] if cut else content)
        with suppress(BadData):
            assert decode_grey16(path).dtype == np.uint16
