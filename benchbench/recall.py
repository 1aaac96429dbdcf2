"""What older records still tell: of the same recipe, though another machine, library or number of threads made them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from benchbench.lineage import Lineage
from benchbench.measure import usable_cores
from benchbench.record import recipe
from benchbench.types import Entry, Measured, Record, Settings, Skipped, Suite, Trial


def recalled(entries: Sequence[Entry], records: Iterable[Record], waiting: Collection[str]) -> tuple[Entry, ...]:
    """The entries, those that wait filled with the newest record of the same recipe, whatever its machine.

    `waiting` are the reasons of being skipped that a record makes up for. A report marks what was measured elsewhere
    by the record's own environment.
    """
    if not any(_waits(entry, waiting) for entry in entries):
        return tuple(entries)
    found = newest(records)
    return tuple(_filled(entry, found) if _waits(entry, waiting) else entry for entry in entries)


def newest(records: Iterable[Record]) -> dict[str, Record]:
    """The newest record of each recipe, whatever machine, library or recovered weights it was made with."""
    return {_recipe(record.trial): record for record in sorted(records, key=lambda record: (record.at, record.run))}


def recorded_here(entry: Entry, suite: Suite, lineage: Lineage, known: Mapping[str, Record]) -> Entry:
    """What the default budget leaves out stands as it was measured here before, if it was."""
    reference = next(variant for variant in suite.variants if variant.name == suite.reference)
    condition = entry.trial.probe.condition
    threaded = replace(condition, threads=condition.threads or usable_cores())
    trial = replace(entry.trial, probe=replace(entry.trial.probe, condition=threaded))
    if not known or lineage.hindrance(trial) is not None or lineage.untrained(trial):
        return entry
    record = known.get(lineage.key(trial, reference))
    return entry if record is None else Entry(trial, record.outcome, record)


def _waits(entry: Entry, waiting: Collection[str]) -> bool:
    return isinstance(entry.outcome, Skipped) and entry.outcome.reason in waiting


def surroundings(entries: Sequence[Entry], here: Settings) -> Settings:
    """Where most of the newest run's records were made, timed ones before others; `here` when there are none."""
    records = [entry.record for entry in entries if entry.record is not None]
    if not records:
        return here
    return max(records, key=lambda record: (_is_timed(record), record.at)).environment


def _filled(entry: Entry, newest: dict[str, Record]) -> Entry:
    record = newest.get(_recipe(entry.trial))
    return entry if record is None else Entry(replace(entry.trial, probe=record.trial.probe), record.outcome, record)


def _is_timed(record: Record) -> bool:
    found = record.outcome.measurements if isinstance(record.outcome, Measured) else ()
    return any("round" in measurement.columns for measurement in found)


def _recipe(trial: Trial) -> str:
    """Everything about a trial but its machine, its texts and its places."""
    condition = {**vars(trial.probe.condition), "threads": 0}
    steps = [recipe(use) for use in trial.variant.steps]
    model = [trial.variant.name, steps, dict(trial.variant.architecture), trial.scale.name, trial.origin.checkpoint]
    model += [trial.variant.external] if trial.variant.external else []
    return json.dumps([model, trial.probe.name, dict(trial.probe.settings), condition, trial.seed], sort_keys=True)
