"""The two arrays of github-action-benchmark, by the types of its `Benchmark` (src/extract.ts)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from benchbench.report.ci import write_account, write_comparison
from benchbench.types import Measured, Measurement
from tests.report.accounts import account
from tests.report.ci.outcomes import comparison

SMALLER, BIGGER = "action-benchmark-smaller", "action-benchmark-bigger"


def read(form: str) -> dict[str, dict[str, Any]]:
    entries = json.loads(write_account(account(), form))
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry for entry in entries}


@pytest.mark.parametrize("form", [SMALLER, BIGGER])
def test_fields_are_of_the_types_that_are_read(form: str) -> None:
    for entry in read(form).values():
        assert set(entry) <= {"name", "unit", "value", "range", "extra"}
        assert {type(entry[name]) for name in ("name", "unit", "extra")} == {str}
        assert isinstance(entry["value"], float)


def test_each_number_goes_where_its_direction_says() -> None:
    smaller, bigger = read(SMALLER), read(BIGGER)
    assert {name.rpartition(": ")[2] for name in smaller} == {
        *("params", "params_paper", "file_mib", "macs", "latency_ms", "peak_memory_mib")
    }
    assert {name.rpartition(": ")[2] for name in bigger} == {"throughput_ips", "AP"}


def test_points_are_shown_times_a_hundred_with_their_range_and_empty_buckets_are_left_out() -> None:
    entries = {entry.trial.label: entry for entry in account().entries}
    given = entries["stand-in / coco-ap / base"].outcome
    assert isinstance(given, Measured)
    told = read(BIGGER)["stand-in / coco-ap / base: AP"]
    assert told["value"] == pytest.approx(100 * given.measurements[0].samples[0])
    assert told["range"] == "± 2.1"
    assert told["unit"] == "pt"


def test_a_profile_is_no_point() -> None:
    plain = account()
    profile = replace(plain.metrics["latency_ms"], name="layer_ms", per="layer")
    entry = replace(plain.entries[0], outcome=Measured((Measurement("layer_ms", (1.0, 2.0)),)))
    given = replace(plain, entries=(entry,), metrics={"layer_ms": profile})
    assert json.loads(write_account(given, SMALLER)) == []


def test_of_a_comparison_it_is_the_after_side() -> None:
    entries = json.loads(write_comparison(comparison(), SMALLER))
    assert {entry["value"] for entry in entries} == {24.0}
    [points] = json.loads(write_comparison(comparison(), BIGGER))
    assert points["value"] == pytest.approx(42.0)
