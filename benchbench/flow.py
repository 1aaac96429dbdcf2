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
from benchbench.catalog.probes import PROBES
from benchbench.declare import load
from benchbench.expand import expand
from benchbench.gallery import gallery
from benchbench.kept_rows import KeptRows
from benchbench.lineage import Lineage, metrics, on_processor, seeded
from benchbench.machines import machines
from benchbench.measure import (
    SHIPPED,
    UNALLOWED,
    Artifacts,
    Crew,
    Progress,
    Result,
    Work,
    environment,
    measure,
    recover,
    signature,
    usable_cores,
)
from benchbench.pairing import pairs
from benchbench.profiles import profiles
from benchbench.recall import recalled, recorded_here, surroundings
from benchbench.record import Look, Store
from benchbench.recording import record_of
from benchbench.recovery import NOTHING, TO_TRAIN, UNTRAINED, Forecast, forecast
from benchbench.repeats import merged
from benchbench.report import Account
from benchbench.shipped import find_suite
from benchbench.splits import splits
from benchbench.timetable import divide
from benchbench.types import Cohort, Complaint, Condition, Entry, Measured, Metric, Record, Skipped, Suite, Trial
from benchbench.verify import judge, lint
from benchbench.vocabulary import vocabulary
from benchbench.waiting import waiting

ORDER = {"static": 0, "timed": 1, "scored": 2}
PENDING = Skipped("not measured yet", "benchbench run")
WAITING = frozenset({PENDING.reason, UNTRAINED, TO_TRAIN.reason, UNALLOWED})
"""Reasons of being skipped that a record makes up for, wherever it was made."""


@dataclass(frozen=True)
class Request:
    """What a user asks for. `everything` measures also what the default budget leaves out; `fresh` ignores records.

    With `recover` the weights that scores need are trained first where they are missing, each by this many `processes`.
    `allow_code` names the external models that may run code of others. So many `jobs` share the pass of a scored cohort
    over its data; under torchrun they are the program's ranks, who meet at the `desk`.
    """

    suite: str
    overrides: tuple[str, ...] = ()
    select: str = ""
    everything: bool = False
    fresh: bool = False
    records: Path = Path("records")
    recover: bool = False
    processes: int = 1
    allow_code: tuple[str, ...] = ()
    timeout_s: float = 900.0
    jobs: int = 1
    desk: Path | None = None

    @cached_property
    def store(self) -> Store:
        """The records, read once: a store reads again only the files that have changed."""
        return Store(self.records)

    @cached_property
    def artifacts(self) -> Artifacts:
        """The recovered weights that lie beside the records, and those that ship."""
        return Artifacts(self.records / "artifacts", SHIPPED)


@dataclass(frozen=True)
class Plan:
    """A suite laid out against what is known: the cohorts still to be measured, and where every trial stands."""

    suite: Suite
    cohorts: tuple[Cohort, ...]
    entries: tuple[Entry, ...]
    keys: Mapping[str, str]
    """The key of each trial that can be measured here, by identity."""
    trainings: tuple[Cohort, ...] = ()
    """The trials whose weights have to be trained first, in the cohorts that want them."""
    forecast: Forecast = NOTHING
    """What those trainings will take."""
    broken: tuple[Complaint, ...] = ()
    """What is wrong with the files that are no readable records."""


def read(request: Request) -> Suite:
    """The suite of a request, checked. Raises InvalidSuite with every complaint at once."""
    suite = load(find_suite(request.suite), vocabulary(), request.overrides)
    return replace(suite, probes=tuple(map(on_processor, suite.probes)))


def plan(request: Request, held: Look | None = None) -> Plan:
    """Lay a suite out against the records, which are `held` already or looked for: nothing is measured or written."""
    suite = read(request)
    expansion = expand(suite, select=request.select, everything=request.everything, seeded=seeded)
    lineage = Lineage(signature(environment()), request.artifacts, request.allow_code)
    for scale in suite.scales:
        lineage.doubt(scale)
    held = held or request.store.look()
    known = {} if request.fresh else held.latest
    entries = [recorded_here(entry, suite, lineage, known) for entry in expansion.set_aside]
    cohorts, trainings, keys = [], [], {}
    for cohort in (_threaded(cohort) for cohort in expansion.cohorts):
        able, raw = [], []
        for trial in cohort.trials:
            hindrance = lineage.hindrance(trial)
            if hindrance is not None:
                entries.append(Entry(trial, hindrance))
                continue
            keys[trial.identity] = lineage.key(trial, cohort.reference)
            if lineage.untrained(trial):
                raw.append(trial)
                entries.append(Entry(trial, TO_TRAIN))
                continue
            able.append(trial)
            entries.append(_entry(trial, known.get(keys[trial.identity])))
        cohorts += [replace(cohort, trials=tuple(able))] if able else []
        trainings += [replace(cohort, trials=tuple(raw))] if raw else []
    left = [_remaining(cohort, keys, known) for cohort in cohorts]
    todo = sorted((cohort for cohort in left if cohort.trials), key=_turn)
    expected = forecast(trainings, lineage, request.artifacts)
    told = entries if request.recover else [_left_out(entry, request, expected) for entry in entries]
    return Plan(suite, tuple(todo), tuple(told), keys, tuple(trainings), expected, held.broken)


def _left_out(entry: Entry, request: Request, expected: Forecast) -> Entry:
    if entry.outcome != TO_TRAIN:
        return entry
    return replace(entry, outcome=Skipped(UNTRAINED, f"benchbench run {request.suite} --recover ({expected.words})"))


def execute(request: Request, plan: Plan) -> Iterator[Progress | Entry]:
    """Measure what a plan has left, one cohort after another; every trial is on disk before it is yielded."""
    yield from _each(request, plan, plan.cohorts, _Execution.cohort)


def train(request: Request, plan: Plan) -> Iterator[Progress | Entry]:
    """Make the trainings a plan lacks; an entry only for a trial that failed by it. Plan again then: keys change."""
    yield from _each(request, plan, plan.trainings, _Execution.training)


Turn = Callable[["_Execution", Cohort], Iterator[Progress | Entry]]


def _each(request: Request, plan: Plan, cohorts: Sequence[Cohort], turn: Turn) -> Iterator[Progress | Entry]:
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with Crew() as crew:
        execution = _Execution(request, plan, run, crew)
        for cohort in cohorts:
            yield from turn(execution, cohort)


@dataclass(frozen=True)
class _Execution:
    request: Request
    plan: Plan
    run: str
    crew: Crew

    def cohort(self, cohort: Cohort) -> Iterator[Progress | Entry]:
        """One cohort, while no other run measures it; what another has measured meanwhile is taken from its records."""
        yield from waiting(self.request.store, name := f"{cohort.scale.name}-{cohort.probe.name}", cohort.label)
        with self.request.store.lock(name):
            known = {} if self.request.fresh else self.request.store.latest()
            rest = _remaining(cohort, self.plan.keys, known)
            left = {trial.identity for trial in rest.trials}
            have = [trial for trial in cohort.trials if trial.identity not in left]
            yield from (_entry(trial, known[self.plan.keys[trial.identity]]) for trial in have)
            if rest.trials:
                yield from self._kept(measure(rest, self._work(rest), self.crew))

    def training(self, cohort: Cohort) -> Iterator[Progress | Entry]:
        """The trainings of one cohort, while no other run makes them; those made meanwhile are not made again."""
        yield from waiting(self.request.store, name := f"{cohort.scale.name}-training", cohort.label)
        with self.request.store.lock(name):
            yield from self._kept(recover(cohort, self._work(cohort), self.crew))

    def _kept(self, events: Iterator[Progress | Result]) -> Iterator[Progress | Entry]:
        for event in events:
            if isinstance(event, Result):
                record = record_of(event, self.plan.keys[event.trial.identity], self.run)
                self.request.store.append(record, event.attachments)
                yield Entry(event.trial, record.outcome, record)
            else:
                yield event

    def _work(self, cohort: Cohort) -> Work:
        name = sha256(f"{self.plan.suite.name} {cohort.identity}".encode()).hexdigest()[:16]
        name += self.run if self.request.fresh else ""
        budget = divide(self.plan.suite.budget, self.plan.cohorts).get(cohort.identity, self.plan.suite.budget)
        threads, own = cohort.probe.condition.threads, self.request
        work = Work(own.store.journal(name), self.run, budget, threads, artifacts=own.artifacts.folder)
        shared = replace(work, processes=own.processes, jobs=own.jobs, desk=own.desk)
        return replace(shared, allow_code=own.allow_code, timeout_s=own.timeout_s)


def account(plan: Plan, entries: Sequence[Entry], run: str = "", store: Store | None = None) -> Account:
    """Judge a suite's entries, repeated trainings as one; pictures and rows come from the store, where one is given."""
    known: Mapping[str, Metric] = metrics()
    whole = merged(entries, seeded)
    kept = KeptRows(store) if store else None
    paired = pairs(plan.suite, whole, kept) if kept else {}
    return Account(
        suite=plan.suite,
        entries=whole,
        verdicts=judge(plan.suite, whole, known, paired),
        metrics=known,
        environment=surroundings(entries, environment()),
        run=run,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        complaints=lint(plan.suite, whole, known, vocabulary().training),
        repeats=tuple(entry for entry in entries if seeded(entry.trial.variant, entry.trial.probe)),
        gallery=gallery(whole, store) if store else (),
        profiles=profiles(plan.suite, whole, machines(store.folder) if store else ()),
        paired=paired,
        splits=splits(entries, kept) if kept else {},
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
    held = request.store.look()
    laid = plan(request, held)
    return replace(laid, entries=recalled(laid.entries, held.records, WAITING))


def counted(request: Request) -> Plan:
    """The plan of what needs no clock and no data: exact counts alone, as `lint` wants them."""
    laid = plan(replace(request, everything=True))

    def exact(trial: Trial) -> bool:
        return trial.probe.name in {"size", "structure", "builds"}

    cohorts = tuple(cohort for cohort in laid.cohorts if exact(cohort.trials[0]))
    return replace(laid, cohorts=cohorts, entries=tuple(entry for entry in laid.entries if exact(entry.trial)))
