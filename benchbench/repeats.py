"""Repeated trainings as one: what was measured of a variant with several seeds becomes one entry with their spread."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace

from benchbench.stats import SEED
from benchbench.types import Entry, Failed, Measured, Measurement, Outcome, ProbeUse, Trial, Variant

Repeated = Callable[[Variant, ProbeUse], bool]
"""Whether what a probe measures of a variant is repeated for each seed."""


def merged(entries: Iterable[Entry], repeated: Repeated) -> tuple[Entry, ...]:
    """The entries, those of one trial that is `repeated` with several seeds as one, in the place of the first.

    Its measurements have a sample for each seed that was measured, in the column "seed", and no interval; its record is
    that of the first seed measured. Where some are missing a note tells how many there are; where all are, it is the
    worst that became of them.
    """
    groups: dict[str, list[Entry]] = {}
    alone: dict[str, Entry] = {}
    for number, entry in enumerate(entries):
        trial = entry.trial
        if repeated(trial.variant, trial.probe):
            groups.setdefault(_without_seed(trial), []).append(entry)
        else:
            groups[str(number)] = []
            alone[str(number)] = entry
    return tuple(_one(group) if group else alone[name] for name, group in groups.items())


def _without_seed(trial: Trial) -> str:
    """What the seeds of a trial share; the number of threads changes no score, and may differ where records are old."""
    condition = {**asdict(trial.probe.condition), "threads": 0}
    named = [trial.scale.name, trial.probe.name, trial.variant.name, dict(trial.probe.settings), condition]
    return json.dumps(named, sort_keys=True)


def _one(group: Sequence[Entry]) -> Entry:
    measured = [(entry, entry.outcome) for entry in group if isinstance(entry.outcome, Measured)]
    if not measured:
        worst = min(group, key=lambda entry: not isinstance(entry.outcome, Failed))
        return replace(worst, trial=group[0].trial)
    first = measured[0][0]
    seeds = [float(entry.trial.seed) for entry, _ in measured]
    outcome = Measured(_joined([outcome for _, outcome in measured], seeds), _notes(group, first.outcome))
    return Entry(group[0].trial, outcome, first.record)


def _joined(outcomes: Sequence[Measured], seeds: Sequence[float]) -> tuple[Measurement, ...]:
    """Each metric of the first outcome over all of them; a profile over layers is no number that repeats."""
    found = []
    for measurement in outcomes[0].measurements:
        values = [
            (seed, same.samples[0])
            for seed, outcome in zip(seeds, outcomes, strict=True)
            for same in outcome.measurements
            if same.metric == measurement.metric and len(same.samples) == 1
        ]
        if len(measurement.samples) == 1:
            column = {SEED: tuple(seed for seed, _ in values)}
            found.append(Measurement(measurement.metric, tuple(value for _, value in values), column))
        else:
            found.append(measurement)
    return tuple(found)


def _notes(group: Sequence[Entry], first: Outcome) -> tuple[str, ...]:
    notes = first.notes if isinstance(first, Measured) else ()
    missing = [entry for entry in group if not isinstance(entry.outcome, Measured)]
    if not missing:
        return notes
    return (*notes, f"{len(group) - len(missing)} of {len(group)} trainings: {'; '.join(map(_why, missing))}")


def _why(entry: Entry) -> str:
    match entry.outcome:
        case Failed(error):
            return f"seed {entry.trial.seed} failed ({(error.strip().splitlines() or ['no error was told'])[0]})"
    return f"seed {entry.trial.seed} is not measured"
