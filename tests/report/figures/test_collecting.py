"""What figures show is what the report's charts show, and every number of it leads to its records."""

from __future__ import annotations

import csv
from io import StringIO
from math import isfinite

import pytest

from benchbench.report import Account
from benchbench.report.charts import Chart, charts
from benchbench.report.course_plots import course_plots
from benchbench.report.figures import Figure, data, figures
from benchbench.report.layer_plots import layer_plots
from benchbench.report.reported import reported_plots
from benchbench.report.rooflines import roof_plots
from tests.report import accounts, depth_accounts


@pytest.fixture(scope="module")
def detr() -> Account:
    return accounts.account()


@pytest.fixture(scope="module")
def depth() -> Account:
    return depth_accounts.account()


def by_name(account: Account) -> dict[str, Figure]:
    found = figures(account)
    named = {figure.name: figure for figure in found}
    assert len(named) == len(found)
    return named


def test_every_chart_of_the_report_becomes_a_figure(detr: Account, depth: Account) -> None:
    for account in (detr, depth):
        shown = [chart for chart in charts(account) if chart.points]
        found = by_name(account)
        assert shown
        assert [found[chart.name].drawn for chart in shown] == shown
        assert {name for name, each in found.items() if isinstance(each.drawn, Chart)} == {each.name for each in shown}


def test_rows_are_exactly_the_points(detr: Account) -> None:
    figure = by_name(detr)["AP-macs-stand-in"]
    assert isinstance(figure.drawn, Chart)
    for row, point in zip(figure.rows, figure.drawn.points, strict=True):
        assert (row.variant, row.x, row.x_low, row.x_high) == (point.label, point.x.value, point.x.low, point.x.high)
        assert (row.y, row.y_low, row.y_high) == (point.y.value, point.y.low, point.y.high)
    front = {place for place, row in enumerate(figure.rows) if row.on_front}
    assert front == set(figure.drawn.front)
    assert {row.x_unit for row in figure.rows} == {"G"}
    assert {row.y_unit for row in figure.rows} == {"pt"}


def test_numbers_lead_to_their_records(detr: Account) -> None:
    row = next(row for row in by_name(detr)["AP-macs-stand-in"].rows if row.variant == "heads")
    assert (row.x_record, row.y_record) == ("stand-in-flops-heads", "stand-in-coco-ap-heads")
    row = next(row for row in by_name(detr)["params-latency_ms-full"].rows if row.variant == "layers")
    assert (row.x_record, row.y_record, row.x_unit) == ("full-size-layers", "full-latency-layers", "%")


def test_of_repeated_trainings_every_record_is_named(depth: Account) -> None:
    row = next(row for row in by_name(depth)["AbsRel-latency_ms-stand-in"].rows if row.variant == "control")
    assert row.y_record.split() == [f"depth-error-control-{seed}" for seed in (0, 1, 2)]


def test_every_number_has_a_record_and_a_scale(detr: Account, depth: Account) -> None:
    for account in (detr, depth):
        scales = {scale.name for scale in account.suite.scales}
        for figure in figures(account):
            assert all(row.y_record for row in figure.rows if row.y is not None), figure.name
            assert len({row.scale for row in figure.rows}) == 1
            assert {row.scale for row in figure.rows} <= scales
            assert all(isfinite(row.y) for row in figure.rows if row.y is not None)


def test_layers_have_a_figure_for_each_metric(depth: Account) -> None:
    (plot,) = layer_plots(depth)
    found = by_name(depth)
    assert len(plot.panels) == 4
    for panel in plot.panels:
        figure = found[f"layers-{panel.name}"]
        shown = [value for bar in panel.bars for value in bar.values if value is not None]
        assert [row.y for row in figure.rows] == shown
        assert "hold all" not in figure.caption
    row = found["layers-layer_macs-stand-in"].rows[0]
    assert (row.variant, row.part, row.y_unit, row.y_record) == ("base", "encoder.0", "G", "layers-base-0")
    assert row.y == pytest.approx(0.3)


def test_rooflines_have_a_row_for_each_mark(depth: Account) -> None:
    (plot,) = roof_plots(depth)
    rows = by_name(depth)[plot.name].rows
    assert [(row.x, row.y) for row in rows] == [(mark.x, mark.y) for mark in plot.panels[0].marks]
    assert (rows[0].variant, rows[0].part, rows[0].y_record) == ("base", "", "layers-base-0 latency-base-0")
    assert rows[-1].part == "everything else"


def test_losses_of_two_kinds_are_two_figures(depth: Account) -> None:
    found = by_name(depth)
    one, two = found["losses-stand-in-finetune"], found["losses-stand-in-distil"]
    assert {row.variant for row in two.rows} == {"layers-4-distilled"}
    assert {row.y_unit for row in one.rows} == {"loss of finetune"}
    drawn = [line.points for plot in course_plots(depth) for panel in plot.panels for line in panel.lines]
    assert sum(map(len, drawn)) == len(one.rows) + len(two.rows)
    assert {row.y_record for row in two.rows if row.part == "seed 2"} == {"depth-error-layers-4-distilled-2"}


def test_updates_are_in_per_cent(depth: Account) -> None:
    rows = by_name(depth)["updates-stand-in"].rows
    row = next(row for row in rows if (row.variant, row.part) == ("control", "encoder.3"))
    assert row.y_unit == "%"
    assert row.y == pytest.approx(4.0)
    assert row.y_record.split() == [f"depth-error-control-{seed}" for seed in (0, 1, 2)]


def test_claims_have_a_row_for_each_dot(detr: Account) -> None:
    panels = {panel.name.rstrip("-"): panel for plot in reported_plots(detr) for panel in plot.panels}
    found = by_name(detr)
    assert panels
    for name, panel in panels.items():
        assert [(row.part, row.x, row.y) for row in found[name].rows] == [(d.label, d.x, d.y) for d in panel.dots]


def test_data_keep_every_digit_and_disarm_formulas(detr: Account) -> None:
    from benchbench.report.figures.figure import Row

    read = list(csv.DictReader(StringIO(data((Row("=1+1", "a,b\n", x=0.1 + 0.2, on_front=True, y=None),)))))
    assert read[0]["variant"] == "'=1+1"
    assert read[0]["part"] == "a,b\n"
    assert (float(read[0]["x"]), read[0]["y"], read[0]["on_front"]) == (0.1 + 0.2, "", "yes")
    for figure in figures(detr):
        assert len(list(csv.DictReader(StringIO(data(figure.rows))))) == len(figure.rows)
