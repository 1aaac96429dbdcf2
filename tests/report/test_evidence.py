"""What travels behind the cells of a page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from benchbench.report import tables
from benchbench.report.evidence import MOST_SAMPLES, Pool, evidence, shown_keys
from benchbench.types import Entry, Json, Measured, Measurement
from tests.report import accounts
from tests.report.accounts import account
from tests.report.hostile import IMAGE, SCRIPT


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return evidence(account(), shown_keys(tables(account())))


def record(content: dict[str, Any], key: str) -> dict[str, Any]:
    number = shown_keys(tables(account()))[key]
    found: dict[str, Any] = content["records"][number]
    return found


def facts(content: dict[str, Any], found: dict[str, Any]) -> dict[str, str]:
    texts = content["texts"]
    return {texts[name]: texts[value] for name, value in found["facts"]}


def test_equal_values_of_a_pool_are_kept_once() -> None:
    pool = Pool()
    assert [pool.number(value) for value in ("a", [1, 2], "a", [1, 2], [1.0, 2])] == [0, 1, 0, 1, 2]
    assert pool.values == ["a", [1, 2], [1.0, 2]]


def test_every_record_of_a_comparison_is_there_once(content: dict[str, Any]) -> None:
    given = account()
    tried = [entry.record.key for entry in given.entries if entry.record is not None]
    assert sorted(shown_keys(tables(given))) == sorted(tried)
    assert len(content["records"]) == len(tried)


def test_samples_are_those_of_the_record_with_those_of_its_round(content: dict[str, Any]) -> None:
    found = record(content, "full-latency-layers")
    ((metric, samples, interval, count, *arms),) = found["numbers"]
    measured = next(
        entry.outcome.measurements[0]
        for entry in account().entries
        if entry.record is not None
        and entry.record.key == "full-latency-layers"
        and isinstance(entry.outcome, Measured)
    )
    assert content["metrics"][metric] == ["Latency", "ms", 1.0, 1, ""]
    assert content["series"][samples] == pytest.approx(measured.samples, rel=1e-4)
    assert {arm: content["series"][place] for arm, place in arms} == {
        arm: pytest.approx(measured.columns[arm], rel=1e-4) for arm in ("reference", "twin")
    }
    assert (interval, count) == (None, 7)


def test_exact_counts_lose_no_digit_and_points_keep_their_interval(content: dict[str, Any]) -> None:
    sizes = record(content, "full-size-base")["numbers"]
    assert content["series"][sizes[0][1]] == [41_524_768]
    scored = record(content, "stand-in-coco-ap-base")["numbers"]
    assert content["metrics"][scored[0][0]] == ["AP", "pt", 100.0, 1, ""]
    assert scored[0][2] == [0.426, 0.468]
    assert (content["series"][scored[1][1]], scored[1][3]) == ([], 0)


def test_a_failure_tells_its_error_and_the_end_of_its_log(content: dict[str, Any]) -> None:
    found = record(content, "full-latency-hostile")
    assert IMAGE in found["error"]
    assert found["log"].endswith(f"MemoryError: {SCRIPT} {IMAGE}")
    assert "line 1\n" not in found["log"]
    assert "numbers" not in found


def test_commands_name_the_record_and_the_trial(content: dict[str, Any]) -> None:
    found = record(content, "full-latency-layers")
    assert found["show"] == "benchbench show full-latency-lay"
    assert found["again"] == "benchbench run detr.yaml -k 'layers and latency and full' --fresh"


def test_facts_say_condition_weights_run_and_machine(content: dict[str, Any]) -> None:
    told = facts(content, record(content, "full-latency-heads"))
    assert told["condition"] == "cpu, float32, batch 1, 2 threads, eager"
    assert told["weights"] == "random"
    assert told["run"] == "run, 2026-11-22T11:50:00"
    assert "torch 2.13.0" in told["machine"]
    notes = [content["texts"][note] for note in record(content, "full-latency-heads")["notes"]]
    assert notes == ["not resolved within the budget: half-width 2.4 %, wanted 2 %"]


def behind(entry: Entry) -> dict[str, Any]:
    assert entry.record is not None
    return evidence(replace(account(), entries=(entry,)), [entry.record.key])


def with_facts(facts: dict[str, Json]) -> Entry:
    entry = accounts.entry(accounts.SMALL, accounts.AP, accounts.VARIANTS[1], Measured((accounts.one("AP", 0.4),)))
    assert entry.record is not None
    return replace(entry, record=replace(entry.record, facts=facts))


def test_a_cut_is_told_in_a_line_that_stays_short() -> None:
    cut: dict[str, Json] = {
        "step": "prune-channels",
        "version": 2,
        "settings": {"count": 256, "by": None},
        "kept": {"stage": list(range(512))},
    }
    content = behind(with_facts({"surgery": [cut, {"step": "finetune", "settings": {"steps": 100}}]}))
    lines = [
        content["texts"][value] for name, value in content["records"][0]["facts"] if content["texts"][name] == "surgery"
    ]
    assert lines[0].startswith("prune-channels; count 256; stage [0, 1, 2")
    assert len(lines[0]) == 240
    assert lines[1] == "finetune; steps 100"


def test_numbers_that_json_cannot_hold_become_null_and_many_samples_are_cut() -> None:
    samples = (float("nan"), float("inf"), *(1.0 + place for place in range(1000)))
    measured = Measured((Measurement("latency_ms", samples),))
    content = behind(accounts.entry(accounts.FULL, accounts.LATENCY, accounts.VARIANTS[1], measured))
    ((_, place, _, count),) = content["records"][0]["numbers"]
    assert count == 1002
    assert content["series"][place][:3] == [None, None, 1]
    assert len(content["series"][place]) == MOST_SAMPLES
    json.dumps(content, allow_nan=False)


def test_what_is_behind_two_thousand_rows_grows_by_the_row_alone() -> None:
    """Texts, metrics and the reference's samples are shared, so that a record costs only what is its own."""
    from tests.report import large_accounts

    def size(rows: int) -> int:
        given = large_accounts.account(rows)
        keys = [entry.record.key for entry in given.entries if entry.record is not None]
        return len(json.dumps(evidence(given, keys), separators=(",", ":")))

    few, many = size(10), size(60)
    assert (many - few) / 50 / 4 < 450
