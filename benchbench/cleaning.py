"""`benchbench gc`: recovered weights that nothing needs any more, and prepared images that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchbench import flow
from benchbench.expand import expand
from benchbench.lineage import Lineage, seeded
from benchbench.measure import Artifacts, preparing
from benchbench.recall import newest
from benchbench.record import Store
from benchbench.shipped import suites
from benchbench.types import Json, Record

KINDS = {
    "cards": "card",
    "weights": "weights",
    "training": "unfinished training",
    "prepared": "prepared images",
}


@dataclass(frozen=True)
class Leftover:
    """A file or folder that goes: where, what it is, and how large."""

    path: Path
    kind: str
    mib: float


def clean(
    store: Store, artifacts: Artifacts, *, dry: bool, everything: bool, prepared: Path | None = None
) -> tuple[Leftover, ...]:
    """Remove, or with `dry` only tell of, the artifacts that are not needed and what trainings left behind.

    From the folder of `prepared` images go the sets that nobody has used for a month.

    Needed are those that the newest record of any recipe was measured with, and those that a shipped suite would look
    for; with `everything` none is, since all can be trained again. What ships with the package is never touched.
    """
    needed: frozenset[str] = frozenset() if everything else frozenset({*recorded(store), *declared(artifacts)})
    found = [_leftover(path) for path in artifacts.prune(needed.__contains__, dry=True)]
    unused = preparing.prune(prepared, everything=everything, dry=True) if prepared else ()
    found += [_leftover(path) for path in unused]
    if not dry:
        artifacts.prune(needed.__contains__)
        if prepared:
            preparing.prune(prepared, everything=everything, dry=False)
    return tuple(found)


def recorded(store: Store) -> Iterator[str]:
    """The keys of the trainings that the newest records of each recipe name, their teachers' too."""
    for record in newest(store.records()).values():
        yield from keys_of(record)


def keys_of(record: Record) -> Iterator[str]:
    """The keys of the trainings that a record names."""
    yield from _keys(record.facts.get("surgery"))


def _keys(surgery: Json) -> Iterator[str]:
    for entry in surgery if isinstance(surgery, list) else ():
        if isinstance(entry, dict):
            yield from filter(None, [str(entry.get("key") or "")])
            yield from _keys(entry.get("teacher"))


def declared(artifacts: Artifacts) -> Iterator[str]:
    """The keys of the trainings that the shipped suites need, as they are on this machine."""
    for name in suites():
        suite, lineage = flow.read(flow.Request(name)), Lineage({}, artifacts)
        for cohort in expand(suite, everything=True, seeded=seeded).cohorts:
            trials = (trial for trial in cohort.trials if seeded(trial.variant, trial.probe))
            yield from (need.key for trial in trials for need in lineage.needs(trial))


def _leftover(path: Path) -> Leftover:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    kind = "half-written file" if path.suffix == ".part" else KINDS.get(path.parent.name, "leftover")
    return Leftover(path, kind, sum(each.stat().st_size for each in files) / 2**20)
