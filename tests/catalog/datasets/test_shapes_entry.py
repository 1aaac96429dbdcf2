"""The generated data as a dataset of the shelf."""

from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.contracts import Located
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.formulas.shapes_drawing import draw
from benchbench.errors import BadData


def located(seed: int, count: int, root: Path) -> Located:
    found = DATASETS["shapes"].locate(seed=seed, count=count, root=str(root))
    assert isinstance(found, Located)
    return found


def test_nothing_is_drawn_before_it_is_opened(tmp_path: Path) -> None:
    found = located(3, 4, tmp_path / "shapes")
    assert not list(tmp_path.iterdir())
    samples = found.open()
    assert len(samples) == 4
    assert samples.fingerprint == found.fingerprint


def test_samples_are_the_drawings(tmp_path: Path) -> None:
    samples = located(3, 3, tmp_path).open()
    for index in range(3):
        drawing, sample = draw(3, index), samples[index]
        assert np.array_equal(sample.image, drawing.image)
        assert np.array_equal(sample.target["boxes"], drawing.boxes)
        assert np.array_equal(sample.target["crowd"], drawing.crowd)
        assert np.array_equal(sample.target["categories"], drawing.categories + 1)


def test_the_fingerprint_names_seed_and_count(tmp_path: Path) -> None:
    marks = {located(seed, count, tmp_path).fingerprint for seed in (1, 2) for count in (1, 2)}
    assert len(marks) == 4
    assert located(1, 1, tmp_path / "other").fingerprint in marks


def test_opened_twice_the_same_files_serve(tmp_path: Path) -> None:
    located(1, 2, tmp_path).open()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
    located(1, 2, tmp_path).open()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")} == before
    assert len(before) == 2


def test_the_cache_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    DATASETS["shapes"].locate(seed=1, count=1).open()  # type: ignore[union-attr]
    assert [path.parent.name for path in (tmp_path / "benchbench").iterdir()] == ["benchbench"]
    assert (tmp_path / "benchbench" / "shapes").is_dir()


@pytest.mark.parametrize(("seed", "count"), [(-1, 5), (0, 0)])
def test_what_cannot_be_drawn(seed: int, count: int) -> None:
    with pytest.raises(BadData, match=f"seed {seed} and count {count}"):
        DATASETS["shapes"].locate(seed=seed, count=count)
