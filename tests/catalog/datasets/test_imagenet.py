"""ILSVRC2012 in the layouts people have: labels, counts, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from benchbench.catalog.contracts import Absent, Located
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.imagenet import locate
from benchbench.catalog.formulas.imagenet_classes import WNIDS
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData

LABELS = (3, 0, 999, 3, 7, 500)
"""Of pictures 1 to 6."""
FLAT = "ILSVRC2012_val_{:08d}.JPEG"


def colours(number: int) -> np.ndarray:
    return np.full((8, 10 + number, 3), 20 * number, np.uint8)


def jpeg(number: int, format: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(colours(number)).save(file, format, quality=100)
    return file.getvalue()


def class_folders(folder: Path, labels: Sequence[int] = LABELS) -> Path:
    for number, label in enumerate(labels, 1):
        path = folder / WNIDS[label] / FLAT.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    return folder


def flat(folder: Path, name: str = FLAT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, label in enumerate(LABELS, 1):
        (folder / name.format(number, WNIDS[label])).write_bytes(jpeg(number))
    return folder


def devkit(folder: Path, *, compressed: bool = True, wnids: Sequence[str] = WNIDS) -> dict[str, int]:
    """meta.mat as the devkit has it, classes in an order of their own and groups of classes after them."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(0).permutation(len(wnids))
    names = [*(wnids[at] for at in order), "n00001740", "n00001930"]
    synsets = np.empty((len(names), 1), dtype=[("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O")])
    for at, name in enumerate(names):
        synsets[at, 0] = (float(at + 1), name, "words")
    savemat(folder / "meta.mat", {"synsets": synsets}, do_compression=compressed)
    return {name: number for number, name in enumerate(names, 1)}


def truth(folder: Path, lines: Sequence[object]) -> Path:
    path = folder / "ILSVRC2012_validation_ground_truth.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def parquet(path: Path, numbers: Sequence[int], labels: Sequence[int | None], **columns: Sequence[Any]) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"bytes": jpeg(number), "path": f"ILSVRC2012_val_{number:08d}.JPEG"} for number in numbers]
    table = pa.table({"image": images, "label": pa.array(labels, pa.int64())} | columns)
    pq.write_table(table, path, row_group_size=2)


def located(root: Path, count: int | None = 6, **settings: Any) -> Located:
    found = locate(root=str(root), count=count, **settings)
    assert isinstance(found, Located), found
    return found


def absent(root: Path, count: int | None = 6, **settings: Any) -> Absent:
    found = locate(root=str(root), count=count, **settings)
    assert isinstance(found, Absent)
    return found


def check(found: Located) -> None:
    samples = found.open()
    assert len(samples) == 6
    assert samples.fingerprint == found.fingerprint
    assert [samples[at].id for at in range(6)] == [1, 2, 3, 4, 5, 6]
    assert [int(samples[at].target["label"]) for at in range(6)] == list(LABELS)
    assert np.array_equal(samples[4].image, colours(5))
    assert samples[0].target["label"].dtype == np.int64
    assert int(samples[0].target["classes"]) == 1000


def test_the_settings() -> None:
    found = settings_of(DATASETS["imagenet"].locate)
    assert {name: each.default for name, each in found.items()} == {"split": "val", "count": 50_000, "root": ""}


def test_the_classes_are_a_thousand_sorted_wnids() -> None:
    from hashlib import sha256

    assert len(set(WNIDS)) == 1000
    assert list(WNIDS) == sorted(WNIDS)
    digest = sha256("".join(f"{wnid}\n" for wnid in WNIDS).encode()).hexdigest()
    assert digest == "70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15"


@pytest.mark.parametrize("below", ["val", "imagenet/val", "ILSVRC/Data/CLS-LOC/val", "ILSVRC2012_img_val", ""])
def test_folders_of_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    class_folders(tmp_path / below)
    (tmp_path / below / ".DS_Store").write_bytes(b"x")
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    found = locate(count=6)
    assert isinstance(found, Located)
    check(found)


def test_names_of_no_number_are_counted_in_order(tmp_path: Path) -> None:
    for label, name in ((3, "b.png"), (3, "a.jpg"), (0, "z.JPEG"), (0, "notes.txt")):
        path = tmp_path / "val" / WNIDS[label] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(1, "PNG" if name.endswith("png") else "JPEG"))
    samples = located(tmp_path, 3).open()
    assert [(samples[at].id, int(samples[at].target["label"])) for at in range(3)] == [(1, 0), (2, 3), (3, 3)]


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("below", ["", "ILSVRC2012_devkit_t12/data"])
def test_a_flat_folder_with_the_devkit(tmp_path: Path, below: str, compressed: bool) -> None:
    flat(tmp_path / "val")
    numbers = devkit(tmp_path / below, compressed=compressed)
    truth(tmp_path / below, [numbers[WNIDS[label]] for label in LABELS])
    check(located(tmp_path))


def test_a_flat_folder_with_wnids_line_by_line(tmp_path: Path) -> None:
    truth(flat(tmp_path / "val"), [WNIDS[label] for label in LABELS])
    check(located(tmp_path))


def kaggle(folder: Path, lines: Mapping[str, str]) -> None:
    text = "".join(f"{name},{boxes}\n" for name, boxes in {"ImageId": "PredictionString", **lines}.items())
    (folder / "LOC_val_solution.csv").write_text(text, encoding="utf-8")


def test_a_flat_folder_with_kaggles_solution(tmp_path: Path) -> None:
    flat(tmp_path / "ILSVRC/Data/CLS-LOC/val")
    boxes = {n: f"{WNIDS[label]} 85 1 499 272 " * (1 + n % 2) for n, label in enumerate(LABELS, 1)}
    kaggle(tmp_path, {FLAT.format(number)[:-5]: words for number, words in reversed(boxes.items())})
    check(located(tmp_path))


def test_names_that_hold_the_class_need_no_truth(tmp_path: Path) -> None:
    flat(tmp_path / "val", "ILSVRC2012_val_{:08d}_{}.JPEG")
    check(located(tmp_path))


@pytest.mark.parametrize("below", ["", "data"])
def test_shards_of_the_hub(tmp_path: Path, below: str) -> None:
    parquet(tmp_path / below / "validation-00000-of-00002.parquet", [1, 2, 3, 4], LABELS[:4])
    parquet(tmp_path / below / "validation-00001-of-00002.parquet", [5, 6], LABELS[4:])
    check(located(tmp_path))
    samples = located(tmp_path).open()
    assert [samples[at].image.shape[1] for at in (5, 0, 3)] == [16, 11, 14]


def test_without_pyarrow_shards_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet(tmp_path / "validation-00000-of-00001.parquet", [1], [0])
    monkeypatch.setattr("benchbench.catalog.datasets.imagenet.find_spec", lambda _: None)
    assert absent(tmp_path).remedy == 'pip install "benchbench[parquet]"'


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    found = absent(tmp_path)
    assert str(tmp_path) in found.reason
    assert "LOC_val_solution.csv" in found.remedy


def test_another_datasets_folder_of_this_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "val" / "indoors").mkdir(parents=True)
    class_folders(tmp_path / "imagenet" / "val")
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    assert isinstance(locate(count=6), Located)


def test_another_count_is_told_with_the_classes_that_lack_pictures(tmp_path: Path) -> None:
    class_folders(tmp_path / "val")
    found = absent(tmp_path, 50_000)
    assert "has 6 images, the suite wants 50,000" in found.reason
    assert f"999 of 1,000 classes have fewer than 2: {WNIDS[0]} 1, {WNIDS[1]} 0, {WNIDS[2]} 0" in found.reason
    assert "count=6" in found.remedy
    located(tmp_path, None)
    parquet(tmp_path / "hub" / "validation-00000-of-00001.parquet", [1, 2, 3], LABELS[:3])
    assert "has 3 images, the suite wants 6" in absent(tmp_path / "hub").reason


def test_a_class_without_pictures_is_named(tmp_path: Path) -> None:
    class_folders(tmp_path / "val")
    (tmp_path / "val" / WNIDS[42]).mkdir()
    assert f"1 class folders of {tmp_path / 'val'} hold no picture: {WNIDS[42]}" in absent(tmp_path).reason


@pytest.mark.parametrize("name", ["n01440765", "tench"])
def test_an_unknown_class_is_named_with_the_nearest(tmp_path: Path, name: str) -> None:
    class_folders(tmp_path / "val")
    (tmp_path / "val" / name).mkdir()
    with pytest.raises(BadData, match=f"{name}.*: '{name}' is no class") as told:
        locate(root=str(tmp_path), count=6)
    hint = {"n01440765": "did you mean 'n01440764'", "tench": "its classes are called n01440764 to n15075141"}[name]
    assert hint in str(told.value.hint)


def test_folders_by_word_alone_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "val" / "cat").mkdir(parents=True)
    (tmp_path / "val" / "dog").mkdir(parents=True)
    with pytest.raises(BadData, match=r"cat \(2 such folders\): 'cat' is no class"):
        locate(root=str(tmp_path), count=6)


def test_empty_and_broken_files_are_named(tmp_path: Path) -> None:
    class_folders(tmp_path / "val")
    name = f"{WNIDS[0]}/{FLAT.format(2)}"
    (tmp_path / "val" / name).write_bytes(b"")
    assert f"1 of 6 files are missing or empty in {tmp_path / 'val'}: {name}" in absent(tmp_path).reason
    (tmp_path / "val" / name).write_bytes(b"<html>not found</html>")
    with pytest.raises(BadData, match=f"{name} begins as no JPEG or PNG does"):
        locate(root=str(tmp_path), count=6)
    (tmp_path / "val" / name).write_bytes(jpeg(2)[:-200])
    samples = located(tmp_path).open()
    with pytest.raises(BadData, match=f"{name} cannot be decoded"):
        samples[1]


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "data" / "val")
    secret = tmp_path / "secret.JPEG"
    secret.write_bytes(jpeg(1))
    linked = folder / WNIDS[0] / FLAT.format(2)
    linked.unlink()
    linked.symlink_to(secret)
    with pytest.raises(BadData, match="is a link to"):
        locate(root=str(tmp_path / "data"), count=6)
    linked.unlink()
    (tmp_path / "elsewhere").mkdir()
    (folder / WNIDS[5]).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadData, match="is a link to"):
        locate(root=str(tmp_path / "data"), count=6)


@pytest.mark.parametrize("split", ["", "..", "a/b"])
def test_a_split_is_a_name(tmp_path: Path, split: str) -> None:
    with pytest.raises(BadData, match="name of a split"):
        locate(root=str(tmp_path), split=split)


def test_the_fingerprint_knows_files_and_labels(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "val")
    first = located(tmp_path).fingerprint
    assert located(tmp_path).fingerprint == first
    (folder / WNIDS[0] / FLAT.format(2)).write_bytes(jpeg(1))
    assert located(tmp_path).fingerprint != first
    flat(tmp_path / "flat" / "val")
    marks = set()
    for labels in (LABELS, LABELS[::-1]):
        truth(tmp_path / "flat", [WNIDS[label] for label in labels])
        marks.add(located(tmp_path / "flat").fingerprint)
    assert len(marks) == 2
