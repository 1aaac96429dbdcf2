"""`run`, `plan` and `compare --tier exact`, and `report` in the forms of CI, as real processes."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from benchbench.options import CI_FORMATS
from benchbench.report.ci import formats
from tests.end_to_end.conftest import Place
from tests.kept_records import latency, size, top1

pytestmark = pytest.mark.integration


def test_the_tier_measures_counts_alone_and_judges_what_they_decide(place: Place) -> None:
    ended = place.run("run", "small.yaml", "--tier", "exact", "--json")
    assert ended.returncode == 0, ended.stderr
    assert {path.parent.name for path in place.records()} == {"size"}
    [verdict] = json.loads(ended.stdout)["verdicts"]
    assert verdict["ruling"] == "impossible"
    assert (place.folder / "reports" / "small.html").is_file()
    again = place.run("run", "small.yaml", "--tier", "exact", "--strict")
    assert again.returncode == 5
    assert "2 trials without a clock, 0 to measure" in again.stderr


def test_what_fails_in_the_tier_makes_it_incomplete_and_stands_in_every_form(place: Place) -> None:
    wrong = ("--set", "variants.heads.steps.0.prune-heads.count=9")
    assert place.run("run", "small.yaml", "--tier", "exact", *wrong).returncode == 3
    told = place.run("report", "small.yaml", "--format", "junit", *wrong)
    assert ET.fromstring(told.stdout.encode()).get("errors") == "1"
    annotated = place.run("report", "small.yaml", "--format", "github-annotations", *wrong)
    assert annotated.stdout.startswith("::error file=small.yaml,line=")
    assert annotated.stdout.count("\n") == 1


def test_a_plan_of_the_tier_lists_nothing_else(place: Place) -> None:
    whole = json.loads(place.run("plan", "small.yaml", "--json").stdout)
    told = json.loads(place.run("plan", "small.yaml", "--tier", "exact", "--json").stdout)
    assert {trial["probe"] for trial in whole["trials"]} == {"size", "latency", "coco-ap"}
    assert told["trials"] == [trial for trial in whole["trials"] if trial["probe"] == "size"]
    assert len(told["trials"]) == 2


def test_a_gate_of_the_tier_hears_of_counts_alone(place: Place) -> None:
    before, after = place.folder / "a", place.folder / "b"
    for folder in (before, after):
        size(folder, 100)
    latency(before, 0.7, seed=1)
    latency(after, 1.4, seed=2)
    top1(before, [True] * 200)
    assert place.run("compare", "a", "b", "--gate").returncode == 4
    gate = place.run("compare", "a", "b", "--gate", "--tier", "exact", "--json")
    assert gate.returncode == 0, gate.stderr
    assert [change["probe"] for change in json.loads(gate.stdout)["changes"]] == ["size"]
    size(after, 101, at="2027")
    assert place.run("compare", "a", "b", "--gate", "--tier", "exact").returncode == 4


@pytest.mark.parametrize("words", [("run", "small.yaml"), ("plan", "small.yaml"), ("compare", "records")])
def test_an_unknown_tier_is_a_misuse(place: Place, words: tuple[str, ...]) -> None:
    assert place.run(*words, "--tier", "precise").returncode == 2


def test_the_command_line_knows_every_form() -> None:
    assert set(CI_FORMATS) == set(formats())
