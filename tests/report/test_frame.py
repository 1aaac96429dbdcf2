"""The long frame."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchbench import twins
from benchbench.report import frame
from benchbench.report.frame import KINDS
from benchbench.report.values import measurement
from benchbench.types import Skipped
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


def test_a_column_is_of_one_type_whatever_there_is() -> None:
    whole = account()
    alone = [entry for entry in whole.entries if entry.trial.variant.name == "base"]
    skipped = [entry for entry in whole.entries if isinstance(entry.outcome, Skipped)]
    frames = [frame(replace(whole, entries=tuple(entries))) for entries in (whole.entries, alone, skipped, ())]
    assert frames[1].difference.isna().all()
    for each in frames:
        assert {name: str(each.dtypes[name]) for name in KINDS} == KINDS
        assert all(np.issubdtype(each.dtypes[name], np.floating) for name in ("difference", "p", "samples"))
        assert not {name for name in each if name not in KINDS} & set(each.select_dtypes("number"))


def test_what_has_no_number_claims_nothing_of_its_exactness() -> None:
    rows = frame(account())
    known = rows["value"].notna()
    assert rows.loc[known, "exact"].notna().all()
    assert rows.loc[~known, "exact"].isna().all()
    assert not known.all()


def test_what_was_not_measured_has_a_row_with_its_reason() -> None:
    rows = frame(account())
    row = row_of(rows, "full", "base", "AP")
    assert (row["outcome"], row["reason"], row["remedy"]) == ("skipped", NO_COCO.reason, NO_COCO.remedy)
    assert row_of(rows, "stand-in", "base", "APs")["reason"] == "no ground truth of this kind"
    assert row_of(rows, "full", "hostile", "latency_ms")["outcome"] == "failed"
