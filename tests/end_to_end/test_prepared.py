"""Prepared images outlive a run: the next one reads them back and comes to the same numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration
SCORES = ("run", "small.yaml", "-k", "coco-ap")


def kept(cache: Path) -> list[Path]:
    return sorted((cache / "benchbench" / "prepared").glob("*/*.batch"))


def test_a_fresh_run_takes_prepared_images_and_gives_the_same_rows(place: Place, tmp_path: Path) -> None:
    own = replace(place, environment=place.environment | {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    without = replace(own, environment=own.environment | {"BENCHBENCH_PREPARED_MIB": "0"})
    for each, fresh in ((without, []), (own, ["--fresh"]), (own, ["--fresh"])):
        ended = each.run(*SCORES, *fresh)
        assert ended.returncode == 0, ended.stderr
        files = kept(tmp_path / "cache")
        assert len(files) == (0 if each is without else 3)
    rows = []
    for path in sorted((place.folder / "records").glob("stand-in/coco-ap/base-*rows.npz")):
        with np.load(path) as arrays:
            rows.append({name: arrays[name].tobytes() for name in arrays.files})
    assert len(rows) == 3
    assert rows[0] == rows[1] == rows[2]
    told = json.loads(own.run("gc", "--all", "--json").stdout)
    assert [each["kind"] for each in told["removed"]] == ["prepared images"]
    assert not kept(tmp_path / "cache")


def test_a_budget_that_is_no_number_is_told(place: Place) -> None:
    ended = replace(place, environment=place.environment | {"BENCHBENCH_PREPARED_MIB": "lots"}).run(*SCORES)
    assert ended.returncode == 2
    assert "BENCHBENCH_PREPARED_MIB='lots' is no number of MiB" in ended.stderr
