"""`benchbench run --tier exact`, and `report` in the forms of CI, as real processes."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from benchbench.options import CI_FORMATS
from benchbench.report.ci import formats
from tests.end_to_end.conftest import Place

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


def test_an_unknown_tier_is_a_misuse(place: Place) -> None:
    assert place.run("run", "small.yaml", "--tier", "precise").returncode == 2


def test_the_command_line_knows_every_form() -> None:
    assert set(CI_FORMATS) == set(formats())
