"""The probe: settings, numbers, intervals, notes and files."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.depth_protocols import Fields, chosen
from benchbench.catalog.formulas.rows import Rows, gather, load, save
from benchbench.catalog.probes import PROBES
from benchbench.catalog.probes.depth_error import PROBE, fixed, intervals, notes, score, summarise
from benchbench.catalog.row_scoring import scorer
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from tests.depth_scenes import Scene, plain, random_scene, save_maps

CLAMPED: dict[str, Any] = {"protocol": "issue-157", "cap": 10, "clamp": "cap"}


def target(scene: Scene) -> dict[str, np.ndarray]:
    return {"depth": scene.depth, "valid": scene.valid}


def scored(scenes: list[Scene], ids: list[int] | None = None, **settings: Any) -> Rows:
    one = scorer(PROBE, settings)
    numbered = list(zip(ids or range(len(scenes)), scenes, strict=True))
    return gather(
        [number for number, _ in numbered],
        [one(number, {"output": scene.output}, target(scene)) for number, scene in numbered],
    )


def test_the_shelf_holds_it() -> None:
    probe = PROBES["depth-error"]
    assert isinstance(probe, ScoredProbe)
    rows = scored([random_scene(0)], **CLAMPED)
    assert {metric.name for metric in probe.metrics} == set(summarise(rows, **CLAMPED))
    assert {metric.name for metric in probe.metrics if metric.better == "higher"} == {"delta1", "delta2", "delta3"}
    assert [metric.unit for metric in probe.metrics if metric.unit] == ["m"]
    assert probe.archived({"output": np.ones((480, 640))}) == {}


def test_the_settings_are_the_fields_of_a_protocol() -> None:
    found = settings_of(summarise)
    assert set(found) == set(get_type_hints(Fields))
    assert [name for name, parameter in found.items() if parameter.default is not None] == ["protocol"]
    assert inspect.Parameter.empty not in {parameter.annotation for parameter in found.values()}


@pytest.mark.parametrize("preset", ["issue-157", "v1-174"])
def test_numbers_are_means_over_images(preset: Any) -> None:
    scenes = [random_scene(seed) for seed in range(5)]
    settings: dict[str, Any] = CLAMPED | {"protocol": preset}
    each = [plain(scene, chosen(**settings)) for scene in scenes]
    mean = {name: float(np.mean([numbers[name] for numbers in each])) for name in each[0]}
    assert summarise(scored(scenes, **settings), **settings) == pytest.approx(mean, rel=2e-5)


def test_weights_repeat_images() -> None:
    scenes = [random_scene(seed) for seed in range(3)]
    twice = scored([scenes[0], scenes[2], scenes[2]], **CLAMPED)
    weighted = summarise(scored(scenes, **CLAMPED), [1, 0, 2], **CLAMPED)
    assert weighted == pytest.approx(summarise(twice, **CLAMPED), rel=1e-12)


def test_settings_beside_a_preset_reach_the_pixels_and_the_sums() -> None:
    scenes = [random_scene(seed, shape=(30 + 20 * seed, 40)) for seed in range(3)]
    for settings in (CLAMPED | {"cap": 4}, CLAMPED | {"average": "pixel"}, CLAMPED | {"silog_weight": 1.0}):
        assert summarise(scored(scenes, **settings), **settings) != summarise(scored(scenes, **CLAMPED), **CLAMPED)


def test_a_file_of_rows_is_enough(tmp_path: Path) -> None:
    rows = scored([random_scene(seed) for seed in range(4)], **CLAMPED)
    save(rows, tmp_path / "rows.npz")
    back = load(tmp_path / "rows.npz")
    assert summarise(back, **CLAMPED) == summarise(rows, **CLAMPED)
    assert intervals(back, 10, 0, **CLAMPED) == intervals(rows, 10, 0, **CLAMPED)


def test_no_image_that_counts() -> None:
    scene = random_scene(0)
    empty = Scene(scene.output, scene.depth, np.zeros_like(scene.valid))
    rows = scored([empty], **CLAMPED)
    with pytest.raises(BadData, match="no image has 10 valid pixels"):
        summarise(rows, **CLAMPED)
    assert intervals(rows, 10, 0, **CLAMPED) == {}
    both = scored([empty, scene], **CLAMPED)
    assert intervals(both, 10, 0, **CLAMPED) == {}
    with pytest.raises(BadData, match="no image has 10 valid pixels"):
        summarise(both, [1, 0], **CLAMPED)


@pytest.mark.parametrize("average", ["image", "pixel"])
def test_intervals_hold_the_point_in_the_middle_and_narrow_with_images(average: str) -> None:
    settings = CLAMPED | {"average": average}
    few, many = (scored([random_scene(seed, shape=(9, 11)) for seed in range(count)], **settings) for count in (8, 200))
    points, found = summarise(many, **settings), intervals(many, 100, 3, **settings)
    assert {name: (low + high) / 2 for name, (low, high) in found.items()} == pytest.approx(points)
    assert found == intervals(many, 100, 3, **settings) != intervals(many, 100, 4, **settings)
    wide = intervals(few, 100, 3, **settings)
    assert all(found[name][1] - found[name][0] < wide[name][1] - wide[name][0] for name in ("AbsRel", "RMSE"))


def test_the_interval_of_a_mean_is_the_textbook_one() -> None:
    scenes = [random_scene(seed, shape=(9, 11)) for seed in range(150)]
    each = [summarise(scored([scene], **CLAMPED), **CLAMPED)["AbsRel"] for scene in scenes]
    low, high = intervals(scored(scenes, **CLAMPED), 1000, 1, **CLAMPED)["AbsRel"]
    assert high - low == pytest.approx(2 * 1.96 * np.std(each) / 150**0.5, rel=0.1)


def test_the_order_of_images_does_not_matter() -> None:
    scenes, ids = [random_scene(seed) for seed in range(5)], [4, 9, 2, 30, 1]
    rows, turned = scored(scenes, ids, **CLAMPED), scored(scenes[::-1], ids[::-1], **CLAMPED)
    assert summarise(rows, **CLAMPED) == pytest.approx(summarise(turned, **CLAMPED), rel=1e-12)
    one, other = intervals(rows, 20, 1, **CLAMPED), intervals(turned, 20, 1, **CLAMPED)
    for name, limits in one.items():
        assert limits == pytest.approx(other[name], rel=1e-9)


def test_broken_output_names_its_image() -> None:
    scene = random_scene(0)
    broken = Scene(np.full_like(scene.output, np.nan), scene.depth, scene.valid)
    with pytest.raises(BadData, match=r"image 17: predictions that are not finite: .* \(100 %\)"):
        scored([broken], [17], **CLAMPED)


def test_notes_tell_the_whole_protocol_and_its_source() -> None:
    rows = scored([random_scene(0)], **CLAMPED)
    protocol, clamped = notes(rows, **CLAMPED)
    assert protocol.startswith("protocol issue-157 but for cap, clamp: output is disparity, alignment scale-shift")
    assert "cap 10 m" in protocol
    assert "Depth-Anything-V2, issue 157" in protocol
    assert "1 of 1 images with predictions drawn to the limits" in clamped
    assert notes(rows)[0].startswith("protocol issue-157: ")


def test_files_made_elsewhere(tmp_path: Path) -> None:
    scenes = {3: random_scene(3), 11: random_scene(11)}
    depths: dict[str, Any] = {f"{image}.depth": scene.depth for image, scene in scenes.items()}
    save_maps(tmp_path / "t.npz", depths | {"3.valid": scenes[3].valid})
    made: dict[str, Any] = {f"{image}.output": np.nan_to_num(scene.output) for image, scene in scenes.items()}
    save_maps(tmp_path / "p.npz", made)
    truth = PROBE.read_targets(tmp_path / "t.npz")
    found = PROBE.read_predictions(tmp_path / "p.npz", tmp_path / "t.npz")
    assert sorted(truth) == sorted(found) == [3, 11]
    np.testing.assert_array_equal(truth[3]["valid"], scenes[3].valid)
    np.testing.assert_array_equal(truth[11]["valid"], np.isfinite(scenes[11].depth) & (scenes[11].depth > 0))
    same = score(found[3], truth[3], **CLAMPED)
    for name, value in score({"output": scenes[3].output}, target(scenes[3]), **CLAMPED).items():
        assert same[name] == value


def test_the_group_of_an_image_stands_in_its_row() -> None:
    scene = random_scene(0)
    row = score({"output": scene.output}, {**target(scene), "group": np.array([7])}, **CLAMPED)
    assert row["group"].tolist() == [7]
    assert "group" not in score({"output": scene.output}, target(scene), **CLAMPED)


def test_what_rows_cannot_tell_are_the_fields_that_act_on_pixels() -> None:
    same = [fixed(settings) for settings in ({}, {"protocol": "issue-157", "average": "pixel"}, {"silog_weight": 1.0})]
    assert same[0] == same[1] == same[2]
    assert fixed({"cap": 10}) != same[0]
    assert fixed({"protocol": "zoedepth-nyu", "cap": 10.0}) == fixed({"protocol": "zoedepth-nyu"})
