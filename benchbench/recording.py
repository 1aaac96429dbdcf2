"""From what was measured to the fact that is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime

from benchbench import __version__
from benchbench.commits import commit_of
from benchbench.measure import Result
from benchbench.types import Record


def record_of(result: Result, key: str, run: str) -> Record:
    """The record of a result under its key; among its facts the commit of the suite's repository, where there is one.

    The commit is part of no key: another commit alone makes no other trial.
    """
    return Record(
        key=key,
        trial=result.trial,
        outcome=result.outcome,
        environment=result.environment,
        versions={"benchbench": __version__, **result.versions},
        facts={**commit_of(result.trial.variant.place.file), **result.facts},
        run=run,
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        attachments=tuple(sorted(result.attachments)),
    )
