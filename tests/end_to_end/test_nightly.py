"""The gate of the nightly job through real processes: the committed baseline against nights that went otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
BASELINE, QUICKSTART = ROOT / "records" / "baselines" / "quickstart", ROOT / "suites" / "quickstart.yaml"
TIMED = {"latency", "throughput", "peak-memory"}
Records = Path
Plant = Callable[[Records], None]


@pytest.fixture
def night(place: Place) -> Place:
    """A night that found what the baseline says."""
    shutil.copytree(BASELINE, place.folder / "records")
    (place.folder / "records" / "baseline.json").unlink()
    return place


def gate(place: Place, *words: str, suite: Path = QUICKSTART) -> tuple[int, list[dict[str, Any]]]:
    ended = place.run("compare", str(BASELINE), "--suite", str(suite), "--gate", "--json", *words)
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)["changes"]


def having(changes: list[dict[str, Any]], judgement: str) -> dict[str, set[str]]:
    """Of what was judged so the variants, by probe."""
    found: dict[str, set[str]] = {}
    for change in changes:
        if change["judgement"] == judgement:
            found.setdefault(change["probe"], set()).add(change["variant"])
    return found


def record(records: Records, probe: str, variant: str) -> Path:
    (path,) = records.glob(f"stand-in/{probe}/{variant}-*.json")
    return path


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def elsewhere(content: dict[str, Any]) -> None:
    """As on another machine, with half the time gone: were times compared, it would be told."""
    content["environment"] |= {"cpu": "Another CPU", "cores_usable": 64, "host": "another", "python": "3.12.1"}
    if content["trial"]["probe"]["name"] in TIMED:
        for measurement in content["outcome"]["measurements"]:
            measurement["samples"] = [2.0 * sample for sample in measurement["samples"]]


def larger(records: Records) -> None:
    """A model that has grown by a thousand parameters."""

    def grow(content: dict[str, Any]) -> None:
        for measurement in content["outcome"]["measurements"]:
            measurement["samples"] = [sample + 1000 for sample in measurement["samples"]]

    edit(record(records, "size", "layers"), grow)


def worse(records: Records) -> None:
    """The reference finds what the variant with fewer layers found."""
    base, layers = record(records, "coco-ap", "base"), record(records, "coco-ap", "layers")
    other = json.loads(layers.read_text(encoding="utf-8"))
    edit(base, lambda content: content.update(outcome=other["outcome"]))
    shutil.copy(layers.with_suffix(".rows.npz"), base.with_suffix(".rows.npz"))


def broken(records: Records) -> None:
    def fail(content: dict[str, Any]) -> None:
        content["outcome"] = {"error": "MemoryError: out of memory", "log": ""}

    edit(record(records, "flops", "heads"), fail)


def emptied(records: Records) -> None:
    shutil.rmtree(records)


def without_scores(records: Records) -> None:
    shutil.rmtree(records / "stand-in" / "coco-ap")


def test_an_unchanged_night_passes(night: Place) -> None:
    code, changes = gate(night)
    assert code == 0
    assert {change["kind"] for change in changes} == {"exact", "data", "time"}
    assert not having(changes, "regression")


def test_on_another_machine_counts_and_scores_are_gated_and_times_told_apart(night: Place) -> None:
    for path in (night.folder / "records").glob("stand-in/*/*.json"):
        edit(path, elsewhere)
    code, changes = gate(night)
    assert code == 0
    assert having(changes, "not comparable").keys() == TIMED & {change["probe"] for change in changes}
    equal = having(changes, "equivalent").keys()
    assert equal == {change["probe"] for change in changes} - TIMED
    assert {"size", "structure", "flops", "coco-ap"} <= equal
    for change in changes:
        if change["judgement"] == "not comparable":
            assert change["why"].startswith("cpu: ")
            assert "| Another CPU" in change["why"]
    larger(night.folder / "records")
    assert gate(night)[0] == 4


PLANTED: Mapping[Plant, tuple[int, str, dict[str, set[str]]]] = {
    larger: (4, "regression", {"size": {"layers"}}),
    worse: (4, "regression", {"coco-ap": {"base"}}),
    broken: (4, "regression", {"flops": {"heads"}}),
    emptied: (6, "equivalent", {}),
    without_scores: (
        3,
        "insufficient data",
        {"coco-ap": {"base", "layers", "heads", "channels", "combined"}},
    ),
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_what_was_planted_is_found_where_it_is(night: Place, plant: Plant) -> None:
    plant(night.folder / "records")
    expected, judgement, where = PLANTED[plant]
    code, changes = gate(night)
    assert (code, having(changes, judgement)) == (expected, where)


@pytest.mark.slow
def test_an_edited_recipe_is_measured_and_caught(place: Place) -> None:
    """The suite as it is passes; of one that leaves a layer more the parameters rise."""
    selected, counted = ("-k", "layers and size"), ("--tier", "exact")
    suite = place.folder / "quickstart.yaml"
    suite.write_text(QUICKSTART.read_text(encoding="utf-8"), encoding="utf-8")
    alone = replace(place, environment={**place.environment, "OMP_NUM_THREADS": "1"})
    assert alone.run("run", str(suite), *selected, *counted).returncode == 0
    code, changes = gate(alone, *selected, *counted, suite=suite)
    assert (code, having(changes, "equivalent")) == (0, {"size": {"base", "layers"}})
    edited = suite.read_text(encoding="utf-8").replace("stack: encoder, count: 4", "stack: encoder, count: 5")
    suite.write_text(edited, encoding="utf-8")
    assert alone.run("run", str(suite), *selected, *counted).returncode == 0
    code, changes = gate(alone, *selected, *counted, suite=suite)
    assert (code, having(changes, "regression")) == (4, {"size": {"layers"}})
    assert all("recipe changed" in change["why"] for change in changes if change["judgement"] == "regression")
