"""Reports tell what was measured, wherever and whenever that was."""

from __future__ import annotations

from dataclasses import replace

from benchbench.recall import recalled, surroundings
from benchbench.types import (
    Condition,
    Entry,
    Measured,
    Measurement,
    ProbeUse,
    Record,
    Scale,
    Settings,
    Skipped,
    Trial,
    Use,
    Variant,
)

PENDING = Skipped("not measured yet", "run it")
SCALE = Scale("small", "Small", "detr", "random", Use("shapes"))
HERE = Trial(Variant("base", "Base"), SCALE, ProbeUse("latency", condition=Condition(threads=2)))
THERE = replace(HERE, probe=replace(HERE.probe, condition=Condition(threads=8)))


def record(trial: Trial, at: str, environment: Settings, *, timed: bool = False) -> Record:
    columns = {"round": (0.0,)} if timed else {}
    outcome = Measured((Measurement("latency_ms", (1.0,), columns),))
    return Record(at, trial, outcome, environment, {}, {}, "run", at)


def test_what_another_machine_measured_is_recalled_with_its_condition() -> None:
    [entry] = recalled([Entry(HERE, PENDING)], [record(THERE, "2026-01-01", {"cpu": "other"})], {PENDING.reason})
    assert entry.record is not None
    assert entry.trial.probe.condition.threads == 8
    assert surroundings([entry], {"cpu": "this"}) == {"cpu": "other"}


def test_the_newest_is_recalled() -> None:
    old, new = record(THERE, "2026-01-01", {}), record(HERE, "2026-01-02", {})
    [entry] = recalled([Entry(HERE, PENDING)], [new, old], {PENDING.reason})
    assert entry.record == new


def test_another_recipe_is_not_recalled() -> None:
    cut = replace(THERE, variant=Variant("base", "Base", (Use("drop-layers", {"count": 1}),)))
    [entry] = recalled([Entry(HERE, PENDING)], [record(cut, "2026-01-01", {})], {PENDING.reason})
    assert entry.outcome == PENDING


def test_what_was_skipped_stays_skipped() -> None:
    skipped = Entry(HERE, Skipped("no data", "fetch them"))
    assert recalled([skipped], [record(THERE, "2026-01-01", {})], {PENDING.reason}) == (skipped,)


def test_timings_say_where_it_was() -> None:
    timed = Entry(HERE, PENDING, record(HERE, "2026-01-01", {"cpu": "timed"}, timed=True))
    counted = Entry(THERE, PENDING, record(THERE, "2026-01-02", {"cpu": "counted"}))
    assert surroundings([timed, counted], {}) == {"cpu": "timed"}
    assert surroundings([], {"cpu": "here"}) == {"cpu": "here"}
