"""Throughput by batch: rows of the frame with their own batch, headlines of the table, and no bars by layer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.report import Account, frame, tables
from benchbench.report.charts import charts
from benchbench.report.layer_plots import layer_plots
from benchbench.types import Condition, Measured, Measurement, Metric, ProbeUse
from tests.report import depth_accounts

SWEEP = ProbeUse("throughput-sweep", {"most": 4}, Condition(batch=2, threads=2))
METRICS = (
    Metric("best_throughput_ips", "best throughput over batches", "images/s", "higher", 2, probe=SWEEP.name),
    Metric("common_throughput_ips", "throughput at the common batch", "images/s", "higher", 2, probe=SWEEP.name),
    Metric("batch_throughput_ips", "throughput by batch", "images/s", "higher", 2, probe=SWEEP.name, per="batch"),
)
FOUND = Measured(
    (
        Measurement("best_throughput_ips", (9.0, 9.5), {"batch": (4.0, 4.0)}),
        Measurement("common_throughput_ips", (7.0, 7.5), {"batch": (2.0, 2.0)}),
        Measurement("batch_throughput_ips", (5.0, 7.0, 7.5, 9.0, 9.5), {"batch": (1.0, 2.0, 2.0, 4.0, 4.0)}),
    ),
    ("batch 8 did not fit into 64 MiB for model and pass: the process was ended by SIGKILL",),
)


@pytest.fixture(scope="module")
def given() -> Account:
    account = depth_accounts.account()
    entries = [depth_accounts.entry(SWEEP, variant, FOUND) for variant in depth_accounts.VARIANTS[:2]]
    metrics = {**account.metrics, **{metric.name: metric for metric in METRICS}}
    return replace(account, entries=(*account.entries, *entries), metrics=metrics)


def test_each_sample_is_a_row_of_its_batch(given: Account) -> None:
    rows = frame(given)
    found = rows[(rows["metric"] == "batch_throughput_ips") & (rows["variant"] == "base")]
    assert list(found["batch"]) == [1, 2, 2, 4, 4]
    assert list(found["value"]) == [5.0, 7.0, 7.5, 9.0, 9.5]
    assert found["layer"].isna().all()


def test_best_and_common_throughput_head_columns_of_speed(given: Account) -> None:
    table = next(table for table in tables(given) if table.name == "comparison-stand-in")
    headings = [column.lower() for column in table.columns]
    assert any("best throughput" in heading for heading in headings)
    assert any("common batch" in heading for heading in headings)
    assert ("Speed", 2) in table.groups


def test_a_cost_is_no_accuracy_and_batches_are_no_layers(given: Account) -> None:
    assert not any("throughput" in chart.name for chart in charts(given))
    assert len(layer_plots(given)) == len(layer_plots(depth_accounts.account()))
