"""The generated detection data: what a user may rely on."""

import hashlib
from typing import Any

import numpy as np
import pytest

from benchbench.catalog.formulas.shapes_drawing import (
    CATEGORIES,
    SIZE,
    Drawing,
    compose,
    draw,
    instances,
)

DIGEST = "d1f06560721763c5465d69209f59262706eb3d8603020e1fe04a7f2fa9d67cdb"


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return [draw(1, index) for index in range(500)]


def test_pictures_of_a_seed_never_change() -> None:
    digest = hashlib.sha256()
    for index in range(12):
        drawing = draw(3, index)
        for part in (drawing.image, drawing.boxes, drawing.categories, drawing.areas, drawing.crowd):
            digest.update(np.ascontiguousarray(part).tobytes())
    assert digest.hexdigest() == DIGEST, "the pictures changed: raise VERSION and train the stand-in again"


def test_a_picture_depends_on_seed_and_index_alone() -> None:
    first = draw(5, 9)
    draw(5, 10)
    assert np.array_equal(first.image, draw(5, 9).image)
    assert not np.array_equal(first.image, draw(5, 8).image)
    assert not np.array_equal(first.image, draw(6, 9).image)


def test_arrays_have_the_promised_shapes(drawings: list[Drawing]) -> None:
    for drawing in drawings[:50]:
        number = len(drawing.categories)
        assert drawing.image.shape == (SIZE, SIZE, 3)
        assert drawing.image.dtype == np.uint8
        assert drawing.boxes.shape == (number, 4)
        assert drawing.boxes.dtype == np.float64
        assert drawing.areas.shape == drawing.crowd.shape == (number,)


@pytest.mark.parametrize("index", range(0, 60, 3))
def test_boxes_are_tight_around_the_visible_pixels(index: int) -> None:
    scene, drawing = compose(2, index), draw(2, index)
    for k, (x, y, width, height) in enumerate(drawing.boxes.astype(int)):
        mask = scene.owner == k
        inside = mask[y : y + height, x : x + width]
        assert inside.sum() == mask.sum() == drawing.areas[k]
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


def test_every_bucket_of_coco_is_populated(drawings: list[Drawing]) -> None:
    areas = np.concatenate([drawing.areas[~drawing.crowd] for drawing in drawings])
    small, large = areas < 32**2, areas >= 96**2
    assert small.sum() > 100
    assert large.sum() > 200
    assert (~small & ~large).sum() > 400
    assert small.mean() < 0.25


def test_there_are_crowds_empty_pictures_and_occlusion(drawings: list[Drawing]) -> None:
    crowds = sum(int(drawing.crowd.sum()) for drawing in drawings)
    empty = sum(len(drawing.boxes) == 0 for drawing in drawings)
    scenes = [compose(1, index) for index in range(100)]
    hidden = [(s.owner == k).sum() < s.full[k] for s in scenes for k in range(len(s.full))]
    assert 10 <= crowds <= 40
    assert 5 <= empty <= 40
    assert 0.02 < np.mean(hidden) < 0.3


def test_most_of_a_hidden_shape_stays_visible() -> None:
    for index in range(100):
        scene = compose(4, index)
        for k, full in enumerate(scene.full):
            assert (scene.owner == k).sum() >= 0.65 * full


def test_every_category_appears_and_has_its_own_hue(drawings: list[Drawing]) -> None:
    hues: dict[int, list[float]] = {k: [] for k in range(len(CATEGORIES))}
    for index in range(60):
        scene, drawing = compose(1, index), drawings[index]
        for k in np.flatnonzero(~drawing.crowd):
            colour = drawing.image[scene.owner == k].mean(0)
            hues[int(drawing.categories[k])].append(_distance(_hue(colour), drawing.categories[k] / len(CATEGORIES)))
    assert all(len(found) >= 5 for found in hues.values())
    assert max(max(found) for found in hues.values()) < 0.5 / len(CATEGORIES)


def _hue(colour: Any) -> float:
    import colorsys

    return colorsys.rgb_to_hsv(*(colour / 255))[0]


def _distance(one: float, other: float) -> float:
    return abs((one - other + 0.5) % 1 - 0.5)


def test_instances_follow_coco(drawings: list[Drawing]) -> None:
    document = instances(drawings)
    ids = [annotation["id"] for annotation in document["annotations"]]
    assert ids == list(range(1, len(ids) + 1))
    assert [category["id"] for category in document["categories"]] == list(range(1, len(CATEGORIES) + 1))
    assert tuple(category["name"] for category in document["categories"]) == CATEGORIES
    assert {a["image_id"] for a in document["annotations"]} <= {image["id"] for image in document["images"]}
    assert {a["iscrowd"] for a in document["annotations"]} == {0, 1}
    assert document["images"][0]["file_name"] == "000000000001.png"
