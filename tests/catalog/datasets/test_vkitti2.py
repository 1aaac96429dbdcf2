"""Virtual KITTI 2: scenes, conditions, the sky and the ways its archives are unpacked."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.datasets.vkitti2 import CONDITIONS, SCENES, locate
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.catalog.datasets.locating import outcomes_of
from tests.depth_folders import save, steps, vkitti2

located, absent = outcomes_of(locate)


def test_the_settings() -> None:
    found = settings_of(DATASETS["vkitti2"].locate)
    assert {name: parameter.default for name, parameter in found.items()} == {
        "condition": "clone",
        "scenes": None,
        "camera": 0,
        "count": "published",
        "root": "",
    }


@pytest.mark.parametrize("halves", [("", ""), ("vkitti_2.0.3_rgb", "vkitti_2.0.3_depth"), ("rgb", "depth")])
def test_centimetres_and_the_sky(tmp_path: Path, halves: tuple[str, str]) -> None:
    vkitti2(tmp_path, 2, halves=halves)
    samples = located(root=str(tmp_path), count=2).open()
    assert [samples[index].id for index in range(2)] == [1, 2]
    target = samples[1].target
    assert np.argwhere(~target["valid"]).tolist() == [[0, 1], [1, 2]]
    assert target["depth"][2, 5] == np.float32(steps(1)[2, 5] / 100)
    assert target["depth"][0, 1] == 0
    assert samples[1].image.shape == (6, 9, 3)


def test_the_published_counts(tmp_path: Path) -> None:
    assert sum(SCENES.values()) == 2126
    assert len(CONDITIONS) * 2126 == 21_260
    vkitti2(tmp_path, 1)
    assert "has 1 images, the suite wants 2,126" in absent(root=str(tmp_path)).reason
    assert "wants 21,260" in absent(root=str(tmp_path), condition="all").reason
    assert "wants 447" in absent(root=str(tmp_path), scenes=["Scene01"]).reason


def test_scenes_conditions_and_cameras(tmp_path: Path) -> None:
    for part in ("Scene01/clone", "Scene01/fog", "Scene20/clone"):
        vkitti2(tmp_path, 2, part=part)
    chosen: list[dict[str, Any]] = [{}, {"condition": "fog"}, {"condition": "all"}, {"scenes": ["Scene20"]}]
    assert [len(located(root=str(tmp_path), count=None, **each).open()) for each in chosen] == [4, 2, 6, 2]
    every = located(root=str(tmp_path), count=None, condition="all").open()
    assert [int(every[index].target["group"][0]) for index in range(6)] == [0, 0, 0, 0, 1, 1]
    assert "has 0 images" in absent(root=str(tmp_path), camera=1, count=None).reason


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"condition": "snow"}, "no condition 'snow'"),
        ({"scenes": ["Scene03"]}, "no scene 'Scene03'"),
        ({"scenes": ["../x"]}, r"no scene '\.\./x'"),
        ({"scenes": []}, "empty list of scenes"),
        ({"scenes": ["Scene01", "Scene01"]}, "one twice"),
        ({"camera": 2}, "no camera 2"),
    ],
)
def test_names_it_lacks(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(BadData, match=told):
        locate(**settings)


def test_missing_depth_and_missing_data(tmp_path: Path) -> None:
    told = absent(root=str(tmp_path))
    assert "Scene01 or Scene02 or" in told.reason
    assert "BENCHBENCH_DATA" in told.remedy
    vkitti2(tmp_path, 2)
    (tmp_path / "Scene01/clone/frames/depth/Camera_0/depth_00001.png").unlink()
    assert "depth_00001.png" in absent(root=str(tmp_path), count=2).reason


def test_a_picture_of_depth_is_refused(tmp_path: Path) -> None:
    vkitti2(tmp_path, 1)
    save(tmp_path / "Scene01/clone/frames/depth/Camera_0/depth_00000.png", (steps(0) // 256).astype(np.uint8))
    with pytest.raises(BadData, match=r"depth_00000\.png is no 16-bit grey image but has mode L"):
        located(root=str(tmp_path), count=1).open()[0]
