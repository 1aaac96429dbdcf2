"""The third verb: a trial's model as a file. Loads no torch."""

from __future__ import annotations

import shutil
from dataclasses import replace

from benchbench.measure.artifacts import unwritable
from benchbench.measure.conduct import Conductor, Events
from benchbench.measure.crew import Crew
from benchbench.measure.job import Export, Work
from benchbench.measure.shelves import CATALOG
from benchbench.types import Cohort, Trial


def export(trial: Trial, order: Export, work: Work) -> Events:
    """Fill the folder of an order, in a worker process: progress, then one result whose facts hold the card.

    What was written is whole where the result is Measured; where it is Failed, the folder may hold anything.
    """
    desk = replace(work, journal=work.journal.with_name(f"{work.journal.name}.export"))
    try:
        desk.journal.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(desk.journal, error) from error
    cohort = Cohort(trial.scale, trial.probe, trial.variant, (trial,))
    try:
        with Crew() as crew:
            conductor = Conductor(cohort, desk, CATALOG, crew, export=order)
            while conductor.left:
                yield from conductor.turn()
    finally:
        shutil.rmtree(desk.journal, ignore_errors=True)
