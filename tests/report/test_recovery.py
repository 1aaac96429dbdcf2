"""The table of recovery training, its curves and its bars."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from benchbench.report import Account, tables
from benchbench.report.course_plots import course_plots
from benchbench.report.courses import chains
from benchbench.report.numbers import MINUS, SPACE
from benchbench.report.small_drawing import panel_svg
from benchbench.report.trained import trained
from benchbench.types import Cell, Entry, Json, Measured, Measurement, Table
from tests.report import accounts
from tests.report.depth_accounts import ROOMS, SEEDS, VARIANTS, account
from tests.report.hostile import IMAGE, SCRIPT


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


def table(given: Account) -> Table:
    (found,) = (table for table in tables(given) if table.name == "recovery-stand-in")
    return found


def cells(given: Account, variant: str) -> dict[str, Cell]:
    found = table(given)
    row = next(row for row in found.rows if row[0].text == variant)
    return dict(zip(found.columns, row, strict=True))


def changed(given: Account, variant: str, **course: Json) -> Account:
    """The account with other figures in every course of a variant."""

    def other(entry: Entry) -> Entry:
        if entry.record is None or entry.trial.variant.name != variant:
            return entry
        surgery = entry.record.facts["surgery"]
        assert isinstance(surgery, list)
        steps: list[Json] = [
            step | {"course": step["course"] | course}
            if isinstance(step, dict) and isinstance(step.get("course"), dict) and isinstance(step["course"], dict)
            else step
            for step in surgery
        ]
        return replace(entry, record=replace(entry.record, facts={**entry.record.facts, "surgery": steps}))

    return replace(given, entries=tuple(map(other, given.entries)), repeats=tuple(map(other, given.repeats)))


def test_every_trained_variant_has_a_row_and_no_other(given: Account) -> None:
    assert [row[0].text for row in table(given).rows] == [variant.name for variant in VARIANTS[5:]]
    assert not any(each.name.startswith("recovery") for each in tables(accounts.account()))


def test_row_tells_what_the_training_took(given: Account) -> None:
    row = cells(given, "layers-4-distilled")
    assert row["Trained by"].text == "distil, full, teacher base"
    assert [row[name].text for name in ("Steps", "Images seen", "Time", "Rise of memory, MiB", "Trainings")] == [
        "240", "3,840", f"337{SPACE}s", "640", "3",
    ]  # fmt: skip
    assert row["Trainable parameters"].text == "1,600,000"
    assert row["Time"].detail == "336 s; 337 s; 338 s"
    assert row["Trainings"].detail == "seeds 0, 1, 2"
    assert "Trained on Xeon @ 2.60GHz, threads 2, torch 2.13.0; times are means over the seeds." in table(given).notes


def test_accuracy_before_is_that_of_the_same_cut_without_training(given: Account) -> None:
    row = cells(given, "layers-4-finetuned")
    assert [row["AbsRel before"].text, row["AbsRel before"].lines[-1].text] == ["0.3100", "layers-4"]
    assert row["AbsRel after"].detail == f"95{SPACE}% t interval over 3 trainings".replace(SPACE, " ")
    assert row["AbsRel after"].lines[-1].text.startswith(f"{MINUS}37.9")
    control = cells(given, "control")
    assert control["AbsRel before"].lines[-1].text == "base"
    assert [line.text for line in control["Variant"].lines][-1] == "control: the uncut model, trained alike"


def test_accuracy_before_is_that_of_the_same_checkpoint(given: Account) -> None:
    """A suite of several sizes has the same steps on several of them."""
    base, *rest = given.suite.variants
    other = {ROOMS.name: "stand-in/ti"}
    smaller = replace(base, name="smaller", checkpoints=other)
    variants = tuple(replace(each, checkpoints=other) if each.name == "control" else each for each in rest)
    told = replace(given, suite=replace(given.suite, variants=(base, smaller, *variants)))

    found = {each.variant.name: each.untrained for each in trained(told, ROOMS)}
    assert found["control"] == smaller
    assert found["layers-4-finetuned"] is not None
    assert found["layers-4-finetuned"].name == "layers-4"


def test_chain_sums_its_trainings_and_lists_them(given: Account) -> None:
    row = cells(given, "layers-4-progressive")
    assert row["Trained by"].text == "3 trainings in a chain"
    assert [line.text for line in row["Trained by"].lines] == [
        "finetune, full: 80 steps", "finetune, full: 80 steps", "finetune, full: 90 steps",
    ]  # fmt: skip
    assert (row["Steps"].text, row["Images seen"].text) == ("250", "4,000")
    assert row["AbsRel before"].text == "–"
    assert row["AbsRel before"].detail == "the suite has no such variant"


def test_unequal_budgets_are_marked_and_equal_ones_said(given: Account) -> None:
    row = cells(given, "layers-4-progressive")
    (mark,) = row["Images seen"].marks
    assert table(given).footnotes[mark - 1] == "another budget: 4,000 images where most were trained on 3,840"
    assert any(note.startswith("Unequal budgets: most variants of this table saw 3,840") for note in table(given).notes)
    without = tuple(entry for entry in (*given.entries, *given.repeats) if "progressive" not in entry.trial.label)
    equal = table(replace(given, entries=without, repeats=()))
    assert "Equal budgets: every variant of this table saw 3,840 images in training." in equal.notes
    assert not any(row[3].marks for row in equal.rows)


def test_one_training_alone_is_marked(given: Account) -> None:
    found = table(given)
    one, three = (cells(given, name)["AbsRel after"] for name in ("layers-4-head", "layers-4-finetuned"))
    assert found.footnotes[one.marks[0] - 1].startswith("of one training only")
    assert three.marks == ()


def test_one_training_is_marked_in_the_comparison_too(given: Account) -> None:
    """Also where an interval over the images makes the number look sure."""
    alone = Measured((Measurement("AbsRel", (0.2,), {}, (0.19, 0.21)),))
    entries = tuple(
        replace(entry, outcome=alone)
        if entry.trial.probe.name == "depth-error" and entry.trial.variant.name in ("layers-4-finetuned", "layers-4")
        else entry
        for entry in given.entries
    )
    found = next(t for t in tables(replace(given, entries=entries)) if t.name == "comparison-stand-in")
    column = next(number for number, name in enumerate(found.columns) if name.startswith("Absolute"))
    marks = {row[0].text: [found.footnotes[mark - 1] for mark in row[column].marks] for row in found.rows}
    assert marks["layers-4-finetuned"][0].startswith("of one training only")
    assert marks["layers-4"] == []
    assert marks["layers-4-head"] == ["one training, no interval over trainings"]


def test_what_waits_for_training_says_so(given: Account) -> None:
    row = cells(given, "layers-2-waiting")
    assert row["Trained by"].lines[-1].text == "not trained here"
    assert {row[name].text for name in ("Steps", "Time", "AbsRel before", "AbsRel after")} == {"–"}
    assert "Not trained here: layers-2-waiting; benchbench run depth --recover trains them." in table(given).notes


def test_without_a_control_row_the_table_says_so(given: Account) -> None:
    rest = tuple(entry for entry in given.entries if entry.trial.variant.name != "control")
    again = tuple(entry for entry in given.repeats if entry.trial.variant.name != "control")
    notes = table(replace(given, entries=rest, repeats=again)).notes
    assert any(note.startswith("There is no control row") for note in notes)
    assert not any(note.startswith("There is no control row") for note in table(given).notes)


def test_seeds_come_from_repeats_each_once(given: Account) -> None:
    found = {variant.name: chains(given, ROOMS, variant) for variant in VARIANTS}
    assert [chain[-1].seed for chain in found["control"]] == list(SEEDS)
    assert found["base"] == ()
    merged = replace(given, repeats=())
    assert [chain[-1].seed for chain in chains(merged, ROOMS, VARIANTS[5])] == [0]
    assert [each.variant.name for each in trained(given, ROOMS) if each.role == "control"] == ["control"]


@pytest.mark.parametrize("value", [None, "many", [1], {}, float("nan")])
def test_courses_that_are_no_numbers_leave_dashes(given: Account, value: Json) -> None:
    spoilt = changed(
        given, "control", steps=value, images=value, seconds=value, curve=value, updates=value, peak_memory_mib=value
    )
    row = cells(spoilt, "control")
    assert {row[name].text for name in ("Steps", "Images seen", "Rise of memory, MiB")} == {"–"}
    losses = next(plot for plot in course_plots(spoilt) if plot.name.startswith("losses"))
    assert "control" not in [panel.title for panel in losses.panels]


def test_there_is_a_curve_for_each_seed_and_kinds_do_not_share_an_axis(given: Account) -> None:
    losses, updates = course_plots(given)
    panels = {panel.title: panel for panel in losses.panels}
    assert [line.label for line in panels["control"].lines] == ["seed 0", "seed 1", "seed 2"]
    assert panels["control"].top == panels["layers-4-finetuned"].top > panels["layers-4-distilled"].top
    chain = panels["layers-4-progressive"].lines[0].points
    assert (len(chain), chain[0][0], chain[-1][0]) == (25, 10, 250)
    assert [x for x, _ in chain] == sorted(x for x, _ in chain)
    bars = {panel.title: {bar.label: bar.values[0] for bar in panel.bars} for panel in updates.panels}
    assert bars["layers-4-head"]["encoder.0"] == 0
    assert bars["control"]["encoder.11"] == pytest.approx(0.12)


def test_drawing_of_a_curve_stays_within_its_frame(given: Account) -> None:
    losses, updates = course_plots(given)
    for panel in (*losses.panels, *updates.panels):
        root = ElementTree.fromstring(panel_svg(panel))
        _, _, width, height = map(float, (root.get("viewBox") or "").split())
        for line in root.iter("polyline"):
            points = [tuple(map(float, point.split(","))) for point in (line.get("points") or "").split()]
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
            assert [x for x, _ in points] == sorted(x for x, _ in points)
        for bar in root.iter("rect"):
            assert 0 <= float(bar.get("x") or -1) + float(bar.get("width") or -1) <= width


def test_hostile_words_of_a_record_stay_text(given: Account) -> None:
    spoilt = changed(given, "control", updates={SCRIPT: 0.5, IMAGE: 0.1})
    _, updates = course_plots(spoilt)
    drawing = panel_svg(updates.panels[0])
    root = ElementTree.fromstring(drawing)
    assert not list(root.iter("script")) + list(root.iter("img"))
    assert SCRIPT in "".join(root.itertext())


def test_layers_stand_in_their_order_whatever_the_records(given: Account) -> None:
    order = ["head", "encoder.10", "encoder", "encoder.2", "decoder.1"]
    spoilt = changed(given, "control", updates={name: 0.01 for name in order})
    _, updates = course_plots(spoilt)
    assert [bar.label for bar in updates.panels[0].bars] == ["decoder.1", "encoder", "encoder.2", "encoder.10", "head"]
    assert updates.panels[0].bars[0].texts == (f"1{SPACE}%",)


def test_where_the_reference_itself_is_trained_no_other_is_a_control(given: Account) -> None:
    trains = [variant.name for variant in given.suite.variants if variant.name == "control"]
    again = replace(given, suite=replace(given.suite, reference=trains[0]))
    roles = {each.variant.name: each.role for each in trained(again, ROOMS)}
    assert roles["control"] == "reference"
    assert set(roles.values()) == {"reference", "student"}
    notes = [note.text if hasattr(note, "text") else str(note) for note in table(again).notes]
    assert not any(note.startswith("There is no control row") for note in notes)
