"""A cohort's partial results on disk: what was begun, so that it can be gone on with."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from benchbench.measure.environment import environment, signature
from benchbench.measure.external import fingerprints
from benchbench.measure.job import Work
from benchbench.measure.shelves import Shelves
from benchbench.measure.versions import versions
from benchbench.measure.wire import plain
from benchbench.types import Cohort, Json
from benchbench.whole_files import write_whole

IDENTITY = "cohort.json"


def begin(cohort: Cohort, work: Work, shelves: Shelves) -> bool:
    """Make the journal's folder ready; True when there is earlier work in it that this cohort may go on with.

    It may if setting, machine and versions are the same and each of its variants was in the earlier cohort, as it is
    now; else what was there is removed. Raises Unwritable.
    """
    wanted, found = identity(cohort, work, shelves), _read(work.journal / IDENTITY)
    if found and _continues(wanted, found):
        return True
    shutil.rmtree(work.journal, ignore_errors=True)
    write_whole(work.journal / IDENTITY, json.dumps(wanted), durable=False)
    return False


def identity(cohort: Cohort, work: Work, shelves: Shelves) -> dict[str, Json]:
    """What partial results depend on: the cohort's setting, and each arm's recipe, seed and versions, as digests."""
    here = signature(environment(work.threads, cohort.probe.condition.device))
    setting = [bare(cohort.scale), bare(cohort.probe), bare(cohort.reference), here]
    arms = {
        f"{trial.variant.name} {trial.seed}": digest(
            [bare(trial.variant), trial.seed, versions(trial, shelves) | fingerprints(trial.variant)]
        )
        for trial in cohort.trials
    }
    return {"setting": digest(setting), "arms": dict(arms)}


def digest(value: object) -> str:
    """A sha256 of JSON values; equal values, equal digests, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(plain(value), sort_keys=True).encode()).hexdigest()


def bare(noun: object) -> object:
    """A noun without its places in the suite file: moving a line changes no measurement."""

    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key != "place"}
        return [strip(each) for each in value] if isinstance(value, list) else value

    return strip(plain(noun))


def _continues(wanted: dict[str, Json], found: dict[str, Json]) -> bool:
    arms, earlier = wanted["arms"], found.get("arms")
    assert isinstance(arms, dict)
    return wanted["setting"] == found.get("setting") and isinstance(earlier, dict) and arms.items() <= earlier.items()


def _read(path: Path) -> dict[str, Json]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
