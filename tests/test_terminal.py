"""What is shown while measuring: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from benchbench import terminal
from benchbench.measure import Progress
from benchbench.types import Entry, Failed, Measured, ProbeUse, Scale, Trial, Use, Variant

SCALE = Scale("small", "Small", "detr", "random", Use("shapes"))


def entry(name: str, outcome: Measured | Failed) -> Entry:
    return Entry(Trial(Variant(name, name), SCALE, ProbeUse("size")), outcome)


def events() -> Iterator[Progress | Entry]:
    yield Progress("small / size", 0, 2, "one")
    yield entry("one", Measured(()))
    yield Progress("small / size", 3, 2, "beyond its budget")
    yield entry("two", Failed("[red]no such layer[/red]"))
    yield Progress("small / latency", 1, 4, "round 1")
    yield entry("three", Measured(()))


@pytest.mark.parametrize("drawn", [True, False])
def test_entries_pass_through(drawn: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: drawn)
    names = [found.trial.variant.name for found in terminal.watch(events(), 3)]
    assert names == ["one", "two", "three"]
    said = capsys.readouterr()
    assert said.out == ""
    assert "[red]no such layer[/red]" in said.err


def test_plain_lines_are_not_many(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 1.0, 1.0, 20.0, 20.0, 20.0, 21.0, 21.0, 21.0])
    monkeypatch.setattr(terminal, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    list(terminal.watch(events(), 3))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[   1 s] 1/3 small / size / one: done"
    assert any("beyond its budget" in line and "%" not in line for line in lines)


def training() -> Iterator[Progress | Entry]:
    yield Progress("small / coco-ap", 0, 1600, "building")
    yield Progress("small / coco-ap", 400, 1600, "finetune, step 400 of 800")
    yield Progress("small / coco-ap", 500, 1600, "finetune, step 500 of 800")
    yield entry("one", Failed("[red]diverged[/red]"))
    yield Progress("tiny / coco-ap", 1, 4, "distil")


@pytest.mark.parametrize("drawn", [True, False])
def test_trainings_that_failed_pass_through(
    drawn: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: drawn)
    [found] = terminal.follow(training())
    assert found.trial.variant.name == "one"
    said = capsys.readouterr()
    assert said.out == ""
    assert "training of small / size / one: [red]diverged[/red]" in said.err


def test_plain_lines_tell_what_is_left_of_a_training_at_its_own_pace_since_it_went_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 1.0, 21.0, 41.0, 42.0, 60.0])
    monkeypatch.setattr(terminal, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    list(terminal.follow(training()))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[  21 s] training small / coco-ap: finetune, step 400 of 800 (25%)"
    assert lines[1] == "[  41 s] training small / coco-ap: finetune, step 500 of 800 (31%, 220 s left)"
    assert lines[3] == "[  60 s] training tiny / coco-ap: distil (25%)"
