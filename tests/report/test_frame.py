"""The long frame."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
import pytest

from benchbench import twins
from benchbench.report import frame
from benchbench.report.values import measurement
from tests.report.accounts import FULL, LATENCY, NO_COCO, account
from tests.report.models import COSTS


def row_of(rows: pd.DataFrame, scale: str, variant: str, metric: str) -> dict[Hashable, Any]:
    """The one row of a number."""
    wanted = (rows["scale"] == scale) & (rows["variant"] == variant) & (rows["metric"] == metric)
    (row,) = rows[wanted].to_dict("records")
    return row


def test_one_row_for_each_scale_variant_probe_and_metric() -> None:
    rows = frame(account())
    assert not rows.duplicated(["scale", "variant", "probe", "metric"]).any()
    assert len(rows) == len(COSTS) * (2 * 4 + 3 + 2 * 2)


def test_points_are_in_points_and_counts_in_counts() -> None:
    rows = frame(account())
    scored = row_of(rows, "stand-in", "layers", "AP")
    assert (scored["value"], scored["low"], scored["unit"]) == (pytest.approx(44.1), pytest.approx(42.0), "pt")
    assert (scored["change"], scored["change_form"]) == (pytest.approx(-0.6), "difference")
    counted = row_of(rows, "full", "layers", "params")
    assert (counted["value"], counted["low"], counted["high"]) == (36_006_432, 36_006_432, 36_006_432)
    assert counted["change"] == pytest.approx(36_006_432 / 41_524_768 - 1)


def test_timed_changes_are_paired() -> None:
    given = account()
    rows = frame(given)
    found = measurement(given.entry(FULL, LATENCY, "layers"), "latency_ms")
    assert found is not None
    paired = twins.ratio(found)
    row = row_of(rows, "full", "layers", "latency_ms")
    assert (row["change"], row["change_low"]) == (pytest.approx(paired.value - 1), pytest.approx(paired.low - 1))


def test_what_was_not_measured_has_a_row_with_its_reason() -> None:
    rows = frame(account())
    row = row_of(rows, "full", "base", "AP")
    assert (row["outcome"], row["reason"], row["remedy"]) == ("skipped", NO_COCO.reason, NO_COCO.remedy)
    assert row_of(rows, "stand-in", "base", "APs")["reason"] == "no ground truth of this kind"
    assert row_of(rows, "full", "hostile", "latency_ms")["outcome"] == "failed"
