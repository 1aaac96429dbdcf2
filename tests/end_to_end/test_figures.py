"""`benchbench figures` as a process of its own, on what a run has measured."""

from __future__ import annotations

import csv

import pytest

from tests.end_to_end.conftest import Place

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_figures_of_a_run(place: Place) -> None:
    none = place.run("figures", "small.yaml", "-o", "out")
    assert (none.returncode, "nothing to draw" in none.stderr) == (2, True)
    assert place.run("run", "small.yaml").returncode in (0, 3)
    for folder in ("out", "again"):
        ended = place.run("figures", "small.yaml", "-o", folder, "--format", "pdf,png", "--columns", "2", "--dpi", "90")
        assert ended.returncode == 0, ended.stderr
    names = {path.name for path in (place.folder / "out").iterdir()}
    assert {"figures.tex", "small-AP-latency_ms-stand-in.pdf", "small-params-latency_ms-stand-in.csv"} <= names
    for name in names:
        assert (place.folder / "out" / name).read_bytes() == (place.folder / "again" / name).read_bytes(), name
    with (place.folder / "out" / "small-AP-latency_ms-stand-in.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["variant"] for row in rows] == ["base", "heads"]
    assert place.run("show", rows[1]["y_record"][:12]).returncode == 0
    assert "heads" in place.run("show", rows[1]["x_record"]).stdout
    assert place.run("figures", "small.yaml", "--format", "gif").returncode == 2
