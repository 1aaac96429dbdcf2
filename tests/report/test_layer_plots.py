"""Profiles over layers: bars, rows of the frame, and no cells of a table."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from benchbench.report import Account, frame, tables
from benchbench.report.charts import charts
from benchbench.report.figures import figures
from benchbench.report.layer_plots import MOST_VARIANTS, ONE_BY_ONE, layer_plots
from benchbench.report.small_drawing import panel_svg
from benchbench.types import Measured, Measurement
from tests.report import accounts
from tests.report.depth_accounts import LAYERS, account


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


def test_reference_and_a_few_variants_stand_side_by_side(given: Account) -> None:
    (plot,) = layer_plots(given)
    assert plot.series == ("base", "layers-8", "layers-4", "heads-0.5")
    assert len(plot.series) == MOST_VARIANTS + 1
    assert "Not drawn: layers-6; the data hold all." in plot.description
    assert layer_plots(accounts.account()) == ()


def test_bars_are_of_equal_layers_and_what_was_cut_has_none(given: Account) -> None:
    times, macs, params, activations = layer_plots(given)[0].panels
    assert [bar.label for bar in macs.bars] == [*map(str, range(12)), "everything else"]
    assert {bar.group for bar in macs.bars[:-1]} == {"encoder"}
    assert macs.bars[0].values == pytest.approx((0.3, 0.3, 0.3, 0.21))
    assert macs.bars[4].values == pytest.approx((0.3, 0.3, None, 0.21))
    assert macs.bars[4].texts == ("0.30\N{NO-BREAK SPACE}G", "0.30\N{NO-BREAK SPACE}G", "", "0.21\N{NO-BREAK SPACE}G")
    assert macs.bars[-1].values == pytest.approx((2, 2, 2, 2))
    assert macs.description.startswith("In all: base 5.60\N{NO-BREAK SPACE}G, layers-8 4.40")
    assert times.top == pytest.approx(4.2)
    assert params.y == "M"
    assert params.bars[0].values[0] == pytest.approx(0.15)
    assert (activations.y, activations.bars[-1].texts[0]) == ("MiB", "30.00\N{NO-BREAK SPACE}MiB")


def test_how_times_were_taken_is_said_of_times_alone(given: Account) -> None:
    (plot,) = layer_plots(given)
    times, *counts = plot.panels
    assert times.description.endswith(f"Times are medians of 7 calls, batch 1. {ONE_BY_ONE}")
    assert all(each.description.startswith("In all: ") for each in plot.panels)
    assert not any("imes" in each.description or "timed" in each.description for each in counts)
    assert plot.description == "Not drawn: layers-6; the data hold all."
    captions = {each.name: each.caption for each in figures(given) if each.name.startswith("layers-")}
    assert [name for name, caption in captions.items() if ONE_BY_ONE in caption] == ["layers-layer_ms-stand-in"]
    assert [name for name, caption in captions.items() if "medians" in caption] == ["layers-layer_ms-stand-in"]


def test_bars_are_as_high_as_their_values(given: Account) -> None:
    macs = layer_plots(given)[0].panels[1]
    root = ElementTree.fromstring(panel_svg(macs))
    heights = [float(bar.get("height") or 0) for bar in root.iter("rect")]
    values = [value for bar in macs.bars for value in bar.values if value is not None]
    assert heights == pytest.approx([value * max(heights) / macs.top for value in values], abs=0.06)


def test_layers_without_names_go_by_their_numbers(given: Account) -> None:
    entries = tuple(
        replace(entry, outcome=replace(entry.outcome, notes=()))
        if entry.trial.probe is LAYERS and isinstance(entry.outcome, Measured)
        else entry
        for entry in given.entries
    )
    (plot,) = layer_plots(replace(given, entries=entries))
    assert [bar.label for bar in plot.panels[0].bars] == [*map(str, range(13))]


def test_profiles_are_no_cells(given: Account) -> None:
    found = next(table for table in tables(given) if table.name == "comparison-stand-in")
    assert not any("layer" in heading for heading in found.columns)


def test_frame_has_a_row_for_each_layer(given: Account) -> None:
    rows = frame(given)
    found = rows[(rows["metric"] == "layer_macs") & (rows["variant"] == "layers-4")]
    assert list(found["layer"]) == [0, 1, 2, 3, 4]
    assert list(found["value"]) == [3e8, 3e8, 3e8, 3e8, 2e9]
    assert rows[rows["metric"] == "params"]["layer"].isna().all()
    assert not rows.duplicated(["scale", "variant", "probe", "metric", "layer"]).any()


def test_columns_are_grouped_by_what_they_are_about(given: Account) -> None:
    found = {table.name: table for table in tables(given)}
    assert found["comparison-stand-in"].groups == (("", 1), ("Size and computation", 3), ("Speed", 1), ("Accuracy", 2))
    assert sum(span for _, span in found["comparison-stand-in"].groups) == len(found["comparison-stand-in"].columns)
    assert found["recovery-stand-in"].groups == ()


def test_accuracy_where_less_is_better_has_its_front_below(given: Account) -> None:
    chart = next(chart for chart in charts(given) if chart.name.startswith("AbsRel"))
    front = [chart.points[index].label for index in chart.front]
    assert front == ["layers-4-progressive", "layers-6-finetuned", "layers-8", "control"]
    assert chart.y.endswith("(lower is better)")
    assert not any(other.name.startswith("delta1") for other in charts(given))


def test_samples_that_are_too_few_for_their_names_do_no_harm(given: Account) -> None:
    entries = tuple(
        replace(entry, outcome=Measured((Measurement("layer_ms", (1.0, 2.0)),), ("layers: a, b, c",)))
        if entry.trial.probe is LAYERS
        else entry
        for entry in given.entries
    )
    ((panel,),) = (plot.panels for plot in layer_plots(replace(given, entries=entries)))
    assert panel.bars == (), "samples without a layer are drawn at none"
    assert not list(ElementTree.fromstring(panel_svg(panel)).iter("rect"))


def test_small_counts_are_in_millions(given: Account) -> None:
    column = {"layer": (0.0, 1.0)}
    small = Measured((Measurement("layer_macs", (541_000.0, 2_704_000.0), column),))
    entries = tuple(replace(e, outcome=small) if e.trial.probe is LAYERS else e for e in given.entries)
    ((panel,),) = (plot.panels for plot in layer_plots(replace(given, entries=entries)))
    assert (panel.y, panel.bars[0].texts[0]) == ("M", "0.54\N{NO-BREAK SPACE}M")
