"""Images on disk beside their annotations: what is missing, and the fingerprint of all."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchbench.catalog.formulas.coco_layout import fingerprint, lacking


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: Any) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path, **options)
    return path


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
