"""The generated data set on the disk."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchbench.catalog.datasets import shapes
from benchbench.catalog.formulas import shapes_drawing
from benchbench.errors import BadData


def test_pictures_and_instances_are_written(tmp_path: Path) -> None:
    root = shapes.write(tmp_path / "shapes", seed=3, count=4)
    files = sorted(path.name for path in (root / "images").iterdir())
    assert files == [f"{k:012d}.png" for k in range(1, 5)]
    with Image.open(root / "images" / files[2]) as picture:
        assert np.array_equal(np.asarray(picture), shapes_drawing.draw(3, 2).image)
    assert [path.name for path in tmp_path.iterdir()] == ["shapes"]


def test_pycocotools_loads_it(tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    root = shapes.write(tmp_path / "shapes", seed=3, count=6)
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = COCO(str(root / "instances.json"))
    expected = [shapes_drawing.draw(3, index) for index in range(6)]
    assert loaded.getImgIds() == [1, 2, 3, 4, 5, 6]
    assert len(loaded.getAnnIds()) == sum(len(drawing.boxes) for drawing in expected)
    assert loaded.loadAnns([1])[0]["bbox"] == next(list(d.boxes[0]) for d in expected if len(d.boxes))


def test_a_whole_set_is_used_again(tmp_path: Path) -> None:
    root = shapes.write(tmp_path / "shapes", seed=3, count=2)
    before = (root / "instances.json").stat().st_mtime_ns
    shapes.write(root, seed=3, count=2)
    assert (root / "instances.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("change", [{"seed": 4}, {"count": 3}])
def test_another_set_in_the_folder_is_refused(tmp_path: Path, change: dict[str, int]) -> None:
    wanted = {"seed": 3, "count": 2}
    root = shapes.write(tmp_path / "shapes", **wanted)
    with pytest.raises(BadData, match="remove the folder"):
        shapes.write(root, **(wanted | change))


def test_a_half_written_folder_is_refused(tmp_path: Path) -> None:
    root = shapes.write(tmp_path / "shapes", seed=3, count=1)
    text = (root / "instances.json").read_text(encoding="utf-8")
    (root / "instances.json").write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(BadData):
        shapes.write(root, seed=3, count=1)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(seed: int, index: int) -> shapes_drawing.Drawing:
        raise OSError(f"no space left for {seed}, {index}")

    monkeypatch.setattr(shapes_drawing, "draw", broken)
    with pytest.raises(OSError, match="no space"):
        shapes.write(tmp_path / "shapes", seed=3, count=1)
    assert list(tmp_path.iterdir()) == []


def test_of_two_writers_the_second_keeps_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, drawn = tmp_path / "shapes", shapes_drawing.instances

    def overtaken(drawings: list[shapes_drawing.Drawing]) -> dict[str, object]:
        monkeypatch.undo()
        shapes.write(root, seed=3, count=1)
        return drawn(drawings)

    monkeypatch.setattr(shapes_drawing, "instances", overtaken)
    assert shapes.write(root, seed=3, count=1) == root
    assert [path.name for path in tmp_path.iterdir()] == ["shapes"]
    assert json.loads((root / "instances.json").read_text(encoding="utf-8"))["info"]["seed"] == 3
