"""Two variants over the same images: the rows that scored trials left beside their records, compared pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from functools import wraps
from math import isfinite
from typing import Any

from benchbench.catalog.formulas.rows import Rows
from benchbench.catalog.row_scoring import compared
from benchbench.kept_rows import KeptRows, is_scored, scored_probe
from benchbench.stats import SEED
from benchbench.types import Difference, Entry, Json, Measured, Suite

LONGEST = 200
Found = dict[str, Difference]
Pairs = dict[tuple[str, str], Mapping[str, Difference]]


def pairs(suite: Suite, entries: Iterable[Entry], kept: KeptRows) -> Pairs:
    """By the identities of two trials: each metric of the first less that of the second, over the same images.

    Every untrained variant is paired with the reference, and with whom a claim names beside it: at the same scale,
    under the same use of a probe, scored on the same data. What lacks rows that can be read has no pair. Differences
    are kept beside the records under a digest of both files, so that a bootstrap is made once.
    """
    comparing = _Comparing(kept)
    found: Pairs = {}
    for group in _groups(entries):
        for ours, theirs in _named(suite, group):
            difference = comparing(ours, theirs)
            if difference:
                found[ours.trial.identity, theirs.trial.identity] = difference
    return found


def _groups(entries: Iterable[Entry]) -> Iterable[dict[str, Entry]]:
    """The entries that may be paired, by variant: of one scale, probe, settings and condition (but for threads)."""
    groups: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        if _may_pair(entry):
            trial = entry.trial
            condition = replace(trial.probe.condition, threads=0)
            place = f"{trial.scale.name} {trial.probe.name} {sorted(trial.probe.settings.items())} {condition}"
            groups.setdefault(place, {})[trial.variant.name] = entry
    return groups.values()


def _may_pair(entry: Entry) -> bool:
    """Whether it was scored once, and not for each of several trainings, which vary more than the images do."""
    if not is_scored(entry) or not isinstance(entry.outcome, Measured):
        return False
    return not any(SEED in measurement.columns for measurement in entry.outcome.measurements)


def _named(suite: Suite, group: Mapping[str, Entry]) -> Iterator[tuple[Entry, Entry]]:
    done: set[frozenset[str]] = set()
    wanted = [*((name, suite.reference) for name in group), *_claimed(suite)]
    for ours, theirs in wanted:
        both = frozenset((ours, theirs))
        if len(both) == 2 and both <= group.keys() and both not in done:
            done.add(both)
            yield group[ours], group[theirs]


def _claimed(suite: Suite) -> Iterator[tuple[str, str]]:
    for claim in suite.claims:
        for reading in claim.readings:
            yield reading.variant, reading.versus or suite.reference
            yield from ((each.left, each.right) for each in reading.comparisons)


class _Comparing:
    """Compares two entries that were scored on the same data."""

    def __init__(self, kept: KeptRows) -> None:
        self._kept = kept

    def __call__(self, ours: Entry, theirs: Entry) -> Found:
        records = [record for record in map(self._kept.record, (ours, theirs)) if record]
        data = {str(record.facts.get("data_fingerprint")) for record in records}
        if len(records) < 2 or len(data) > 1:
            return {}
        try:
            return self._found(ours, [record.key for record in records])
        except Exception:  # rows may come from strangers, and a probe fails on broken ones in as many ways
            return {}

    def _found(self, entry: Entry, keys: Sequence[str]) -> Found:
        probe = scored_probe(entry)

        @wraps(probe.paired)
        def paired(rows: Rows, others: Rows, **settings: Any) -> Found:
            if rows.ids.tolist() != others.ids.tolist():
                raise ValueError("not of the same images")
            return {metric: each for metric, each in compared(probe, rows, others, settings).items() if _sound(each)}

        return self._kept.derived(entry, keys, "paired", paired, (_written, _read))


def _written(found: Found) -> Json:
    return {metric: list(astuple(each)) for metric, each in found.items()}


def _read(content: Any) -> Found | None:
    found = {metric: Difference(*map(_frozen, each)) for metric, each in content.items()}
    return found if all(map(_sound, found.values())) else None


def _frozen(value: Any) -> Any:
    """Lists as the tuples that they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _sound(each: Difference) -> bool:
    numbers = (each.value, each.low, each.high, each.p)
    if not all(isinstance(number, int | float) and isfinite(number) for number in numbers):
        return False
    tests = ((each.test, each.p), *each.also)
    told = all(isinstance(test, str) and len(test) < LONGEST and 0 <= p <= 1 for test, p in tests)
    return told and each.low <= each.high
