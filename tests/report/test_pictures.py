"""Which pictures are shown, in which colours, and within which room."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchbench.report import Account, painting, render
from benchbench.report.colouring import LEVELS, coloured, photo
from benchbench.report.painting import paint
from benchbench.report.pictures import MOST_COLUMNS, lacking, walls
from benchbench.types import Boxes, DepthMap, Gallery, Guess, Range, Reading, Scene, Variant, Verdict
from tests.report import accounts, boxes, depth_accounts
from tests.report.models import COSTS


def opened(address: str) -> Image.Image:
    assert re.match("data:image/(png|jpeg);base64,", address)
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def pixels(address: str) -> NDArray[np.uint8]:
    return np.asarray(opened(address).convert("RGBA"))


def level_map(level: float) -> DepthMap:
    return DepthMap(np.full((20, 30), level, np.float32))


def of_levels(levels: dict[str, float]) -> Account:
    """An account with one scene: the truth is a slope from 1 to 5 m, each variant a level."""
    truth = DepthMap(np.linspace(1, 5, 600, dtype=np.float32).reshape(20, 30))
    image = np.zeros((20, 30, 3), np.uint8)
    scene = Scene(3, image, truth, {name: level_map(level) for name, level in levels.items()})
    return replace(depth_accounts.account(), gallery=(Gallery("stand-in", "depth-error", "", (scene,)),))


def test_classes_stand_under_the_image_with_their_probability() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    scene = Scene(3, image, Guess(5), {"base": Guess(5, 0.934), "layers-4": Guess(2, 0.5)})
    account = replace(depth_accounts.account(), gallery=(Gallery("stand-in", "top1", "", (scene,)),))
    (wall,) = walls(account)
    [row] = paint([wall])[wall.name]
    assert [[each.caption for each in column] for column in row.columns] == [
        ["✓ class 5, 93\N{NO-BREAK SPACE}%"],
        ["✗ class 2, 50\N{NO-BREAK SPACE}%"],
    ]
    assert [each.caption for each in row.given] == ["class 5"]
    assert "softmax" in wall.notes[1]
    page = render(account, "html")
    assert page.count('<use href="#pictures-stand-in-1"') == 2
    assert "✓ class 5, 93" in page


def test_reference_comes_first_and_columns_follow_the_suite() -> None:
    given = replace(depth_accounts.account(), gallery=(few(("layers-4", "heads-0.5", "base")),))
    (wall,) = walls(given)
    assert wall.variants == ("base", "layers-4", "heads-0.5")
    last = replace(given.suite, reference="heads-0.5")
    assert walls(replace(given, suite=last))[0].variants == ("heads-0.5", "base", "layers-4")


def few(names: tuple[str, ...]) -> Gallery:
    whole = depth_accounts.gallery()
    scenes = tuple(replace(each, predictions={name: each.predictions[name] for name in names}) for each in whole.scenes)
    return replace(whole, scenes=scenes)


def test_of_many_the_named_the_worst_and_the_best_are_shown_and_the_rest_is_named() -> None:
    (wall,) = walls(accounts.account())
    named = {"base", "layers", "heads", "channels-inner", "combined-inner"}
    assert len(wall.variants) == MOST_COLUMNS
    assert named <= set(wall.variants)
    assert {"channels-backbone", "depth-4-first"} <= set(wall.variants)
    order = [variant.name for variant in accounts.VARIANTS]
    assert list(wall.variants) == sorted(wall.variants, key=order.index)
    assert any(note == "Not shown, for want of room: depth-2-first." for note in wall.notes)
    assert any(boxes.WITHOUT in note for note in wall.notes)


def test_more_named_variants_than_columns_are_cut_to_the_room() -> None:
    given = accounts.account()
    stated = Range("1", 1, 1, 1)
    template = given.verdicts[0].claim
    readings = tuple(Reading(name, "t", "AP", variant=name, range=stated) for name in COSTS)
    claims = (replace(template, scale="stand-in", readings=readings),)
    (wall,) = walls(replace(given, suite=replace(given.suite, claims=claims), verdicts=tuple[Verdict, ...]()))
    assert len(wall.variants) == MOST_COLUMNS
    assert wall.variants[0] == "base"


def test_scale_without_scenes_has_a_sentence_and_no_wall() -> None:
    lost = Gallery("stand-in", "depth-error", missing=(("base", "it is cut off"),))
    given = replace(depth_accounts.account(), gallery=(lost,))
    assert walls(given) == ()
    assert lacking(given) == ("stand-in / depth-error: the pictures of base (it is cut off).",)
    assert "No pictures of stand-in / depth-error: the pictures of base (it is cut off)." in render(given, "html")
    assert 'id="pictures"' not in render(replace(given, gallery=()), "html")


def test_a_row_shares_its_colours_and_says_their_range() -> None:
    (rows,) = paint(walls(of_levels({"base": 3.0, "layers-8": 3.0, "layers-4": 9.0}))).values()
    (row,) = rows
    assert [(bar.title, bar.low, bar.high) for bar in row.bars] == [
        ("Depth", "1.0\N{NO-BREAK SPACE}m", "5.0\N{NO-BREAK SPACE}m"),
        ("Error |d − d*| / d*", "0", "≥\N{NO-BREAK SPACE}1"),
    ]
    base, same, far = (pixels(column[0].source) for column in row.columns)
    assert np.array_equal(base, same)
    truth, bar = pixels(row.given[1].source), pixels(row.bars[0].source)
    assert base[0, 0].tolist() == bar[0, LEVELS // 2].tolist()
    assert far[0, 0].tolist() == bar[0, -1].tolist() == truth[-1, -1].tolist()
    assert truth[0, 0].tolist() == bar[0, 0].tolist()


def test_caption_is_the_mean_error_of_what_is_shown() -> None:
    (rows,) = paint(walls(of_levels({"base": 3.0}))).values()
    slope = np.linspace(1, 5, 600)
    assert rows[0].columns[0][1].caption == f"AbsRel\N{NO-BREAK SPACE}{np.mean(abs(3 - slope) / slope):.3f}"
    assert "layers" not in rows[0].columns[0][0].alt
    assert all(painted.alt.startswith("sample 3") for painted in (*rows[0].given, *rows[0].columns[0]))


def test_what_is_no_number_is_transparent_and_what_is_beyond_is_the_last_colour() -> None:
    values = np.array([[np.nan, 0.0, 1.0, np.inf, -np.inf]], np.float32)
    shown = pixels(coloured(values, (0.0, 1.0), "viridis_r", (1, 5)))
    assert shown[0, :, 3].tolist() == [0, 255, 255, 255, 255]
    assert shown[0, 2].tolist() == shown[0, 3].tolist() != shown[0, 1].tolist()
    assert shown[0, 4].tolist() == shown[0, 1].tolist()


@pytest.mark.parametrize("level", [np.nan, np.inf, 0.0])
def test_maps_without_any_number_are_drawn_all_the_same(level: float) -> None:
    nothing = DepthMap(np.full((20, 30), np.nan, np.float32))
    given = of_levels({"base": level})
    scene = replace(given.gallery[0].scenes[0], truth=nothing)
    (rows,) = paint(walls(replace(given, gallery=(replace(given.gallery[0], scenes=(scene,)),)))).values()
    assert rows[0].columns[0][1].caption == "no valid pixel"
    assert not pixels(rows[0].columns[0][1].source)[..., 3].any()


def test_predictions_beyond_any_distance_are_counted_where_an_error_would_stand() -> None:
    given = of_levels({"base": 3.0})
    scene = given.gallery[0].scenes[0]
    depth = np.full((20, 30), 3.0, np.float32)
    depth[0, :7] = np.inf
    beyond = replace(scene, predictions={"base": DepthMap(depth)})
    (rows,) = paint(walls(replace(given, gallery=(replace(given.gallery[0], scenes=(beyond,)),)))).values()
    assert rows[0].columns[0][1].caption == "7 of 600 pixels infinitely far"


def test_photos_keep_their_content_in_the_shorter_coding() -> None:
    flat = np.full((60, 80, 3), (10, 200, 90), np.uint8)
    noisy = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    assert opened(photo(flat, (60, 80))).format == "PNG"
    assert opened(photo(noisy, (200, 200))).format == "JPEG"
    assert pixels(photo(flat, (30, 40)))[15, 20, :3].tolist() == [10, 200, 90]
    assert opened(photo(flat, (30, 40))).size == (40, 30)


def test_pictures_shrink_until_the_page_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    given = walls(depth_accounts.account())
    monkeypatch.setattr(painting, "MOST_CHARACTERS", 40_000)
    (rows,) = paint(given).values()
    assert max(rows[0].size) == 64
    monkeypatch.setattr(painting, "MOST_CHARACTERS", 10**9)
    (rows,) = paint(given).values()
    assert rows[0].size == (126, 98)


def test_boxes_from_half_confidence_are_drawn_in_the_pictures_units() -> None:
    places = np.array([[0.1, 0.2, 0.5, 0.25], [0, 0, 1, 1]])
    found = Boxes(places, np.array([4, 5]), np.array([0.5, 0.499]))
    scene = Scene(1, np.zeros((40, 80, 3), np.uint8), found, {"base": found})
    given = replace(accounts.account(), gallery=(Gallery("stand-in", "coco-ap", "", (scene,)),))
    (rows,) = paint(walls(given)).values()
    (shown,) = rows[0].columns[0]
    assert shown.boxes is not None
    assert [(box.x, box.y, box.width, box.height, box.words) for box in shown.boxes] == [
        (8.0, 8.0, 40.0, 10.0, "category 4, 0.50")
    ]
    assert (shown.caption, shown.source) == ("1 box", "")
    assert rows[0].given[0].caption == "ground truth, 2 boxes"


def test_image_under_boxes_stands_once_in_the_page() -> None:
    page = render(accounts.account(), "html")
    assert len(re.findall("<image ", page)) == 2
    drawings = re.findall(r'<svg class="picture".*?</svg>', page, flags=re.DOTALL)
    assert len(drawings) == 2 + 2 * MOST_COLUMNS - 1
    ids = set(re.findall(r'<image id="([^"]+)"', page))
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        uses = [element.get("href", "")[1:] for element in root.iter("use")]
        assert set(uses) <= ids
        assert root.get("aria-label")
    assert page.count(">no picture<") == 1


def test_a_variant_unknown_to_the_suite_is_no_column() -> None:
    stray = Variant("stray", "stray")
    given = of_levels({"base": 3.0, stray.name: 2.0})
    assert walls(given)[0].variants == ("base",)


def test_markdown_says_where_the_pictures_are() -> None:
    text = render(depth_accounts.account(), "markdown")
    assert "The pictures stand in the HTML report." in text
    assert "data:image" not in text
