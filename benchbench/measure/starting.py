"""The runtime of a trial's condition: whether it can be had for the trial, and started on what was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Probe, Step
from benchbench.errors import CannotRun
from benchbench.measure.devices import unfit
from benchbench.measure.shelves import CATALOG, Shelves, keywords
from benchbench.types import Json, Skipped, Trial

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Subject

EAGER = "eager"


def is_counted(probe: Probe) -> bool:
    """Whether it counts what a model is made of and runs nothing: no runtime changes that."""
    return probe.kind == "static" and probe.opens and all(metric.exact for metric in probe.metrics)


def unstarted(trial: Trial, shelves: Shelves = CATALOG) -> Skipped | None:
    """Why the condition's device or runtime cannot take a trial, or None. Loads no torch and no runtime's library."""
    probe, condition = shelves.probes[trial.probe.name], trial.probe.condition
    name = condition.runtime
    if (found := unfit(condition)) is not None:
        return found
    if is_counted(probe):
        return None
    lack = shelves.runtimes[name].missing() or shelves.runtimes[name].lacks(condition.device)
    if lack is not None:
        return Skipped(lack.reason, lack.remedy)
    if name != EAGER and probe.kind != "scored" and probe.opens:
        reason = f"{probe.name} looks inside the model, and '{name}' shows nothing of it"
        return Skipped(reason, f"declare {probe.name} with `condition: {{runtime: {EAGER}}}`")
    return _unfit(trial, shelves)


def _unfit(trial: Trial, shelves: Shelves) -> Skipped | None:
    """A step whose result runs in other runtimes only."""
    name = trial.probe.condition.runtime
    for use in trial.variant.steps:
        step = shelves.steps[use.name]
        only = step.runtimes(**keywords(use.settings)) if isinstance(step, Step) else ()
        if only and name not in only:
            words = " or ".join(only)
            reason = f"'{use.name}' of '{trial.variant.name}' runs in {words} only, not in '{name}'"
            return Skipped(reason, f"declare {trial.probe.name} with `condition: {{runtime: {only[0]}}}`")
    return None


def start(subject: Subject, trial: Trial, shelves: Shelves) -> None:
    """Start the condition's runtime on a subject, once. Raises CannotRun where it cannot take the trial.

    A model that came as a closed file runs as it is: it is given only to a runtime that takes such a file.
    """
    lack = unstarted(trial, shelves)
    if lack is not None:
        raise CannotRun(lack.reason, lack.remedy)
    condition, started = trial.probe.condition, subject.executable is not None or subject.stored is not None
    if condition.runtime == EAGER or started or is_counted(shelves.probes[trial.probe.name]):
        return
    subject.executable = shelves.runtimes[condition.runtime].start(subject, condition)


def made(subject: Subject) -> dict[str, Json]:
    """What the subject's runtime has made by now, as a fact of the record; nothing in eager."""
    from benchbench.catalog.agreement import Agreeing

    running = subject.executable
    return {"runtime": dict(running.facts)} if isinstance(running, Agreeing) else {}


def remarks(subject: Subject) -> tuple[str, ...]:
    """The same in words, for whoever reads the numbers."""
    from benchbench.catalog.agreement import Agreeing

    running = subject.executable
    return tuple(running.words()) if isinstance(running, Agreeing) else ()


def starting(trial: Trial) -> str:
    """What is said before the first call, which exports or compiles."""
    kind = trial.probe.condition.runtime.partition("-")[0]
    verb = {"compiled": "compiling", "onnxruntime": "exporting"}.get(kind, "starting")
    return f"{verb} {trial.variant.name}"
