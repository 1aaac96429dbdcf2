"""Repeated trainings as one entry."""

from __future__ import annotations

from dataclasses import replace

from benchbench.repeats import merged
from benchbench.types import (
    Condition,
    Entry,
    Failed,
    Measured,
    Measurement,
    ProbeUse,
    Record,
    Scale,
    Skipped,
    Trial,
    Use,
    Variant,
)

SCALE = Scale("small", "Small", "depth-anything", "stand-in", Use("rooms"))
SCORE = ProbeUse("depth-error")
BASE, CUT = Variant("base", "Base"), Variant("cut", "Cut", (Use("finetune", {"steps": 3}),))


def repeated(variant: Variant, probe: ProbeUse) -> bool:
    return bool(variant.steps) and probe.name == "depth-error"


def trial(seed: int = 0, variant: Variant = CUT, probe: ProbeUse = SCORE) -> Trial:
    return Trial(variant, SCALE, probe, seed)


def measured(where: Trial, value: float, notes: tuple[str, ...] = ()) -> Entry:
    found = Measurement("AbsRel", (value,), interval=(value - 0.01, value + 0.01))
    outcome = Measured((found, Measurement("delta1", (1 - value,))), notes)
    return Entry(where, outcome, Record(f"k{where.seed}", where, outcome, {}, {}, {"seed": where.seed}, "run", "2026"))


def test_seeds_become_the_samples_of_one_measurement() -> None:
    before = [measured(trial(0, BASE), 0.1)] + [
        measured(trial(seed), 0.2 + seed / 100, ("a note",)) for seed in range(3)
    ]
    base, cut = merged(before, repeated)
    assert base == before[0]
    assert isinstance(cut.outcome, Measured)
    error, delta = cut.outcome.measurements
    assert error == Measurement("AbsRel", (0.2, 0.2 + 1 / 100, 0.2 + 2 / 100), {"seed": (0.0, 1.0, 2.0)})
    assert delta.samples == tuple(1 - value for value in error.samples)
    assert cut.outcome.notes == ("a note",)
    assert cut.record == before[1].record
    assert cut.trial == before[1].trial


def test_one_training_is_told_as_one() -> None:
    [entry] = merged([measured(trial(), 0.2)], repeated)
    assert isinstance(entry.outcome, Measured)
    assert entry.outcome.measurements[0] == Measurement("AbsRel", (0.2,), {"seed": (0.0,)})


def test_what_is_missing_is_noted_with_its_reason() -> None:
    entries = [
        Entry(trial(0), Failed("BadData: no depth\nmore")),
        measured(trial(1), 0.21),
        measured(trial(2), 0.22),
        Entry(trial(3), Skipped("not trained", "--recover")),
    ]
    [entry] = merged(entries, repeated)
    assert isinstance(entry.outcome, Measured)
    assert entry.outcome.measurements[0].columns == {"seed": (1.0, 2.0)}
    [note] = entry.outcome.notes
    assert note == "2 of 4 trainings: seed 0 failed (BadData: no depth); seed 3 is not measured"
    assert entry.trial.seed == 0
    assert entry.record is not None
    assert entry.record.key == "k1"


def test_where_nothing_was_measured_a_failure_is_told_before_a_skip() -> None:
    skipped = Skipped("not trained", "--recover")
    [entry] = merged([Entry(trial(0), skipped), Entry(trial(1), skipped)], repeated)
    assert (entry.trial.seed, entry.outcome) == (0, skipped)
    [entry] = merged([Entry(trial(0), skipped), Entry(trial(1), Failed("no"))], repeated)
    assert (entry.trial.seed, entry.outcome) == (0, Failed("no"))


def test_only_the_repeats_of_one_trial_are_merged() -> None:
    other = replace(SCORE, settings={"cap": 80})
    cost = ProbeUse("latency")
    entries = [
        measured(trial(0), 0.2),
        measured(trial(0, probe=other), 0.3),
        measured(trial(0, probe=cost), 0.4),
        measured(trial(1), 0.2),
        measured(trial(0, probe=cost), 0.4),
        measured(trial(1, probe=other), 0.3),
    ]
    found = merged(entries, repeated)
    assert [entry.trial for entry in found] == [entries[0].trial, entries[1].trial, entries[2].trial, entries[4].trial]


def test_records_of_another_number_of_threads_are_repeats_all_the_same() -> None:
    old = replace(SCORE, condition=Condition(threads=8))
    assert len(merged([measured(trial(0), 0.2), measured(trial(1, probe=old), 0.3)], repeated)) == 1


def test_a_profile_is_not_merged() -> None:
    where = trial()
    profile = Measurement("layer_ms", (1.0, 2.0), {"layer": (0.0, 1.0)})
    outcome = Measured((profile, Measurement("AbsRel", (0.2,))))
    [entry] = merged([Entry(trial(seed), outcome) for seed in (0, 1)], repeated)
    assert isinstance(entry.outcome, Measured)
    assert entry.outcome.measurements[0] == profile
    assert entry.outcome.measurements[1].samples == (0.2, 0.2)
    assert entry.trial == where
