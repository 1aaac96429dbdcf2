"""Suspected slow-downs measured a second time, in fresh processes, before anybody is alarmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchbench import flow
from benchbench.measure import Progress
from benchbench.types import Change, Cohort, Entry, Judgement
from benchbench.types.compared import Comparison

AGAIN = "seen again in fresh processes"
ONCE = "not seen again in fresh processes"
Named = tuple[str, str, str]


def suspects(comparison: Comparison) -> set[Named]:
    """Scale, probe and variant of every timed regression."""
    return {_named(change) for change in comparison.having(Judgement.REGRESSION) if change.kind == "time"}


def planned(request: flow.Request, suspected: Iterable[Named]) -> flow.Plan:
    """What to measure: the suspected trials alone, each with its reference. The request has to be fresh."""
    plan, names = flow.plan(request), set(suspected)
    cohorts = [_left(cohort, names) for cohort in plan.cohorts]
    return replace(plan, cohorts=tuple(cohort for cohort in cohorts if cohort is not None))


def measured(request: flow.Request, plan: flow.Plan) -> Iterator[Progress | Entry]:
    """Measure such a plan; every trial is on disk before it is yielded."""
    return flow.execute(request, plan)


def confirmed(first: Comparison, second: Comparison) -> Comparison:
    """The first comparison, of whose timed regressions those stay that the second shows, too."""
    again = {(_named(change), change.metric.name): change for change in second.changes}
    changes = tuple(_weighed(change, again.get((_named(change), change.metric.name))) for change in first.changes)
    return replace(first, changes=changes)


def _weighed(change: Change, again: Change | None) -> Change:
    if change.judgement is not Judgement.REGRESSION or change.kind != "time":
        return change
    found = again.judgement if again else Judgement.INSUFFICIENT_DATA
    if found is Judgement.REGRESSION and again and again.effect:
        return replace(change, why=f"{change.why}; {AGAIN} ({again.effect.value:+.1%})")
    return replace(change, judgement=Judgement.SUSPICIOUS, why=f"{ONCE} ({found}): {change.why}")


def _left(cohort: Cohort, names: set[Named]) -> Cohort | None:
    def is_meant(variant: str) -> bool:
        return (cohort.scale.name, cohort.probe.name, variant) in names

    if not any(is_meant(trial.variant.name) for trial in cohort.trials):
        return None
    reference = cohort.reference.name
    trials = [trial for trial in cohort.trials if trial.variant.name == reference or is_meant(trial.variant.name)]
    return replace(cohort, trials=tuple(trials))


def _named(change: Change) -> Named:
    return change.scale, change.probe, change.variant
