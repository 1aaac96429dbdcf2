"""Annotations of DA-2K: what is read, and every way they may be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchbench.catalog.formulas.point_pairs import LONGEST, PointPairs, read_annotations
from benchbench.errors import BadData
from tests.depth_folders import colours, save

PAIR = {"point1": [2, 7], "point2": [5, 0], "closer_point": "point1"}


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_points_are_rows_and_columns(tmp_path: Path) -> None:
    found = read_annotations(write(tmp_path / "a.json", {"x.jpg": [PAIR, {**PAIR, "closer_point": "point2"}]}))
    target = found["x.jpg"]
    assert target["points"].tolist() == [[[2, 7], [5, 0]]] * 2
    assert target["closer"].tolist() == [0, 1]
    assert {each.dtype.name for each in target.values()} == {"int64"}


@pytest.mark.parametrize(
    "entries",
    [
        [],
        {},
        [7],
        [{**PAIR, "closer_point": "point3"}],
        [{**PAIR, "closer_point": ["point1"]}],
        [{**PAIR, "point1": [1.5, 2]}],
        [{**PAIR, "point1": [True, 2]}],
        [{**PAIR, "point2": [1, 2, 3]}],
        [{**PAIR, "point2": [1, 2**70]}],
        [PAIR, {"point1": [1, 2], "closer_point": "point1"}],
    ],
)
def test_annotations_of_another_form_are_named(tmp_path: Path, entries: Any) -> None:
    with pytest.raises(BadData, match=r"a\.json: the annotations of 'y\.jpg' are no list of point1"):
        read_annotations(write(tmp_path / "a.json", {"x.jpg": [PAIR], "y.jpg": entries}))


def test_no_annotations_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content, told in (("[]", "holds no object"), ('{"x"', "is not JSON"), ("[" * 100_000, "is not JSON")):
        path.write_text(content)
        with pytest.raises(BadData, match=rf"a\.json {told}"):
            read_annotations(path)
    with path.open("wb") as file:
        file.truncate(LONGEST + 1)
    with pytest.raises(BadData, match="too long"):
        read_annotations(path)
    with pytest.raises(BadData, match=r"b\.json cannot be read"):
        read_annotations(tmp_path / "b.json")


@pytest.mark.parametrize(("point", "inside"), [([5, 8], True), ([6, 8], False), ([5, 9], False), ([-1, 0], False)])
def test_points_lie_in_their_image(tmp_path: Path, point: list[int], inside: bool) -> None:
    save(tmp_path / "x.png", colours(0))
    targets = read_annotations(write(tmp_path / "a.json", {"x.png": [PAIR, {**PAIR, "point2": point}]}))
    samples = PointPairs(tmp_path, targets, "")
    if inside:
        assert samples[0].target["points"].shape == (2, 2, 2)
    else:
        with pytest.raises(BadData, match=r"x\.png is 6 px high and 9 wide, but point2 of pair 2 is \(row, column\)"):
            samples[0]
