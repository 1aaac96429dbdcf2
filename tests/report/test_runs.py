"""Which runs a report joins."""

from __future__ import annotations

from dataclasses import replace

from benchbench.report import Account, tables
from benchbench.report.runs import runs
from benchbench.types import Entry
from tests.report.accounts import account


def in_two_runs() -> Account:
    """The account with what belongs to latency from an earlier run."""
    given = account()
    return replace(given, entries=tuple(map(moved, given.entries)))


def moved(entry: Entry) -> Entry:
    if entry.record is None or entry.trial.probe.name != "latency":
        return entry
    return replace(entry, record=replace(entry.record, run="earlier", at="2026-11-20T08:00:00"))


def test_one_run_needs_no_table() -> None:
    assert runs(account()) == ()


def test_each_run_has_a_row_with_its_records_times_and_failures_the_latest_first() -> None:
    (table,) = runs(in_two_runs())
    texts = [[cell.text for cell in row] for row in table.rows]
    recorded = sum(entry.record is not None for entry in account().entries)
    assert [row[:5] for row in texts] == [
        ["run", str(recorded - 6), "2026-11-22T11:50:00", "2026-11-22T11:50:00", "2"],
        ["earlier", "6", "2026-11-20T08:00:00", "2026-11-20T08:00:00", "1"],
    ]
    assert [row[6] for row in texts] == ["2.12.1, 2.13.0", "2.13.0"]


def test_a_record_counts_once_though_an_entry_and_its_repeat_share_it() -> None:
    given = in_two_runs()
    (once,), (twice,) = runs(given), runs(replace(given, repeats=given.entries))
    assert once == twice


def test_the_table_stands_in_the_report() -> None:
    assert "runs" in [table.name for table in tables(in_two_runs())]
