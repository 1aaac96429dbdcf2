"""What goes into the measuring stage, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import benchbench
from benchbench.measure.preparing import Room
from benchbench.types import Budget, Cohort, Failed, Measured, Settings, Trial

SHIPPED = Path(benchbench.__file__).parent / "stand_ins" / "recovered"
"""The recovered weights that ship with the package."""


@dataclass(frozen=True)
class Work:
    """How one cohort is to be measured.

    `journal` is a folder for partial results: it survives a SIGKILL, `measure` resumes from it and removes it when the
    cohort is done. `budget` is this cohort's own. `threads` is resolved, at least 1. A worker that says nothing for
    `timeout_s` seconds counts as hung. Of the first `pictures` samples of the data a scored cohort keeps pictures.

    `artifacts` is the folder of recovered weights, which trainings fill; `shipped` is another, which is only read. So
    many `processes` share each training: one for each GPU, say.
    """

    journal: Path
    run: str
    budget: Budget
    threads: int
    resamples: int = 200
    timeout_s: float = 900.0
    artifacts: Path = Path("records/artifacts")
    shipped: Path | None = SHIPPED
    pictures: int = 4
    processes: int = 1
    jobs: int = 1
    """Worker processes that share the pass of a scored cohort over its data."""
    desk: Path | None = None
    """Where this program's other ranks take their shares, under torchrun; then `jobs` is their number."""
    prepared: Room | None = None
    """Where prepared batches are kept for other runs; nowhere without it."""
    allow_code: tuple[str, ...] = ()
    """The external models that may run code of others, as the user named them."""

    @property
    def cuts(self) -> Path:
        """The folder of decided cuts, beside the journals: cohorts and runs share it."""
        return self.journal.parent / "cuts"


@dataclass(frozen=True)
class Progress:
    """How far a cohort is: `done` of `total` in units of its own (trials, seconds, images times variants).

    What is `lasting` is worth a line that stays.
    """

    cohort: str
    done: float
    total: float
    text: str
    lasting: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one trial. `attachments` are files in the journal: take them before asking for the next result."""

    trial: Trial
    outcome: Measured | Failed
    facts: Settings
    environment: Settings
    versions: Mapping[str, str]
    attachments: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """A file to be made of a trial's model, in a folder that is there: its format, and what its card shall tell of it.

    `known` are the numbers that are recorded of the trial's variant, `story` is the rest that only the suite knows.
    """

    format: str
    folder: Path
    known: tuple[Settings, ...] = ()
    story: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Shard:
    """One process's share of a scored cohort: what is missing of the batches from `start` up to `stop`.

    Its chunks go to a `log` of its own in the journal, and nothing is summarised. One without batches is a survey:
    the trials are built, and it is told what is missing and what a process needs.
    """

    log: str
    start: int = 0
    stop: int = 0

    @property
    def surveys(self) -> bool:
        return self.stop == 0


@dataclass(frozen=True)
class Job:
    """What a worker process is told: the cohort, and which of its trials (by index) are still to do.

    `trainings` are the keys of those that are to be made for these trials; with `export`, a file is made of the first
    trial; with neither, they are measured.
    """

    cohort: Cohort
    work: Work
    todo: tuple[int, ...]
    trainings: tuple[str, ...] | None = None
    export: Export | None = None
    shard: Shard | None = None
