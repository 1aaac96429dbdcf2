"""Cohorts of toys."""

import sys
from dataclasses import replace
from pathlib import Path

from benchbench.measure.conduct import Events, conduct
from benchbench.measure.crew import Crew
from benchbench.measure.job import Progress, Result, Work
from benchbench.measure.recovering import conduct_recovery
from benchbench.types import Budget, Cohort, Condition, Json, Measured, ProbeUse, Scale, Trial, Use, Variant
from tests.measure.toy_catalog import SHELVES

COMMAND = (sys.executable, "-P", "-m", "tests.measure.toy_worker")


def use(name: str, **settings: Json) -> Use:
    return Use(name, settings)


def variant(name: str, *steps: Use, **architecture: Json) -> Variant:
    return Variant(name, name.title(), steps, architecture)


BASE = variant("base")
SMALL = variant("small", use("drop", count=1))
SMALLER = variant("smaller", use("drop", count=2), use("drop", count=1))


def misbehaving(how: str, **settings: Json) -> Variant:
    return variant(how, use("misbehave", how=how, **settings))


def cohort(
    probe: str,
    *variants: Variant,
    checkpoint: str = "here",
    batch: int = 2,
    settings: dict[str, Json] | None = None,
    dataset: Use | None = None,
    calibration: Use | None = None,
    training: Use | None = None,
    unlabelled: Use | None = None,
    seed: int = 0,
) -> Cohort:
    scale = Scale("toys", "Toys", "toy", checkpoint, dataset or use("dots"), timing=(8, 8), calibration=calibration)
    scale = replace(scale, training=training, unlabelled=unlabelled)
    probes = ProbeUse(probe, settings or {}, Condition(batch=batch, threads=1))
    return Cohort(scale, probes, BASE, tuple(Trial(each, scale, probes, seed) for each in variants))


def work(folder: Path, *, seconds: float = 0.0, rounds: int = 5, timeout_s: float = 60.0) -> Work:
    budget, kept = Budget(seconds, rounds, 0.02), folder / "artifacts"
    return Work(folder / "journal", "run-1", budget, 1, 20, timeout_s, artifacts=kept, shipped=folder / "shipped")


def measure_toys(cohort: Cohort, work: Work, crew: Crew | None = None) -> Events:
    """As `measure` does, with the toys' shelves here and in the worker."""
    if crew:
        yield from conduct(cohort, work, SHELVES, crew)
    else:
        with Crew(COMMAND) as own:
            yield from conduct(cohort, work, SHELVES, own)


def recover_toys(cohort: Cohort, work: Work, crew: Crew | None = None) -> Events:
    """As `recover` does, with the toys' shelves here and in the worker."""
    if crew:
        yield from conduct_recovery(cohort, work, SHELVES, crew)
    else:
        with Crew(COMMAND) as own:
            yield from conduct_recovery(cohort, work, SHELVES, own)


def results(events: "list[Progress | Result]") -> dict[str, Result]:
    return {event.trial.variant.name: event for event in events if isinstance(event, Result)}


def samples(result: Result) -> dict[str, tuple[float, ...]]:
    """A measured result's samples by metric."""
    assert isinstance(result.outcome, Measured), result.outcome
    return {each.metric: each.samples for each in result.outcome.measurements}
