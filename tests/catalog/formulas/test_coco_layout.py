"""Images on disk: what is decoded, and what is refused by name."""

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from benchbench.catalog.formulas.coco_layout import decode, fingerprint, inside, lacking
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


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "x/../../a.jpg", "..\\a.jpg", "", "."])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadData, match="leads out"):
        inside(tmp_path, name)


def test_a_name_in_a_subfolder_is_not(tmp_path: Path) -> None:
    assert inside(tmp_path, "x/a.jpg") == tmp_path / "x" / "a.jpg"


def test_missing_and_empty_files_are_lacking(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").touch()
    (tmp_path / "c.jpg").mkdir()
    assert lacking(tmp_path, ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]) == ["b.jpg", "c.jpg", "d.jpg"]


def test_the_fingerprint_sees_annotations_names_and_images(tmp_path: Path) -> None:
    annotations = tmp_path / "instances.json"
    annotations.write_text("{}")
    for name in ("a.jpg", "b.jpg"):
        picture(tmp_path / name)
    marks = [fingerprint(annotations, tmp_path, ["a.jpg"]), fingerprint(annotations, tmp_path, ["b.jpg"])]
    assert marks[0] == fingerprint(annotations, tmp_path, ["a.jpg"])
    marks.append(fingerprint(annotations, tmp_path, ["a.jpg", "b.jpg"]))
    picture(tmp_path / "a.jpg", quality=90)
    marks.append(fingerprint(annotations, tmp_path, ["a.jpg"]))
    annotations.write_text("{ }")
    marks.append(fingerprint(annotations, tmp_path, ["a.jpg"]))
    assert len(set(marks)) == 5
