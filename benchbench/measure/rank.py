"""One of several processes that share a training."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from benchbench.errors import Stopped
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.build import Workshop
from benchbench.measure.job import Job
from benchbench.measure.ranks import STOPPED
from benchbench.measure.recoveries import Need, needs
from benchbench.measure.shelves import Shelves
from benchbench.measure.training import Trainer
from benchbench.measure.wire import revive
from benchbench.types import Trial


def main(arguments: Sequence[str], shelves: Shelves) -> None:
    """Train the need of this key, told with the folder of a job; exits with a status above 0 where that fails."""
    desk, key = Path(arguments[0]), arguments[1]
    job = revive(Job, json.loads((desk / "job.json").read_text(encoding="utf-8")))
    torch.set_num_threads(job.work.threads)
    rank = int(os.environ["RANK"])
    out = os.dup(1)
    os.dup2(2, 1)
    workshop, artifacts = Workshop(shelves), Artifacts(job.work.artifacts, job.work.shipped)
    workshop.open(job.cohort, job.work.cuts, artifacts)
    trainer = Trainer(workshop, artifacts, job.work.processes, keeps=rank == 0)

    def tell(done: int, total: int, text: str) -> None:
        os.write(out, json.dumps([done, total, text]).encode() + b"\n")

    try:
        trainer.train(*_find(job, key, workshop), tell, (desk / "stop").exists)
    except Stopped:
        (desk / "stopped").touch()
        os._exit(STOPPED)
    except Exception as error:
        (desk / f"error-{rank}").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
        os._exit(1)
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _find(job: Job, key: str, workshop: Workshop) -> tuple[Need, Trial]:
    shelves = workshop.shelves
    for trial in job.cohort.trials:
        for need in needs(trial, workshop.origins, shelves.families, shelves.steps):
            if need.key == key:
                return need, trial
    raise KeyError(key)
