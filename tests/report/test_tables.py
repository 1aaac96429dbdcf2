"""What stands in the tables of a report."""

from dataclasses import replace

import pytest

from benchbench.report import Account, frame, tables
from benchbench.report.comparison import comparisons
from benchbench.report.findings import decisive
from benchbench.report.numbers import SPACE
from benchbench.types import Cell, Entry, Estimate, Measured, Metric, ProbeUse, Table
from tests.report.accounts import FULL, LATENCY, NO_COCO, SMALL, account, document_table


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


@pytest.fixture(scope="module")
def found(given: Account) -> dict[str, Table]:
    return {table.name: table for table in tables(given)}


def column(table: Table, name: str) -> dict[str, Cell]:
    """The cells under the heading that starts with a name, by their rows' first text."""
    number = next(index for index, heading in enumerate(table.columns) if heading.startswith(name))
    return {row[0].text: row[number] for row in table.rows}


def texts(cell: Cell) -> list[str]:
    return [cell.text, *(text for line in cell.lines for text in texts(line))]


def test_documents_table_comes_first_with_its_strings_in_order(given: Account) -> None:
    first = tables(given)[0]
    assert first.columns == document_table().columns
    assert [[cell.text for cell in row] for row in first.rows] == [
        [cell.text for cell in row] for row in document_table().rows
    ]


def test_under_a_cell_stand_verdict_number_and_reason(found: dict[str, Table]) -> None:
    lines = column(found["document-1"], "参数")["Transformer层剪枝"].lines
    assert lines[0].text == "⊘ impossible"
    assert lines[1] == replace(lines[1], label="measured", text=f"−13.3{SPACE}%")
    assert texts(lines[1])[1] == "of all parameters · exact"
    assert lines[2].text.startswith("Exact counts exclude")


def test_decisive_reading_is_the_one_that_was_reproduced(found: dict[str, Table]) -> None:
    lines = column(found["document-1"], "推理")["Transformer层剪枝"].lines
    assert [lines[0].text, lines[1].text] == ["✓ reproduced", f"−29.8 ± 1.1{SPACE}%"]


def test_primary_source_and_remedy_stand_where_nothing_was_measured(found: dict[str, Table]) -> None:
    lines = column(found["document-1"], "精度")["Transformer层剪枝"].lines
    assert [(line.label, line.text) for line in lines[1:]] == [
        ("primary source", "42.0"),
        ("", "Not measured: COCO val2017 is not on this machine."),
        ("to decide it", "benchbench fetch coco-val2017"),
    ]


def test_stand_in_numbers_never_enter_a_verdict_cell(found: dict[str, Table]) -> None:
    trends = [line for row in found["claims"].rows for line in row[2].lines if line.tone == "trend"]
    assert len(trends) == 4
    assert all(line.label.startswith("stand-in trend") for line in trends)
    shown = {text for row in found["document-1"].rows for cell in row for text in texts(cell)}
    shown |= {text for row in found["claims"].rows for text in texts(row[3])}
    assert not shown & {line.text for line in trends}


def test_there_is_one_comparison_table_per_scale(found: dict[str, Table]) -> None:
    assert [name for name in found if name.startswith("comparison-")] == ["comparison-full", "comparison-stand-in"]
    assert "Latency, ms" not in found["comparison-stand-in"].columns


def test_cell_of_a_comparison_holds_number_interval_change_and_report(found: dict[str, Table]) -> None:
    cell = column(found["comparison-full"], "Parameters")["layers"]
    assert [cell.text, *((line.label, line.text) for line in cell.lines)] == [
        "36,006,432",
        ("Δ", f"−13.3{SPACE}%"),
        ("reported", f"−22{SPACE}%"),
    ]
    latency = column(found["comparison-full"], "Latency")["layers"]
    assert [line.tone for line in latency.lines] == ["interval", "change", "quoted"]


def test_reference_has_no_change(found: dict[str, Table]) -> None:
    assert not any(
        line.tone == "change" for row in found["comparison-full"].rows[:1] for cell in row for line in cell.lines
    )


def test_reports_by_others_are_named_as_such(found: dict[str, Table]) -> None:
    base = column(found["comparison-full"], "Throughput")["base"]
    assert ("primary source", "28") in [(line.label, line.text) for line in base.lines]


def test_a_variant_of_which_nothing_was_tried_is_named_below_the_table_and_no_row(given: Account) -> None:
    def set_aside(entry: Entry) -> Entry:
        here = (entry.trial.scale.name, entry.trial.variant.name) == (FULL.name, "layers")
        return replace(entry, outcome=NO_COCO, record=None) if here else entry

    table = {each.name: each for each in tables(replace(given, entries=tuple(map(set_aside, given.entries))))}
    full = table[f"comparison-{FULL.name}"]
    assert "layers" not in {row[0].text for row in full.rows}
    assert any("Nothing was measured at this scale of layers;" in note for note in full.notes)
    nothing = tuple(replace(entry, outcome=NO_COCO, record=None) for entry in given.entries)
    again = {each.name: each for each in tables(replace(given, entries=nothing))}
    assert "layers" in {row[0].text for row in again[f"comparison-{FULL.name}"].rows}


def test_a_scale_at_which_nothing_was_tried_has_no_table(given: Account) -> None:
    def set_aside(entry: Entry) -> Entry:
        return replace(entry, outcome=NO_COCO, record=None) if entry.trial.scale.name == FULL.name else entry

    names = [each.name for each in tables(replace(given, entries=tuple(map(set_aside, given.entries))))]
    assert f"comparison-{FULL.name}" not in names
    assert f"comparison-{SMALL.name}" in names


def test_hole_says_why_in_a_footnote(found: dict[str, Table]) -> None:
    table = found["comparison-full"]
    cell = column(table, "AP")["base"]
    assert cell.text == "–"
    assert [table.footnotes[mark - 1] for mark in cell.marks] == [f"{NO_COCO.reason} ({NO_COCO.remedy})"]
    failed = column(table, "Latency")["hostile"]
    assert failed.text == "failed"
    assert table.footnotes[failed.marks[0] - 1].startswith("failed: the worker was killed")


def test_column_has_one_unit(found: dict[str, Table]) -> None:
    cells = column(found["comparison-stand-in"], "Multiply-adds, G")
    assert {cells["base"].text, cells["channels-backbone"].text} == {"1.16", "0.56"}


def test_number_of_images_stands_in_the_heading_or_in_each_cell(given: Account, found: dict[str, Table]) -> None:
    assert "AP, pt · 500 images" in found["comparison-stand-in"].columns
    entry = next(e for e in given.entries if e.record and e.record.facts["images"] and e.trial.variant.name == "base")
    assert entry.record is not None
    fewer = replace(entry, record=replace(entry.record, facts={**entry.record.facts, "images": 80}))
    changed = replace(given, entries=tuple(fewer if e is entry else e for e in given.entries))
    table = next(table for table in tables(changed) if table.name == "comparison-stand-in")
    cells = column(table, "AP, pt")
    assert "AP, pt" in table.columns
    assert tuple(cells[name].lines[-1].text for name in ("base", "layers")) == ("80 images", "500 images")


def test_random_weights_are_said_once_when_all_are_random(given: Account, found: dict[str, Table]) -> None:
    assert found["comparison-full"].notes[0].startswith("Every model of this table has random weights")
    trained = tuple(
        replace(e, record=replace(e.record, facts={"weights": "trained"}))
        if e.record and e.trial.variant.name == "base"
        else e
        for e in given.entries
    )
    table = next(t for t in tables(replace(given, entries=trained)) if t.name == "comparison-full")
    names = column(table, "Variant")
    assert "random weights" not in texts(names["base"])
    assert "random weights" in texts(names["layers"])


def test_unresolved_threads_of_a_set_aside_trial_do_not_split_a_column(given: Account, found: dict[str, Table]) -> None:
    unresolved = replace(LATENCY, condition=replace(LATENCY.condition, threads=0))
    entries = tuple(
        e
        if isinstance(e.outcome, Measured) or e.trial.probe != LATENCY
        else replace(e, trial=replace(e.trial, probe=unresolved))
        for e in given.entries
    )
    assert tables(replace(given, entries=entries)) == tuple(found.values())


def test_two_conditions_of_a_probe_are_two_columns(given: Account) -> None:
    single = replace(LATENCY, condition=replace(LATENCY.condition, threads=1))
    more = tuple(replace(e, trial=replace(e.trial, probe=single)) for e in given.entries if e.trial.probe == LATENCY)
    table = next(t for t in tables(replace(given, entries=(*given.entries, *more))) if t.name == "comparison-full")
    headings = [heading for heading in table.columns if heading.startswith("Latency")]
    assert headings == [
        f"Latency, ms · cpu, float32, batch 1, {threads}, eager" for threads in ("2 threads", "1 thread")
    ]


def test_timed_tables_name_condition_rounds_and_twin(found: dict[str, Table]) -> None:
    note = next(note for note in found["comparison-full"].notes if note.startswith("latency"))
    assert note.startswith(
        "latency: cpu, float32, batch 1, 2 threads, eager; 7 rounds; the reference against its ident"
    )


def test_ledger_has_a_line_for_every_claim_and_reading(given: Account, found: dict[str, Table]) -> None:
    rows = {row[0].text: row for row in found["claims"].rows}
    assert list(rows) == [verdict.claim.id for verdict in given.verdicts]
    for verdict in given.verdicts:
        readings = [line for line in rows[verdict.claim.id][2].lines if line.tone == "reading"]
        assert len(readings) == len(verdict.findings)


def test_reading_shows_what_is_stated_and_what_came_out(found: dict[str, Table]) -> None:
    rows = {row[0].text: row for row in found["claims"].rows}
    assert rows["D2.1.params"][2].lines[0].text == f"−22{SPACE}% → −13.3{SPACE}% (exact)"
    assert rows["D2.x"][2].lines[0].text == "×1.30 → ×1.05 ± 0.01"
    assert rows["P.fps"][2].lines[0].text == f"28 → 0.70{SPACE}images/s (no interval)"


def test_evidence_leads_to_the_quoted_line(found: dict[str, Table]) -> None:
    evidence = next(row for row in found["claims"].rows if row[0].text == "D2.9.flag")[2].lines[0]
    assert evidence.link.endswith("/blob/29901c51d7fe8712168b8d0d64351170bc0f83e0/main.py#L35")
    assert evidence.lines[0].text == "✗ speaks against it"


def test_skipped_trials_are_grouped_with_their_remedy(found: dict[str, Table]) -> None:
    assert [(row[0].text, row[1].text, row[2].text) for row in found["skipped"].rows] == [
        (NO_COCO.reason, NO_COCO.remedy, "12"),
        ("not timed within the default budget", "benchbench run detr --all", "18"),
    ]


def test_failures_show_the_end_of_their_logs(found: dict[str, Table]) -> None:
    log = found["failed"].rows[0][2].text
    assert log.splitlines()[-1].startswith("MemoryError")
    assert "line 10" not in log


def test_records_of_another_environment_are_named(found: dict[str, Table]) -> None:
    assert found["environment"].notes == ("5 records kept from an environment that differs in: torch.",)


def test_attempts_are_no_rows(given: Account, found: dict[str, Table]) -> None:
    stray = replace(given.entries[0].trial.variant, name="nhead-6")
    attempt = replace(given.entries[0], trial=replace(given.entries[0].trial, variant=stray))
    assert tables(replace(given, entries=(*given.entries, attempt))) == tuple(found.values())


def test_account_without_anything_measured_still_reports(given: Account) -> None:
    empty = replace(given, entries=(), verdicts=(), complaints=())
    names = [table.name for table in tables(empty)]
    assert "document-1" in names
    assert not any(name.startswith("comparison") for name in names)


def test_scales_of_the_fixture_are_the_suites(given: Account) -> None:
    assert given.suite.scales == (FULL, SMALL)


def test_the_finding_shown_is_the_one_that_the_reason_names(given: Account) -> None:
    verdict = next(verdict for verdict in given.verdicts if verdict.claim.id == "D2.2.speed")
    by_rate, by_time = verdict.findings
    nearer = replace(by_time, estimate=Estimate(-0.19, -0.2, -0.18))
    both = replace(verdict, findings=(replace(by_rate, ruling=verdict.ruling), nearer))
    assert decisive(both) == nearer
    named = replace(both, reason=f"Undecided under the reading '{by_rate.reading.title}'.")
    assert decisive(named) == both.findings[0]
    assert decisive(replace(verdict, findings=())) is None


def test_reason_and_remedy_are_said_once(given: Account) -> None:
    verdict = next(verdict for verdict in given.verdicts if verdict.claim.id == "D2.1.ap")
    (finding, *_), remedy = verdict.findings, verdict.findings[0].remedy
    said = replace(verdict, reason=f"{finding.reason}; to measure it: {remedy}")
    table = next(t for t in tables(replace(given, verdicts=(said,))) if t.name == "claims")
    assert [line.text for line in table.rows[0][2].lines][:2] == [f"−1.2{SPACE}pt", f"−1.2{SPACE}%"]
    assert not any(line.label == "to decide it" for line in table.rows[0][3].lines)


def test_probe_that_measured_nothing_keeps_its_column(given: Account) -> None:
    use = ProbeUse("sharpness")
    metric = Metric("edge", "edge sharpness", "px", "higher", 1, probe="sharpness")
    more = Entry(replace(given.entries[0].trial, probe=use), NO_COCO)
    account = replace(given, entries=(*given.entries, more), metrics={**given.metrics, "edge": metric})
    table = next(t for t in tables(account) if t.name == "comparison-full")
    assert "Edge sharpness, px" in table.columns
    rows = frame(account)
    assert list(rows[rows["probe"] == "sharpness"]["metric"]) == ["edge"]


def test_a_trial_s_notes_stand_at_its_probe_s_first_column_alone(given: Account) -> None:
    said = "counted without the head"
    entries = tuple(
        replace(entry, outcome=replace(entry.outcome, notes=(said,)))
        if entry.trial.probe.name == "size" and isinstance(entry.outcome, Measured)
        else entry
        for entry in given.entries
    )
    found = comparisons(replace(given, entries=entries))[0]
    params, size = found.rows[0][1:3]
    assert [found.footnotes[mark - 1] for mark in params.marks] == [said]
    assert size.text != "–"
    assert size.marks == ()
