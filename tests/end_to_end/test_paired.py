"""Real records, read back: the difference between two variants over the same images."""

from __future__ import annotations

import json

import pytest

from benchbench.catalog.probes.coco_ap import TITLES
from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration


def test_a_run_tells_the_difference_over_the_same_images_and_keeps_it(place: Place) -> None:
    ended = place.run("run", "small.yaml", "-k", "coco-ap")
    assert ended.returncode == 0, ended.stderr
    assert "Difference to base" in (place.folder / "reports" / "small.html").read_text(encoding="utf-8")
    summaries = {path: json.loads(path.read_bytes()) for path in (place.folder / "records").glob(".summaries/*.json")}
    [(kept, told)] = [(path, found) for path, found in summaries.items() if isinstance(found, dict) and "AP" in found]
    assert told.keys() == set(TITLES)
    before = kept.stat().st_mtime_ns
    again = place.run("report", "small.yaml", "--format", "json", "-o", "again.json")
    assert again.returncode == 0, again.stderr
    rows = json.loads((place.folder / "again.json").read_text(encoding="utf-8"))["measurements"]
    [row] = [each for each in rows if each["variant"] == "heads" and each["metric"] == "AP"]
    assert row["difference"] == pytest.approx(100 * told["AP"][0])
    assert row["difference"] == pytest.approx(row["change"])
    assert row["test"] == told["AP"][4]
    assert kept.stat().st_mtime_ns == before
