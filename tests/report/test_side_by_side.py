"""Other runs beside the current one: their numbers, what changed, and the records behind both."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from benchbench.report import Account, render, tables
from benchbench.report.evidence import evidence, shown_keys
from benchbench.report.side_by_side import beside_tables
from benchbench.report.side_records import records_behind
from benchbench.report.small_drawing import panel_svg
from benchbench.report.strips import MOST, beside_plots
from benchbench.types import Cell, Judgement, Table
from tests.report import accounts
from tests.report.beside_accounts import HOSTILE, account, changed, side
from tests.report.hostile import IMAGE

VARIANTS = ("variant-0000", "variant-0001", "variant-0002", "variant-0003")


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


@pytest.fixture(scope="module")
def full(given: Account) -> Table:
    return beside_tables(given)[1]


def row(table: Table, variant: str, metric: str) -> dict[str, Cell]:
    found = next(row for row in table.rows if row[0].text == variant and row[1].text.startswith(metric))
    return dict(zip(table.columns, found, strict=True))


def texts(cell: Cell) -> list[str]:
    return [cell.text, *(line.text for line in cell.lines)]


def test_alone_a_report_has_no_such_section_and_no_style_for_it() -> None:
    assert beside_tables(accounts.account()) == ()
    assert beside_plots(accounts.account()) == ()
    page = render(accounts.account(), "html")
    assert 'id="beside"' not in page
    assert "Runs side by side" not in page


def test_runs_stand_in_a_table_the_oldest_first_with_machine_and_count(given: Account) -> None:
    runs = beside_tables(given)[0]
    names = [texts[0].text for texts in runs.rows]
    assert names == [HOSTILE, "another-machine", "baseline nightly", "Current records"]
    assert [row[1].text[:10] for row in runs.rows] == ["2026-10-01", "2026-11-01", "2026-11-21", "2026-11-22"]
    assert runs.rows[1][2].text == "Another CPU @ 4.00GHz"
    assert runs.rows[1][3].text != runs.rows[2][3].text == runs.rows[3][3].text
    assert runs.rows[2][5].text == "1 regression, 3 improvements, 16 equivalent"
    assert len([note for note in runs.notes if note.startswith("Times are compared")]) == 1


def test_a_change_is_the_one_that_was_judged(given: Account, full: Table) -> None:
    cells = row(full, "variant-0001", "Latency")
    nightly = next(each for each in given.beside if each.name == "baseline nightly")
    (judged,) = nightly.comparison.having(Judgement.REGRESSION)
    assert judged.effect is not None
    assert judged.effect.value == pytest.approx(1 / 0.7 - 1, abs=0.01)
    since = cells["Since baseline nightly"]
    assert since.sort == judged.effect.value
    assert texts(since) == ["+42.9\u00a0%", "[40.3, 45.6]", "relative to variant-0000", "✗ regression"]
    assert judged.why in since.detail
    assert full.footnotes[since.marks[0] - 1].replace("\u00a0", " ").startswith(judged.why)
    assert (cells["baseline nightly"].text, cells["Current records"].text) == ("660", "943")


def test_a_time_is_told_to_be_relative_and_nothing_else_is(full: Table) -> None:
    """The reference itself is compared as it stands."""
    told = {(row[0].text, row[1].text) for row in full.rows if "relative to variant-0000" in texts(row[-1])}
    assert told == {("variant-0001", "Latency, ms"), ("variant-0002", "Latency, ms")}


def test_times_of_another_machine_stand_there_without_a_change(full: Table) -> None:
    cells = row(full, "variant-0001", "Latency")
    assert cells["another-machine"].text == "235.7"
    other = cells["Since another-machine"]
    assert (texts(other), other.sort) == (["not comparable"], None)
    assert "cpu: Another CPU @ 4.00GHz | Intel" in other.detail
    assert "cpu: Another CPU @ 4.00GHz | Intel" in full.footnotes[other.marks[0] - 1]


def test_counts_and_scores_of_another_machine_are_compared(full: Table) -> None:
    assert row(full, "variant-0001", "Parameters")["Since another-machine"].text == "same"
    assert row(full, "variant-0002", "AP")["Since another-machine"].text == "same"


def test_what_changed_stands_first_and_the_rest_in_the_suites_order(full: Table) -> None:
    found = [(row[0].text[-1], row[1].text) for row in full.rows]
    assert found[:4] == [("1", "Latency, ms"), ("2", "Parameters"), ("2", "AP, pt"), ("3", "Latency, ms")]
    assert [number for number, _ in found[4:]] == sorted(number for number, _ in found[4:])
    assert len(found) == 20


def test_what_failed_there_is_said_with_its_error(full: Table) -> None:
    cells = row(full, "variant-0003", "Latency")
    assert (cells["baseline nightly"].text, cells["baseline nightly"].detail) == ("failed", f"out of memory {IMAGE}")
    assert texts(cells["Since baseline nightly"]) == ["–", "✓ improvement"]


def test_what_was_not_measured_there_is_no_change(full: Table) -> None:
    cells = row(full, "variant-0001", "Latency")
    assert (cells[HOSTILE].text, cells[f"Since {HOSTILE}"].text) == ("–", "–")
    assert cells[HOSTILE].detail == "not recorded there"


def test_what_changed_in_metrics_without_a_row_is_told(given: Account) -> None:
    hidden = replace(given, metrics=dict(given.metrics))
    nightly = given.beside[2]
    (worse,) = nightly.comparison.having(Judgement.REGRESSION)
    place = (worse.identity, "latency_p99")
    changes = {**nightly.changes, place: replace(worse, metric=replace(worse.metric, name="latency_p99"))}
    table = beside_tables(replace(hidden, beside=(replace(nightly, changes=changes),)))[1]
    assert table.notes == (
        "1 regression since baseline nightly in metrics that have no row here (latency_p99 of variant-0001): "
        "“benchbench compare” lists them.",
    )


def test_a_run_without_anything_of_the_suite_has_no_column(given: Account) -> None:
    empty = replace(given.beside[0], name="empty", entries={}, changes={})
    runs, table = beside_tables(replace(given, beside=(empty, given.beside[2])))
    assert "empty" not in " ".join(table.columns)
    assert runs.rows[0][5].text == "nothing of this suite"
    assert not beside_tables(replace(given, beside=(empty,)))[1].rows


def test_strips_are_drawn_of_what_was_timed_or_scored_and_can_be_compared(given: Account) -> None:
    (plot,) = beside_plots(given)
    assert [panel.title for panel in plot.panels] == ["Latency, since baseline nightly", "AP, since baseline nightly"]
    latency, scores = plot.panels
    found = {strip.label: strip for strip in latency.strips}
    assert list(found) == ["variant-0000", "variant-0001", "variant-0002"]
    assert found["variant-0001"].tone == "fails"
    assert found["variant-0001"].value == pytest.approx(42.9, abs=0.1)
    assert found["variant-0001"].band == pytest.approx((-100 / 11, 10.0))
    assert (latency.x, latency.y) == ("%", "← better")
    assert latency.bottom <= min(strip.low for strip in latency.strips) <= found["variant-0001"].high <= latency.top
    assert [(strip.label, strip.tone) for strip in scores.strips] == [("variant-0002", "holds")]
    assert scores.strips[0].band == pytest.approx((-0.1, 0.1))


def test_a_strip_stands_where_its_numbers_are(given: Account) -> None:
    panel = beside_plots(given)[0].panels[0]
    drawing = panel_svg(panel)
    zero = float(re.findall(r'class="rule zero" d="M([\d.]+)', drawing)[0])
    bands = [tuple(map(float, each)) for each in re.findall(r'class="band" x="([\d.]+)".*? width="([\d.]+)"', drawing)]
    scale = bands[0][1] / (panel.strips[0].band[1] - panel.strips[0].band[0])
    assert bands[0][0] == pytest.approx(zero + panel.strips[0].band[0] * scale, abs=0.2)
    cross = float(re.findall(r'<path d="M([\d.]+) [\d.]+l6 6', drawing)[0]) + 3
    assert cross == pytest.approx(zero + panel.strips[1].value * scale, abs=0.2)
    start, end = map(float, re.findall(r'dot fails"><path class="bar" d="M([\d.]+) [\d.]+H([\d.]+)', drawing)[0])
    assert (start, end) == pytest.approx(
        (zero + panel.strips[1].low * scale, zero + panel.strips[1].high * scale), abs=0.2
    )


def test_an_interval_beyond_the_axis_has_no_stroke_at_its_end(given: Account) -> None:
    panel = beside_plots(given)[0].panels[0]
    wide = replace(panel.strips[1], low=10 * panel.bottom)
    bar = re.findall(r'class="bar" d="([^"]*)"', panel_svg(replace(panel, strips=(wide,))))[0]
    assert bar.count("v4") == 1
    assert panel_svg(panel).count("v4") == 6


def test_a_panel_has_room_for_the_gravest() -> None:
    (plot,) = beside_plots(account(rows=MOST + 10))
    panel = next(panel for panel in plot.panels if panel.title.startswith("Latency"))
    assert len(panel.strips) == MOST
    assert "variant-0001" in [strip.label for strip in panel.strips]
    assert panel.description.endswith(" 9 more have no room.")


def test_every_number_leads_to_a_record_of_its_own_run(given: Account) -> None:
    names = shown_keys(tables(given))
    found = records_behind(given, names)
    cells = row(beside_tables(given)[1], "variant-0001", "Latency")
    told = {}
    for name in ("another-machine", "baseline nightly", "Current records"):
        record = found["records"][names[cells[name].record]]
        samples = found["series"][record["numbers"][0][1]]
        told[name] = (found["texts"][record["title"]], sorted(samples)[3], record["show"])
    assert told == {
        "another-machine": (
            "latency · scale “full” · another-machine",
            pytest.approx(235.7, abs=0.1),
            "benchbench show full-latency-var --records records/another-machine",
        ),
        "baseline nightly": (
            "latency · scale “full” · baseline nightly",
            pytest.approx(659.95, abs=0.1),
            "benchbench show full-latency-var --records 'records/baseline nightly'",
        ),
        "Current records": (
            "latency · scale “full”",
            pytest.approx(942.8, abs=0.1),
            "benchbench show full-latency-var",
        ),
    }


def test_a_record_of_a_revision_is_looked_up_in_git(given: Account) -> None:
    taken = replace(given.beside[2], name="revision main~3:records/x y", folder="")
    known = replace(given, beside=(taken,))
    names = shown_keys(tables(known))
    shown = [record["show"] for record in records_behind(known, names)["records"] if "git" in record["show"]]
    assert shown[0].startswith("git ls-tree -r --name-only 'main~3:records/x y' | grep full-")


def test_without_others_the_records_are_as_they_were() -> None:
    alone = accounts.account()
    names = shown_keys(tables(alone))
    assert records_behind(alone, names) == evidence(alone, names)


def test_two_runs_of_one_record_stay_apart(given: Account) -> None:
    twice = side(given, "again", "2026-11-21T02:00:00", changed)
    assert {entry.record.key for entry in twice.entries.values() if entry.record} == {
        entry.record.key for entry in given.entries if entry.record
    }
    names = [cell.record for row in beside_tables(given)[1].rows for cell in row if cell.record]
    assert len(names) == len({*names}) + 4 * len(VARIANTS), "only `size` has two numbers in a record"


@pytest.mark.parametrize("format", ["html", "markdown"])
def test_names_and_errors_stay_text(given: Account, format: str) -> None:
    page = render(given, format)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "alert(1)" in page
