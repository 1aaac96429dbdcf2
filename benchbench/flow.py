"""The whole program on one page: declare, expand, measure, record, verify, report."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from benchbench import __version__
from benchbench.catalog.contracts import Absent, Located, Probe, Weights
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.catalog.shelf import settings_of
from benchbench.catalog.steps import STEPS
from benchbench.declare import Vocabulary, load
from benchbench.expand import expand
from benchbench.lineage import Lineage, metrics, trains
from benchbench.measure import Crew, Progress, Result, Work, environment, measure, signature, usable_cores
from benchbench.recall import recalled, surroundings
from benchbench.record import Store
from benchbench.report import Account
from benchbench.shipped import find_suite, suites
from benchbench.timetable import divide
from benchbench.types import (
    Cohort,
    Condition,
    Entry,
    Measured,
    Metric,
    Record,
    Skipped,
    Suite,
    Trial,
)
from benchbench.verify import judge, lint

ORDER = {"static": 0, "timed": 1, "scored": 2}
PENDING = Skipped("not measured yet", "benchbench run")


@dataclass(frozen=True)
class Request:
    """What a user asks for. `everything` measures also what the default budget leaves out; `fresh` ignores records."""

    suite: str
    overrides: tuple[str, ...] = ()
    select: str = ""
    everything: bool = False
    fresh: bool = False
    records: Path = Path("records")

    @cached_property
    def store(self) -> Store:
        """The records, read once: a store reads again only the files that have changed."""
        return Store(self.records)


@dataclass(frozen=True)
class Plan:
    """A suite laid out against what is known: the cohorts still to be measured, and where every trial stands."""

    suite: Suite
    cohorts: tuple[Cohort, ...]
    entries: tuple[Entry, ...]
    keys: Mapping[str, str]
    """The key of each trial that can be measured here, by identity."""


def vocabulary() -> Vocabulary:
    """Everything a suite may name, with the settings each thing takes."""
    return Vocabulary(
        families={name: settings_of(FAMILIES[name].build) for name in FAMILIES},
        inputs={name: settings_of(FAMILIES[name].prepare) for name in FAMILIES},
        steps={name: settings_of(STEPS[name].declared) for name in STEPS},
        datasets={name: settings_of(DATASETS[name].locate) for name in DATASETS},
        probes={name: settings_of(_takes_settings(PROBES[name])) for name in PROBES},
        metrics=frozenset(metrics()),
        training=frozenset(filter(trains, STEPS)),
    )


def _takes_settings(probe: Probe) -> Callable[..., object]:
    if probe.kind == "static":
        return probe.measure
    return probe.prepare if probe.kind == "timed" else probe.summarise


def read(request: Request) -> Suite:
    """The suite of a request, checked. Raises InvalidSuite with every complaint at once."""
    return load(find_suite(request.suite), vocabulary(), request.overrides)


def plan(request: Request) -> Plan:
    """Lay a suite out: nothing is measured, nothing is written."""
    suite = read(request)
    expansion = expand(suite, select=request.select, everything=request.everything)
    lineage = Lineage(signature(environment()))
    for scale in suite.scales:
        lineage.doubt(scale)
    known = {} if request.fresh else request.store.latest()
    cohorts, entries, keys = [], list(expansion.set_aside), {}
    for cohort in (_threaded(cohort) for cohort in expansion.cohorts):
        able = []
        for trial in cohort.trials:
            hindrance = lineage.hindrance(trial)
            if hindrance is not None:
                entries.append(Entry(trial, hindrance))
                continue
            able.append(trial)
            keys[trial.identity] = lineage.key(trial, cohort.reference)
            entries.append(_entry(trial, known.get(keys[trial.identity])))
        if able:
            cohorts.append(replace(cohort, trials=tuple(able)))
    left = [_remaining(cohort, keys, known) for cohort in cohorts]
    todo = sorted((cohort for cohort in left if cohort.trials), key=_turn)
    return Plan(suite, tuple(todo), tuple(entries), keys)


def execute(request: Request, plan: Plan) -> Iterator[Progress | Entry]:
    """Measure what a plan has left, one cohort after another; every trial is on disk before it is yielded."""
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with Crew() as crew:
        execution = _Execution(request, plan, request.store, run, crew)
        for cohort in plan.cohorts:
            yield from execution.cohort(cohort)


@dataclass(frozen=True)
class _Execution:
    request: Request
    plan: Plan
    store: Store
    run: str
    crew: Crew

    def cohort(self, cohort: Cohort) -> Iterator[Progress | Entry]:
        """One cohort, while no other run measures it; what another has measured meanwhile is taken from its records."""
        with self.store.lock(f"{cohort.scale.name}-{cohort.probe.name}"):
            known = {} if self.request.fresh else self.store.latest()
            rest = _remaining(cohort, self.plan.keys, known)
            left = {trial.identity for trial in rest.trials}
            for trial in cohort.trials:
                if trial.identity not in left:
                    yield _entry(trial, known[self.plan.keys[trial.identity]])
            if rest.trials:
                yield from self._measured(rest)

    def _measured(self, cohort: Cohort) -> Iterator[Progress | Entry]:
        keys = self.plan.keys
        for event in measure(cohort, self._work(cohort), self.crew):
            if isinstance(event, Result):
                record = _record(event, keys[event.trial.identity], self.run)
                self.store.append(record, event.attachments)
                yield Entry(event.trial, record.outcome, record)
            else:
                yield event

    def _work(self, cohort: Cohort) -> Work:
        name = sha256(f"{self.plan.suite.name} {cohort.identity}".encode()).hexdigest()[:16]
        name += self.run if self.request.fresh else ""
        budget = divide(self.plan.suite.budget, self.plan.cohorts)[cohort.identity]
        return Work(self.store.journal(name), self.run, budget, cohort.probe.condition.threads)


def _record(result: Result, key: str, run: str) -> Record:
    return Record(
        key=key,
        trial=result.trial,
        outcome=result.outcome,
        environment=result.environment,
        versions={"benchbench": __version__, **result.versions},
        facts=result.facts,
        run=run,
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        attachments=tuple(sorted(result.attachments)),
    )


def account(plan: Plan, entries: Sequence[Entry], run: str = "") -> Account:
    """Judge a suite's entries and put everything that a report shows in one value."""
    known: Mapping[str, Metric] = metrics()
    return Account(
        suite=plan.suite,
        entries=tuple(entries),
        verdicts=judge(plan.suite, entries, known),
        metrics=known,
        environment=surroundings(entries, environment()),
        run=run,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        complaints=lint(plan.suite, entries, known),
    )


def latest(plan: Plan, fresh: Sequence[Entry]) -> tuple[Entry, ...]:
    """A plan's entries with those just measured in their place."""
    newer = {entry.trial.identity: entry for entry in fresh}
    return tuple(newer.get(entry.trial.identity, entry) for entry in plan.entries)


def _turn(cohort: Cohort) -> tuple[int, str]:
    """Cheap kinds first; within a kind scale by scale, so that what was built serves the next cohort."""
    return ORDER[PROBES[cohort.probe.name].kind], cohort.scale.name


def _threaded(cohort: Cohort) -> Cohort:
    """The cohort with its number of threads spelled out, so that it is part of what a record says."""
    condition: Condition = cohort.probe.condition
    probe = replace(cohort.probe, condition=replace(condition, threads=condition.threads or usable_cores()))
    return replace(cohort, probe=probe, trials=tuple(replace(trial, probe=probe) for trial in cohort.trials))


def _entry(trial: Trial, record: Record | None) -> Entry:
    return Entry(trial, PENDING) if record is None else Entry(trial, record.outcome, record)


def _remaining(cohort: Cohort, keys: Mapping[str, str], known: Mapping[str, Record]) -> Cohort:
    """What is left of a cohort: trials without a measured record, and the reference beside them where timed."""

    def missing(trial: Trial) -> bool:
        record = known.get(keys[trial.identity])
        return record is None or not isinstance(record.outcome, Measured)

    left = [trial for trial in cohort.trials if missing(trial)]
    if left and PROBES[cohort.probe.name].kind == "timed":
        reference = [trial for trial in cohort.trials if trial.variant.name == cohort.reference.name]
        left = reference + [trial for trial in left if trial not in reference]
    return replace(cohort, trials=tuple(left))


def recorded(request: Request) -> Plan:
    """The plan of a suite as its records know it, whatever machine made them: for reports, long after."""
    laid = plan(request)
    return replace(laid, entries=recalled(laid.entries, request.store.records(), PENDING))


def counted(request: Request) -> Plan:
    """The plan of what needs no clock and no data: exact counts alone, as `lint` wants them."""
    laid = plan(replace(request, everything=True))

    def exact(trial: Trial) -> bool:
        return trial.probe.name in {"size", "structure", "builds"}

    cohorts = tuple(cohort for cohort in laid.cohorts if exact(cohort.trials[0]))
    return replace(laid, cohorts=cohorts, entries=tuple(entry for entry in laid.entries if exact(entry.trial)))


def checkup() -> dict[str, Mapping[str, object]]:
    """The machine, the libraries, and what is at hand for the shipped suites."""
    here = environment()
    found: dict[str, object] = {}
    lineage = Lineage({})
    for name in suites():
        suite = read(Request(name))
        for scale in suite.scales:
            weights, data = lineage.weights(scale), lineage.data(scale.dataset)
            found[f"{name} {scale.name} checkpoint"] = _at_hand(weights)
            found[f"{name} {scale.name} data"] = _at_hand(data)
    return {"machine": here, "at hand": found}


def _at_hand(thing: Weights | Located | Absent) -> str:
    return f"missing: {thing.reason} → {thing.remedy}" if isinstance(thing, Absent) else "yes"
