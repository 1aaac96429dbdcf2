"""`report --beside` through real processes: on the page, in the other formats, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration


def lighter(baseline: Path) -> None:
    """As if a variant had had fewer parameters then."""
    path = next(baseline.glob("stand-in/size/heads-*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    (params,) = (each for each in record["outcome"]["measurements"] if each["metric"] == "params")
    params["samples"] = [params["samples"][0] / 2]
    path.write_text(json.dumps(record), encoding="utf-8")


def test_a_baseline_stands_beside_the_current_records(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    assert place.run("baseline", "set", "night").returncode == 0
    lighter(place.folder / "records" / "baselines" / "night")
    plain = place.folder / "plain.html"
    assert place.run("report", "small.yaml", "-o", "plain.html").returncode == 0
    page = place.folder / "reports" / "small.html"
    written = place.run("report", "small.yaml", "--beside", "night")
    assert (written.returncode, written.stderr.strip()) == (0, "report: reports/small.html")
    assert "Runs side by side" in page.read_text(encoding="utf-8")
    assert "Runs side by side" not in plain.read_text(encoding="utf-8")
    told = json.loads(place.run("report", "small.yaml", "--beside", "night", "--format", "json").stdout)
    (side,) = told["beside"]
    assert (side["name"], side["folder"]) == ("baseline night", "records/baselines/night")
    judged = {each["metric"]: each["judgement"] for each in side["changes"] if each["variant"] == "heads"}
    assert judged["params"] == "regression"
    shown = place.run("report", "small.yaml", "--beside", "night", "--beside", "records", "--format", "markdown").stdout
    assert "+100.0" in shown
    assert "✗ regression" in shown
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    assert "Runs side by side" not in page.read_text(encoding="utf-8"), "a run writes its own report again"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--beside", "nothing"], "no folder, no baseline and no git revision"),
        (["--beside", "records", "--format", "csv"], "--beside is for"),
        (["--beside", "records", "--format", "latex"], "--beside is for"),
        (["--beside", "records", "--format", "junit"], "--beside is for"),
    ],
)
def test_what_cannot_be_asked_for(place: Place, words: list[str], why: str) -> None:
    refused = place.run("report", "small.yaml", *words)
    assert refused.returncode == 2
    assert why in " ".join(refused.stderr.replace("│", " ").split())
    assert "Traceback" not in refused.stderr
