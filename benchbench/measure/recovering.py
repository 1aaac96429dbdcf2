"""The second verb: make the trainings that a cohort's trials lack. Loads no torch."""

from __future__ import annotations

import shutil
from dataclasses import replace

from benchbench.measure.artifacts import Artifacts, unwritable
from benchbench.measure.conduct import Conductor, Events
from benchbench.measure.crew import Crew
from benchbench.measure.job import Work
from benchbench.measure.origins import Found
from benchbench.measure.recoveries import Need, untrained
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.types import Cohort


def recover(cohort: Cohort, work: Work, crew: Crew | None = None) -> Events:
    """Make, in worker processes, every training that the cohort's trials need and `work.artifacts` lacks.

    Progress while it lasts, in optimiser steps of all of them; a Result only for a trial one of whose trainings failed,
    and the others go on. A worker that is killed is given another chance: a training goes on from its own checkpoints.
    The first Ctrl-C saves, the second kills at once; both end in KeyboardInterrupt, and the same call goes on.
    """
    if crew:
        yield from conduct_recovery(cohort, work, CATALOG, crew)
    else:
        with Crew() as own:
            yield from conduct_recovery(cohort, work, CATALOG, own)


def conduct_recovery(cohort: Cohort, work: Work, shelves: Shelves, crew: Crew) -> Events:
    """`recover` with shelves of one's own."""
    todo = missing(cohort, Artifacts(work.artifacts, work.shipped), shelves)
    if not todo:
        return
    desk = replace(work, journal=work.journal.with_name(f"{work.journal.name}.recover"))
    try:
        desk.journal.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(desk.journal, error) from error
    conductor = Conductor(cohort, desk, shelves, crew, tuple(need.key for need in todo))
    try:
        while conductor.left:
            yield from conductor.turn()
    finally:
        shutil.rmtree(desk.journal, ignore_errors=True)


def missing(cohort: Cohort, artifacts: Artifacts, shelves: Shelves = CATALOG) -> tuple[Need, ...]:
    """The trainings that a cohort's trials want and nobody has made, each once, in the order of their making."""
    origins = Found(shelves)
    wanted = {
        need.key: need
        for trial in cohort.trials
        for need in untrained(trial, artifacts.find, origins, shelves.families, shelves.steps)
    }
    return tuple(wanted.values())
