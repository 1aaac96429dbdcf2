"""One metric over all runs that are kept: every run a night, every machine a series of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from benchbench.errors import BenchbenchError, UnknownName, nearest
from benchbench.expand import expand
from benchbench.expand.selection import parse_selection
from benchbench.lineage import metrics, seeded
from benchbench.measure import signature
from benchbench.nights import trend
from benchbench.record import Store, key
from benchbench.types import Failed, Metric, Record, Suite, Trial
from benchbench.types.trended import History, Trend
from benchbench.verify import levels

EXTRA = "steps in measured values are not sought: pip install 'benchbench[history]'"
MACHINES = (
    "{count} machines or sets of libraries made these records; none is compared with another. They differ in: {names}."
)


@dataclass(frozen=True)
class Asked:
    """Which history: a metric, of one suite or of every record, of the trials that `select` matches."""

    metric: str
    select: str = ""
    records: Path = Path("records")


def history(asked: Asked, suite: Suite | None = None) -> History:
    """The history of a metric. Raises UnknownName for one that no probe yields, BenchbenchError where nothing is kept.

    A suite limits it to the trials that the suite declares now, with its present recipes and settings.
    """
    metric = _metric(asked.metric)
    wanted = _wanted(suite)
    matches = parse_selection(asked.select).matches
    series: dict[str, list[Record]] = {}
    for record in Store(asked.records).records():
        if _has(record, metric) and matches(_names(record.trial)) and wanted(record):
            series.setdefault(_identity(record, metric), []).append(record)
    if not series:
        raise BenchbenchError(f"no record tells '{metric.name}' of what was asked for", "benchbench run measures")
    trends = sorted(_trends(metric, series), key=lambda each: (each.label, each.machine))
    return History(metric, tuple(trends), tuple(_notes(trends)))


def _trends(metric: Metric, series: Mapping[str, Sequence[Record]]) -> Iterator[Trend]:
    """One for each series; those of equal names are told apart by their recipes, else by all that was declared."""
    found = [(trend(metric, records), _newest(records), identity) for identity, records in series.items()]
    shared = Counter((told.label, told.machine) for told, _, _ in found)
    recipes = Counter((told.label, told.machine, last.variant.digest) for told, last, _ in found)
    for told, last, identity in found:
        own = last.variant.digest
        if shared[told.label, told.machine] == 1:
            yield told
        elif recipes[told.label, told.machine, own] == 1:
            yield replace(told, recipe=f"{', '.join(use.name for use in last.variant.steps) or 'no steps'} ({own})")
        else:
            yield replace(told, recipe=f"declared as {sha256(identity.encode()).hexdigest()[:6]}")


def _newest(records: Sequence[Record]) -> Trial:
    """The newest trial."""
    return max(records, key=lambda record: (record.at, record.run)).trial


def _metric(name: str) -> Metric:
    known = metrics()
    if name not in known:
        raise UnknownName(f"unknown metric '{name}'", nearest(name, known))
    if known[name].per:
        raise BenchbenchError(f"'{name}' is a profile over each {known[name].per}, no number of a night")
    return known[name]


def _names(trial: Trial) -> tuple[str, ...]:
    return trial.variant.name, trial.probe.name, trial.scale.name, trial.probe.condition.runtime


def _has(record: Record, metric: Metric) -> bool:
    """Whether a record is of the metric's probe: measured or failed, it belongs into the series."""
    if isinstance(record.outcome, Failed):
        return record.trial.probe.name == metric.probe
    return any(found.metric == metric.name for found in record.outcome.measurements)


def _wanted(suite: Suite | None) -> Callable[[Record], bool]:
    if suite is None:
        return lambda _: True
    laid = expand(suite, everything=True, seeded=seeded)
    trials = [trial for cohort in laid.cohorts for trial in cohort.trials]
    trials += [entry.trial for entry in laid.set_aside]
    declared = {_declared(trial, reads) for trial in trials for reads in (False, True)}
    return lambda record: _declared(record.trial, _reads(record)) in declared


def _reads(record: Record) -> bool:
    return "data_fingerprint" in record.facts


def _declared(trial: Trial, reads_data: bool) -> str:
    """A trial as it was declared: its names, and what `key` hashes of it on any machine."""
    condition = replace(trial.probe.condition, threads=0)
    anywhere = replace(trial, probe=replace(trial.probe, condition=condition))
    hashed = key(anywhere, fingerprints={"data": ""} if reads_data else {}, versions={}, environment={})
    return json.dumps([trial.scale.name, trial.variant.name, hashed])


def _identity(record: Record, metric: Metric) -> str:
    """What has to be equal for two nights to lie in one series."""
    machine = {} if metric.exact else signature(record.environment)
    return json.dumps([_declared(record.trial, _reads(record)), machine], sort_keys=True, default=str)


def _notes(trends: Sequence[Trend]) -> Iterator[str]:
    known = {json.dumps(trend.signature, sort_keys=True, default=str): trend.signature for trend in trends}
    signatures = [each for each in known.values() if each is not None]
    if len(signatures) > 1:
        names = sorted({name for each in signatures for name in each})
        apart = [name for name in names if len({str(each.get(name)) for each in signatures}) > 1]
        yield MACHINES.format(count=len(signatures), names=", ".join(apart))
    if not trends[0].metric.exact and not levels.can_tell():
        yield EXTRA
