"""What a report shows of differences over the same images."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.report import frame, tables
from benchbench.report.differences import BY_TRAINING, ITSELF, UNPAIRED
from benchbench.types import Difference, Measured, Measurement, Metric, Table, Trial
from tests.report.accounts import AP, METRICS, SMALL, VARIANTS, account
from tests.report.test_frame import row_of
from tests.report.test_tables import column, texts

HEADING = "Difference to base · AP"


def comparison(paired: bool = True) -> Table:
    given = account() if paired else replace(account(), paired={})
    [found] = [table for table in tables(given) if table.name == "comparison-stand-in"]
    return found


def test_the_column_stands_beside_the_score_with_interval_and_test() -> None:
    table = comparison()
    score = next(number for number, name in enumerate(table.columns) if name.startswith("AP"))
    assert table.columns[score + 1].startswith(HEADING)
    cells = column(table, HEADING)
    assert texts(cells["heads"]) == ["−4.5", "± 1.1", "p < 0.0001, significant"]
    assert texts(cells["layers"]) == ["−0.6", "± 0.8", "p = 0.14, not significant"]
    assert cells["heads"].detail == "paired bootstrap over images, 200 draws"
    assert any("paired bootstrap over images, 200 draws" in note for note in table.notes)
    assert sum(span for _, span in table.groups) == len(table.columns)


def test_the_change_is_not_told_twice() -> None:
    with_pairs, without = (column(comparison(paired), "AP") for paired in (True, False))
    assert "Δ" not in [line.label for line in with_pairs["heads"].lines]
    assert "Δ" in [line.label for line in without["heads"].lines]
    assert "Δ" in [line.label for line in with_pairs["channels-inner"].lines]


def test_what_has_no_pair_says_why() -> None:
    table = comparison()
    cells = column(table, HEADING)

    def why(name: str) -> str:
        return table.footnotes[cells[name].marks[0] - 1]

    assert (why("base"), why("channels-inner")) == (ITSELF, UNPAIRED)
    given = account()
    [number] = [
        number
        for number, entry in enumerate(given.entries)
        if entry.trial.scale is SMALL and entry.trial.probe is AP and entry.trial.variant.name == "heads-4"
    ]
    entry = given.entries[number]
    assert entry.record is not None
    taught = replace(entry, record=replace(entry.record, facts={**entry.record.facts, "recovery": "finetune"}))
    entries = (*given.entries[:number], taught, *given.entries[number + 1 :])
    [table] = [each for each in tables(replace(given, entries=entries)) if each.name == "comparison-stand-in"]
    assert BY_TRAINING in table.footnotes


def test_without_pairs_there_is_no_column() -> None:
    assert not [name for name in comparison(paired=False).columns if "Difference" in name]


def test_the_frame_carries_difference_and_test_in_points() -> None:
    row = row_of(frame(account()), "stand-in", "heads", "AP")
    numbers = [row[name] for name in ("difference", "difference_low", "difference_high", "p")]
    assert numbers == pytest.approx([-4.5, -5.6, -3.4, 2e-9])
    assert row["test"] == "paired bootstrap over images, 200 draws"
    assert [row[name] for name in ("change", "change_low", "change_high")] == pytest.approx([-4.5, -5.6, -3.4])


def test_a_metric_in_its_own_unit_changes_in_per_cent_by_the_same_pair() -> None:
    """AbsRel falls by a tenth of the reference's .2, whose own interval adds little."""
    given = account()
    names = {variant.name: Trial(variant, SMALL, AP) for variant in VARIANTS}
    metric = Metric("AbsRel", "absolute relative error", "", "lower", 4)
    entries = []
    for entry in given.entries:
        if entry.trial == names["base"] or entry.trial == names["heads"]:
            value = 0.2 if entry.trial == names["base"] else 0.18
            measured = Measurement("AbsRel", (value,), interval=(value - 0.02, value + 0.02))
            entries.append(replace(entry, outcome=Measured((measured,))))
        else:
            entries.append(entry)
    ends = (names["heads"].identity, names["base"].identity)
    paired = {ends: {"AbsRel": Difference(-0.02, -0.03, -0.01, 0.001, "paired t test over images")}}
    whole = replace(given, entries=tuple(entries), paired=paired, metrics={**METRICS, "AbsRel": metric})
    row = row_of(frame(whole), "stand-in", "heads", "AbsRel")
    assert (row["difference"], row["p"]) == (-0.02, 0.001)
    assert (row["change"], row["change_form"]) == (pytest.approx(-0.1), "change")
    assert row["change_low"] == pytest.approx(-0.1 - (0.05**2 + 0.01**2) ** 0.5)
    assert row["change_high"] < 0
