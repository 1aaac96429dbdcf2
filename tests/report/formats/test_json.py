"""JSON for machines."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from benchbench.report import render, tables
from benchbench.types import Estimate
from tests.report.accounts import account


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(account(), "json"))
    return found


def test_it_says_its_schema_suite_and_counts(content: dict[str, Any]) -> None:
    assert (content["schema"], content["suite"]) == (1, "detr")
    assert sum(content["counts"].values()) == len(account().verdicts)


def test_tables_are_those_of_every_format(content: dict[str, Any]) -> None:
    assert [table["name"] for table in content["tables"]] == [table.name for table in tables(account())]


def test_verdicts_keep_readings_estimates_and_trends(content: dict[str, Any]) -> None:
    by_claim = {verdict["claim"]: verdict for verdict in content["verdicts"]}
    finding = by_claim["D2.1.params"]["findings"][0]
    assert finding["estimate"]["value"] == pytest.approx(36_006_432 / 41_524_768 - 1)
    assert finding["range"]["stated"] == "-22%"
    assert by_claim["D2.1.ap"]["trend"][0]["ruling"] == "undecided"
    assert content["records"] == sorted(entry.record.key for entry in account().entries if entry.record)


def test_measurements_hold_a_row_for_each_number(content: dict[str, Any]) -> None:
    row = next(
        row for row in content["measurements"] if row["metric"] == "AP" and row["variant"] == "layers" and row["value"]
    )
    assert (row["scale"], row["value"], row["unit"], row["images"]) == ("stand-in", pytest.approx(44.1), "pt", 500)


def test_no_number_is_infinite() -> None:
    given = account()
    first = given.verdicts[0]
    endless = replace(first.findings[0], estimate=Estimate(1.0, -math.inf, math.nan))
    changed = replace(given, verdicts=(replace(first, findings=(endless,)), *given.verdicts[1:]))
    verdict = json.loads(render(changed, "json"))["verdicts"][0]
    assert (verdict["findings"][0]["estimate"]["low"], verdict["findings"][0]["estimate"]["high"]) == (None, None)


def test_scores_taken_apart_stand_beside_their_trial(content: dict[str, Any]) -> None:
    told, known = content["splits"], account().splits
    assert len(told) == sum(map(len, known.values())) > 0
    trials = {entry.trial.identity: entry.trial for entry in account().entries}
    first = next(identity for identity in trials if identity in known)
    assert told[0]["variant"] == trials[first].variant.name
    assert told[0]["parts"] == [list(part) for part in known[first][0].parts]
