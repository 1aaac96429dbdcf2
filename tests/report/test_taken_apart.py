"""Scores taken apart: few parts in columns and drawn, many in rows, trained variants as the mean of their trainings."""

from dataclasses import replace

import pytest

from benchbench.report import Account, tables
from benchbench.report.numbers import SPACE
from benchbench.report.small_drawing import panel_svg
from benchbench.report.taken_apart import MOST_SERIES, MOST_VARIANTS, split_plots, split_tables
from benchbench.types import Split, Table
from tests.report.accounts import AP, SMALL, VARIANTS, account
from tests.report.hostile import SCRIPT


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


def table(account: Account, start: str) -> Table:
    (found,) = (each for each in split_tables(account) if each.name.startswith(start))
    return found


def test_few_parts_stand_in_columns_beside_the_whole(given: Account) -> None:
    found = table(given, "errors")
    assert found.columns[:4] == ("Variant", "AP50, pt", "classification, pt", "localisation, pt")
    assert [cell.text for cell in found.rows[0][:4]] == ["base", "67.0", "1.0", "2.0"]
    assert [line.text for line in found.rows[0][0].lines] == ["reference"]
    assert [row[0].text for row in found.rows] == [variant.name for variant in VARIANTS[:10]]
    assert found.rows[1][2].text == "1.2"
    assert found.notes[0] == "dAP: what AP50 would gain if errors of this kind alone were mended"
    assert found.notes[1] == "base, layers: 0 objects are not found"
    assert "scale “stand-in”" in found.title


def test_of_several_conditions_each_is_told(given: Account) -> None:
    entry = next(each for each in given.entries if each.trial.identity in given.splits)
    use = entry.trial.probe
    exported = replace(use, condition=replace(use.condition, runtime="onnxruntime"))
    other = replace(entry, trial=replace(entry.trial, probe=exported))
    assert table(replace(given, entries=(*given.entries, other)), "errors").title.endswith(", eager")
    assert not table(given, "errors").title.endswith(", eager")


def test_many_parts_stand_in_rows_beside_a_few_variants(given: Account) -> None:
    found = table(given, "classes")
    assert found.columns[:2] == ("Part", "base")
    assert len(found.columns) == 1 + 1 + MOST_VARIANTS
    assert [row[0].text for row in found.rows] == [SCRIPT, *(f"class {number}" for number in range(1, 14))]
    assert "Not shown: " in found.notes[-1]


def test_a_part_that_a_variant_lacks_is_no_zero(given: Account) -> None:
    found = table(given, "classes")
    assert found.rows[0][found.columns.index("layers")].text == "–"


def test_few_parts_are_drawn_for_the_reference_and_a_few(given: Account) -> None:
    (plot,) = split_plots(given)
    assert plot.series[0] == "base"
    assert len(plot.series) == 1 + MOST_SERIES
    (panel,) = plot.panels
    assert [bar.label for bar in panel.bars][:2] == ["classification", "localisation"]
    assert panel.bars[0].texts[0] == f"1.0{SPACE}pt"
    assert panel.top == pytest.approx(max(value or 0 for bar in panel.bars for value in bar.values))
    assert panel.description.startswith(f"AP50: base 67.0{SPACE}pt, layers 66.0{SPACE}pt")
    left = [row[0].text for row in table(given, "errors").rows if row[0].text not in plot.series]
    assert plot.description == f"Not drawn: {', '.join(left)}; the table below has all."
    assert panel_svg(panel).count("<rect") == 6 * len(plot.series)


def test_a_trained_variant_is_the_mean_of_its_trainings(given: Account) -> None:
    first = next(
        entry for entry in given.at_scale(SMALL) if entry.trial.variant.name == "layers" and entry.trial.probe is AP
    )
    repeats = tuple(replace(first, trial=replace(first.trial, seed=seed)) for seed in range(3))
    apart = {
        entry.trial.identity: (Split("errors", "Errors", "pt", "lower", (("missed", 0.1 * seed),), 0.2 * seed),)
        for seed, entry in enumerate(repeats)
    }
    found = table(replace(given, repeats=repeats, splits=apart), "errors")
    assert [cell.text for cell in found.rows[0]] == ["layers", "20.0", "10.0"]
    assert [line.text for line in found.rows[0][0].lines] == ["mean of 3 trainings"]


def test_counts_have_no_digits_and_what_nothing_fell_into_no_value(given: Account) -> None:
    identity = next(iter(given.splits))
    counts = Split("found", "Found", "", "neither", (("right", 12.0), ("wrong", 3.0)))
    empty = Split("sizes", "By size", "pt", "higher", (("small", -1.0), ("large", 0.5)))
    found = replace(given, splits={identity: (counts, empty)})
    assert [cell.text for cell in table(found, "found").rows[0]] == ["base", "12", "3"]
    assert [cell.text for cell in table(found, "sizes").rows[0]] == ["base", "–", "50.0"]


def test_the_page_tells_them_and_without_any_has_no_section(given: Account) -> None:
    assert any(each.name.startswith("errors") for each in tables(given))
    assert not any(each.name.startswith("errors") for each in tables(replace(given, splits={})))
