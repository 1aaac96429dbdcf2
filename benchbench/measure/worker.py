"""The worker process: one job after another, with torch."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchbench.errors import Unwritable
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.environment import environment
from benchbench.measure.job import Job
from benchbench.measure.lifeline import WHERE, die_with_parent, take_all_along
from benchbench.measure.ranks import RANK
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.measure.voice import Voice, listen
from benchbench.measure.wire import revive
from benchbench.types import Json

if TYPE_CHECKING:
    from benchbench.measure.build import Workshop


def main(arguments: Sequence[str], shelves: Shelves = CATALOG) -> None:
    """Do jobs until the conductor goes away. The only argument is the file descriptor that tells whose turn it is.

    With another, `--rank`, be one of the processes that share a training.
    """
    die_with_parent()
    if arguments[0] == RANK:
        from benchbench.measure.rank import main as train

        train(arguments[1:], shelves)
        return
    take_all_along()
    faulthandler.enable()
    faulthandler.register(WHERE)
    # The pipe is kept for messages alone: whatever a library prints goes to the log.
    voice = Voice(os.dup(1), int(arguments[0]))
    os.dup2(2, 1)
    jobs = listen(voice, 0)

    from benchbench.measure.build import Workshop

    workshop = Workshop(shelves)
    while True:
        job = revive(Job, json.loads(jobs.get().read_text(encoding="utf-8")))
        voice.environment(prepared(job))
        try:
            run(job, workshop, voice)
        except Unwritable as error:
            voice.unwritable(error)
        gc.collect()
        voice.done()


def run(job: Job, workshop: Workshop, voice: Voice) -> None:
    """Make the job's trainings, or measure its trials as their probe's kind demands."""
    artifacts = Artifacts(job.work.artifacts, job.work.shipped)
    workshop.open(job.cohort, job.work.cuts, artifacts, job.work.allow_code)
    if job.export is not None:
        from benchbench.measure.deploying import deploy

        deploy(job, workshop, voice)
        return
    if job.trainings is not None:
        from benchbench.measure.recovery import recover_trials

        recover_trials(job, workshop, voice)
        return
    kind = workshop.shelves.probes[job.cohort.probe.name].kind
    if kind == "static":
        from benchbench.measure.static import measure_static

        measure_static(job, workshop, voice)
    elif kind == "timed":
        from benchbench.measure.timed import measure_timed

        measure_timed(job, workshop, voice)
    else:
        from benchbench.measure.scored import measure_scored

        measure_scored(job, workshop, voice)


def prepared(job: Job) -> dict[str, Json]:
    """Torch set up for this job, and the environment as torch sees it."""
    import torch

    from benchbench.measure.placing import ready

    torch.set_num_threads(job.work.threads)
    device = job.cohort.probe.condition.device
    seen = environment(job.work.threads, device) | {
        "torch": str(torch.__version__),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }
    return seen | ready(device)


if __name__ == "__main__":
    main(sys.argv[1:])
