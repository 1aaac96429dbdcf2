"""Presets, what stands beside them, and fields that contradict each other."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from benchbench.catalog.formulas.depth_protocols import PRESETS, SOURCES, Fields, Preset, Protocol, chosen, described
from benchbench.errors import BadData, UnknownName

PAGE = Path(__file__).parents[3] / "docs" / "depth_protocols.md"


def test_every_preset_has_a_source_and_its_place_in_the_documentation() -> None:
    assert set(PRESETS) == set(SOURCES) == set(get_args(Preset))
    page = PAGE.read_text(encoding="utf-8")
    assert not [name for name in PRESETS if f"`{name}`" not in page]
    fields = [name.replace("_", "-") for name in get_type_hints(Fields)]
    assert not [name for name in fields if f"`{name}`" not in page]


def test_fields_are_those_of_a_protocol() -> None:
    assert set(get_type_hints(Fields)) - {"protocol"} == set(get_type_hints(Protocol)) & set(
        Protocol.__dataclass_fields__
    )


def test_what_the_sources_say() -> None:
    author, first, metric = PRESETS["issue-157"], PRESETS["v1-174"], PRESETS["metric"]
    assert (author.space, author.alignment, author.fit, author.compare) == (
        "disparity",
        "scale-shift",
        "disparity",
        "depth",
    )
    assert (first.space, first.compare) == ("disparity", "disparity")
    assert (metric.space, metric.alignment, metric.cap, metric.floor, metric.silog_weight) == (
        "depth",
        "none",
        inf,
        0.001,
        0.5,
    )
    nyu, kitti = PRESETS["zoedepth-nyu"], PRESETS["zoedepth-kitti"]
    assert (nyu.cap, nyu.crop, kitti.cap, kitti.crop) == (10, "eigen", 80, "garg")
    assert nyu.bounds == kitti.bounds == "open"
    assert {preset.average for preset in PRESETS.values()} == {"image"}


def test_fields_beside_a_preset_stand_in_place_of_its_own() -> None:
    found = chosen(protocol="zoedepth-nyu", cap=5, clamp="none", space=None)
    assert (found.cap, found.clamp, found.crop, found.space) == (5, "none", "eigen", "depth")
    assert chosen() == PRESETS["issue-157"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cap": 0.0001}, "a floor of 0.001 m and a cap of 0.0001 m"),
        ({"floor": 0.0}, "a floor of 0 m"),
        ({"clamp": "cap"}, "clamp 'cap' without a cap"),
        ({"silog_weight": 2.0}, "silog-weight of 2"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadData, match=words):
        chosen(**fields)


def test_a_misspelt_preset() -> None:
    with pytest.raises(UnknownName, match="did you mean 'issue-157'"):
        chosen(protocol="issue-175")


def test_the_description_tells_every_field_that_changes_a_number() -> None:
    changes: list[dict[str, Any]] = [
        {"space": "depth"},
        {"alignment": "median"},
        {"fit": "depth"},
        {"compare": "disparity"},
        {"cap": 9.0},
        {"floor": 0.5},
        {"bounds": "open"},
        {"clamp": "cap", "cap": 9.0},
        {"crop": "garg"},
        {"average": "pixel"},
        {"silog_weight": 1.0},
    ]
    words = [described(chosen(**change)) for change in [{}, *changes]]
    assert len(set(words)) == len(words)
    assert "RMSE in 1/m" in described(chosen(compare="disparity"))
