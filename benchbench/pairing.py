"""Two variants over the same images: the rows that scored trials left beside their records, compared pair by pair."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from functools import lru_cache
from hashlib import file_digest, sha256
from math import isfinite
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Rows
from benchbench.catalog.probes import PROBES
from benchbench.catalog.row_scoring import accepted
from benchbench.errors import BenchbenchError
from benchbench.record import Store
from benchbench.stats import SEED
from benchbench.types import Difference, Entry, Measured, Suite
from benchbench.whole_files import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = "rows.npz"
LARGEST = 2**16
"""Bytes of a kept summary that are read."""
LONGEST = 200
Found = dict[str, Difference]
Pairs = dict[tuple[str, str], Mapping[str, Difference]]


def pairs(suite: Suite, entries: Iterable[Entry], store: Store) -> Pairs:
    """By the identities of two trials: each metric of the first less that of the second, over the same images.

    Every untrained variant is paired with the reference, and with whom a claim names beside it: at the same scale,
    under the same use of a probe, scored on the same data. What lacks rows that can be read has no pair. Differences
    are kept beside the records under a digest of both files, so that a bootstrap is made once.
    """
    comparing = _Comparing(store)
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
    if entry.record is None or not isinstance(entry.outcome, Measured) or entry.trial.probe.name not in PROBES:
        return False
    trained = any(SEED in measurement.columns for measurement in entry.outcome.measurements)
    return isinstance(PROBES[entry.trial.probe.name], ScoredProbe) and not trained


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
    """Compares two entries; files are read once as long as they are few."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest = store.latest()
        self._content = lru_cache(maxsize=None)(self._digest_of)
        self._rows = lru_cache(maxsize=3)(self._read)

    def __call__(self, ours: Entry, theirs: Entry) -> Found:
        keys = [entry.record.key for entry in (ours, theirs) if entry.record]
        records = [self._newest[key] for key in keys if key in self._newest]
        data = {str(record.facts.get("data_fingerprint")) for record in records}
        if len(records) < 2 or len(data) > 1:
            return {}
        try:
            return self._kept(ours, [record.key for record in records])
        except Exception:  # rows may come from strangers, and a probe fails on broken ones in as many ways
            return {}

    def _kept(self, entry: Entry, keys: Sequence[str]) -> Found:
        probe = PROBES[entry.trial.probe.name]
        assert isinstance(probe, ScoredProbe)
        settings = accepted(probe.paired, _keywords(entry.trial.probe.settings))
        contents = [self._content(key) for key in keys]
        digest = sha256(json.dumps([probe.name, probe.version, settings, contents], sort_keys=True).encode())
        name = digest.hexdigest()[:40]
        known = self._recalled(name)
        if known is not None:
            return known
        rows, others = (self._rows(key) for key in keys)
        if rows.ids.tolist() != others.ids.tolist():
            return {}
        found = {metric: each for metric, each in probe.paired(rows, others, **settings).items() if _sound(each)}
        self._keep(name, found)
        return found

    def _digest_of(self, key: str) -> str:
        path = self._store.attachment(self._newest[key], ROWS)
        if path is None:
            raise FileNotFoundError(ROWS)
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def _read(self, key: str) -> Rows:
        arrays = self._store.arrays(self._newest[key], ROWS)
        return ordered(rows_of(arrays or {}))

    def _recalled(self, name: str) -> Found | None:
        """What was kept under a digest; None where there is nothing that can be trusted."""
        with suppress(BenchbenchError, OSError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
            path = self._store.summary(name)
            if path.stat().st_size <= LARGEST:
                found = {metric: Difference(*each) for metric, each in json.loads(path.read_bytes()).items()}
                return found if all(map(_sound, found.values())) else None
        return None

    def _keep(self, name: str, found: Found) -> None:
        with suppress(BenchbenchError):
            text = json.dumps({metric: astuple(each) for metric, each in found.items()})
            write_whole(self._store.summary(name), text, durable=False)


def rows_of(arrays: Mapping[str, NDArray[Any]]) -> Rows:
    """The rows in a file's arrays. Raises ValueError or KeyError where they do not fit together."""
    import numpy as np

    ids = arrays["ids"]
    names = [name.removeprefix("column.") for name in arrays if name.startswith("column.")]
    counts = {name: arrays[f"count.{name}"] for name in names}
    columns = {name: arrays[f"column.{name}"] for name in names}
    if ids.ndim != 1 or ids.dtype.kind not in "iu" or len(np.unique(ids)) != len(ids) or not len(ids):
        raise ValueError("ids are whole numbers that do not repeat")
    for name, count in counts.items():
        fits = count.shape == ids.shape and count.dtype.kind in "iu" and count.min() >= 0
        if not fits or not columns[name].ndim or count.sum() != len(columns[name]):
            raise ValueError(f"column {name} is not of these images")
    return Rows(ids.astype(np.int64), columns, {name: count.astype(np.int64) for name, count in counts.items()})


def ordered(rows: Rows) -> Rows:
    """The same rows in order of their ids."""
    import numpy as np

    order = np.argsort(rows.ids)
    columns = {}
    for name, column in rows.columns.items():
        counts = rows.counts[name]
        starts, moved = np.cumsum(counts) - counts, counts[order]
        shift = starts[order] - (np.cumsum(moved) - moved)
        columns[name] = column[np.repeat(shift, moved) + np.arange(len(column))]
    return Rows(rows.ids[order], columns, {name: counts[order] for name, counts in rows.counts.items()})


def _keywords(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in settings.items()}


def _sound(each: Difference) -> bool:
    numbers = (each.value, each.low, each.high, each.p)
    if not all(isinstance(number, int | float) and isfinite(number) for number in numbers):
        return False
    told = isinstance(each.test, str) and len(each.test) < LONGEST
    return told and each.low <= each.high and 0 <= each.p <= 1
