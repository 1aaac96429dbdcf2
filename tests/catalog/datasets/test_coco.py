"""A COCO folder of a few images, whole and broken in every way; and the real one where it is at hand."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.coco import locate
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.catalog.datasets.locating import outcomes_of

located, absent = outcomes_of(locate)

IDS = (42, 7, 9)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No data of this machine: neither its variable nor its cache."""
    monkeypatch.delenv("BENCHBENCH_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache" / "benchbench"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path / "data")


def made(home: Path) -> Path:
    """Three images: one grey, one with two annotations, one with none."""
    (home / "val2017").mkdir(parents=True)
    (home / "annotations").mkdir()
    for image, mode in zip(IDS, ("RGB", "L", "RGB"), strict=True):
        Image.new(mode, (20 + image, 10)).save(home / "val2017" / f"{image:012d}.jpg")
    rewrite(home, {"images": [], "categories": [{"id": 3}], "annotations": []}, fill=True)
    return home


def rewrite(home: Path, document: dict[str, Any], *, fill: bool = False) -> None:
    if fill:
        document["images"] = [
            {"id": image, "file_name": f"{image:012d}.jpg", "height": 10, "width": 20 + image} for image in IDS
        ]
        document["annotations"] = [
            {"id": i, "image_id": 7, "category_id": 3, "bbox": [i, 1, 2, 3], "area": 5.5, "iscrowd": i - 1}
            for i in (1, 2)
        ]
    (home / "annotations" / "instances_val2017.json").write_text(json.dumps(document))


def document(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "annotations" / "instances_val2017.json").read_text())
    return found


def test_all_images_in_order_of_their_ids(home: Path) -> None:
    found = located(root=str(home), count=3)
    samples = found.open()
    assert samples.fingerprint == found.fingerprint
    assert [samples[i].id for i in range(len(samples))] == [7, 9, 42]
    assert [samples[i].image.shape for i in range(3)] == [(10, 27, 3), (10, 29, 3), (10, 62, 3)]
    assert [len(samples[i].target["ids"]) for i in range(3)] == [2, 0, 0]
    target = samples[0].target
    assert target["boxes"].tolist() == [[1, 1, 2, 3], [2, 1, 2, 3]]
    assert (target["crowd"].tolist(), target["ids"].tolist()) == ([False, True], [1, 2])
    assert samples[1].target["boxes"].shape == (0, 4)
    assert samples[0].image.dtype == np.uint8


def test_the_shelf_and_the_settings() -> None:
    found = settings_of(DATASETS["coco"].locate)
    assert {name: parameter.default for name, parameter in found.items()} == {
        "split": "val2017",
        "count": 5000,
        "root": "",
        "annotations": "",
        "images": None,
    }


@pytest.mark.parametrize("below", ["", "coco"])
def test_the_variable_names_the_folder_or_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    made(tmp_path / "elsewhere" / below)
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "elsewhere"))
    assert len(located(count=3).open()) == 3


def test_the_cache_comes_last_and_the_root_first(
    home: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(cache / "coco")
    assert located(count=3)
    monkeypatch.setenv("BENCHBENCH_DATA", str(home))
    rewrite(home, {"images": [], "categories": [], "annotations": []})
    for count in (None, 0, 3):
        with pytest.raises(BadData, match=f"{home}.* holds no image"):
            locate(count=count)
    told = absent(root=str(tmp_path / "nowhere")).reason
    assert str(tmp_path / "nowhere") in told
    assert str(cache) not in told


def test_nothing_there_says_where_it_looked_and_how_to_get_it(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "mine"))
    found = absent()
    assert "annotations/instances_val2017.json" in found.reason
    assert all(str(place) in found.reason for place in (tmp_path / "mine", tmp_path / "mine" / "coco", cache / "coco"))
    assert "benchbench fetch coco-val2017" in found.remedy
    assert "BENCHBENCH_DATA" in found.remedy
    assert "fetch" not in absent(split="train2017").remedy


def test_another_count_tells_both_numbers_and_the_setting(home: Path) -> None:
    found = absent(root=str(home))
    assert "3 images" in found.reason
    assert "5000" in found.reason
    assert "--set scales.full.dataset.coco.count=3" in found.remedy
    assert located(root=str(home), count=None)


def test_missing_and_empty_images_are_named(home: Path) -> None:
    (home / "val2017" / f"{9:012d}.jpg").unlink()
    (home / "val2017" / f"{7:012d}.jpg").write_bytes(b"")
    found = absent(root=str(home), count=3)
    assert "2 of 3 images are missing or empty" in found.reason
    assert f"{7:012d}.jpg, {9:012d}.jpg" in found.reason
    assert "benchbench fetch coco-val2017" in found.remedy


def test_a_truncated_image_is_named_when_it_is_read(home: Path) -> None:
    path = home / "val2017" / f"{9:012d}.jpg"
    path.write_bytes(path.read_bytes()[:-200])
    samples = located(root=str(home), count=3).open()
    assert samples[0].id == 7
    with pytest.raises(BadData, match=rf"{9:012d}\.jpg cannot be decoded"):
        samples[1]


def test_an_image_of_another_size_is_refused(home: Path) -> None:
    Image.new("RGB", (10, 29)).save(home / "val2017" / f"{9:012d}.jpg")
    with pytest.raises(BadData, match="29 px high and 10 wide"):
        located(root=str(home), count=3).open()[1]


def test_a_list_of_images(home: Path) -> None:
    found = located(root=str(home), count=3, images=[42, 7])
    samples = found.open()
    assert [samples[i].id for i in range(len(samples))] == [7, 42]
    assert found.fingerprint != located(root=str(home), count=3).fingerprint
    (home / "val2017" / f"{9:012d}.jpg").unlink()
    assert located(root=str(home), count=3, images=[42, 7]).fingerprint == found.fingerprint


@pytest.mark.parametrize(("images", "message"), [([7, 8], "hold no image"), ([7, 7], "repeats"), ([], "empty")])
def test_a_list_that_cannot_be(home: Path, images: list[int], message: str) -> None:
    with pytest.raises(BadData, match=message):
        locate(root=str(home), count=3, images=images)


def test_other_annotations(home: Path, tmp_path: Path) -> None:
    whole = document(home)
    whole["images"] = whole["images"][:2]
    (home / "annotations" / "few.json").write_text(json.dumps(whole))
    (tmp_path / "few.json").write_text(json.dumps(whole))
    for name in ("annotations/few.json", str(tmp_path / "few.json")):
        assert len(located(root=str(home), count=2, annotations=name).open()) == 2


def test_bad_annotations_are_refused(home: Path) -> None:
    whole = document(home)
    whole["annotations"][0]["id"] = 0
    rewrite(home, whole)
    with pytest.raises(BadData, match="not positive"):
        locate(root=str(home), count=3)


def test_a_file_name_that_leads_out_is_refused(home: Path) -> None:
    whole = document(home)
    whole["images"][0]["file_name"] = "../annotations/instances_val2017.json"
    rewrite(home, whole)
    with pytest.raises(BadData, match="leads out"):
        locate(root=str(home), count=3)


@pytest.mark.parametrize("split", ["", "..", "a/b", "../x"])
def test_a_split_is_a_plain_name(split: str) -> None:
    with pytest.raises(BadData, match="name of a split"):
        locate(split=split)


@pytest.mark.skipif(
    "BENCHBENCH_TEST_COCO" not in os.environ,
    reason="set BENCHBENCH_TEST_COCO to a folder with annotations/ and val2017/ to read real images",
)
def test_real_images() -> None:
    """Every image decodes and every box lies in it; perfect predictions of real annotations are 1."""
    from benchbench.catalog.formulas.rows import gather
    from benchbench.catalog.probes.coco_ap import score, summarise

    samples = located(root=os.environ["BENCHBENCH_TEST_COCO"], count=None).open()
    rows = {}
    for index in range(len(samples)):
        sample = samples[index]
        height, width = sample.image.shape[:2]
        boxes, single = sample.target["boxes"], ~sample.target["crowd"]
        assert (boxes[:, 0] + boxes[:, 2] <= width + 0.5).all()
        assert (boxes[:, 1] + boxes[:, 3] <= height + 0.5).all()
        found = {"boxes": boxes[single], "categories": sample.target["categories"][single]}
        rows[sample.id] = score({**found, "scores": np.ones(int(single.sum()))}, sample.target)
    gathered = gather(list(rows), list(rows.values()))
    numbers = summarise(gathered)
    assert numbers == summarise(gathered, evaluator="pycocotools")
    assert numbers["AP"] == pytest.approx(1.0, abs=1e-12)
