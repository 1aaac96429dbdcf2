"""What a comparison has on either side: the newest record of each trial in a folder, a baseline or a git revision."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchbench.errors import UnknownName, nearest
from benchbench.git_trees import extracted
from benchbench.lineage import seeded
from benchbench.machines import machines
from benchbench.record import Store, recipe
from benchbench.repeats import merged
from benchbench.types import Entry, Json, Machine, Record, Trial

BASELINES = "baselines"


@dataclass(frozen=True)
class Side:
    """A name for the person, the store, the newest entry of each trial (trainings as one), by `place_of` it."""

    name: str
    store: Store
    entries: dict[str, Entry]
    machines: tuple[Machine, ...] = ()
    broken: int = 0


def place_of(trial: Trial) -> str:
    """What makes two trials of different times the same one: names and everything declared, but for the machine.

    Names alone do not: suites share scales and variants of the same name.
    """
    scale, variant = trial.scale, trial.variant
    size = [trial.origin.checkpoint, dict(scale.architecture), dict(scale.input), list(scale.timing)]
    made = [[recipe(use) for use in variant.steps], dict(variant.architecture), variant.external]
    return json.dumps([*under(trial), size, recipe(scale.dataset), made], sort_keys=True)


def under(trial: Trial) -> list[Json]:
    """The names of a trial, with its probe's settings and condition; threads belong to the machine."""
    condition = {**vars(trial.probe.condition), "threads": 0}
    return [*named(trial), dict(trial.probe.settings), condition]


def named(trial: Trial) -> list[Json]:
    """The names of a trial; of trainings that are repeated without their seed."""
    seed = 0 if seeded(trial.variant, trial.probe) else trial.seed
    return [trial.scale.family, trial.scale.name, trial.probe.name, trial.variant.name, seed]


def matched(before: Side, after: Side) -> Iterator[tuple[Entry | None, Entry | None]]:
    """The trials of two sides, each with its match: the same one, else the only one of its names on both sides.

    So a variant whose recipe changed is compared with itself, and what cannot be compared can be told.
    """
    ours, theirs = dict(before.entries), dict(after.entries)
    for place in before.entries:
        if place in theirs:
            yield ours.pop(place), theirs.pop(place)
    for likeness in (under, named):
        mine, yours = _alone(ours, likeness), _alone(theirs, likeness)
        for name in sorted(mine.keys() & yours.keys()):
            yield ours.pop(mine[name]), theirs.pop(yours[name])
    yield from ((entry, None) for entry in ours.values())
    yield from ((None, entry) for entry in theirs.values())


def _alone(entries: dict[str, Entry], likeness: Callable[[Trial], list[Json]]) -> dict[str, str]:
    """By likeness, the place of the only entry that has it."""
    groups: dict[str, list[str]] = {}
    for place, entry in entries.items():
        groups.setdefault(json.dumps(likeness(entry.trial), sort_keys=True), []).append(place)
    return {name: places[0] for name, places in groups.items() if len(places) == 1}


def newest(records: Iterable[Record]) -> dict[str, Record]:
    """The newest record of each trial, each seed's by itself; of what the catalog has no more, none."""
    known = (record for record in records if is_known(record.trial))
    ordered = sorted(known, key=lambda record: (record.at, record.run))
    return {f"{place_of(record.trial)} {record.trial.seed}": record for record in ordered}


def side(name: str, folder: Path) -> Side:
    """The side that a folder of records is. Raises BrokenRecord where it may not be read."""
    store = Store(folder)
    held = store.look()
    known = newest(held.records).values()
    entries = merged((Entry(record.trial, record.outcome, record) for record in known), seeded)
    places = {place_of(entry.trial): entry for entry in entries}
    return Side(name, store, places, machines(folder), len(held.broken))


def is_known(trial: Trial) -> bool:
    """Whether its probe and steps are on the shelves still: records outlive the code that made them."""
    try:
        seeded(trial.variant, trial.probe)
    except UnknownName:
        return False
    return True


@contextmanager
def opened(name: str, records: Path) -> Iterator[Side]:
    """The side that is meant by a name: a folder, else a baseline of these records, else `REV` or `REV:path` of git.

    Raises UnknownName for what is none of them.
    """
    if name and Path(name).is_dir():
        yield side(name, Path(name))
        return
    home = records / BASELINES
    if name in known_baselines(home):
        yield side(f"baseline {name}", home / name)
        return
    with TemporaryDirectory(prefix="benchbench-") as scratch:
        if not extracted(name, Path(scratch)):
            hint = nearest(name, known_baselines(home)) or "known baselines: none; see benchbench baseline set"
            raise UnknownName(f"'{name}' is no folder, no baseline and no git revision", hint)
        yield replace(side(name, Path(scratch)), name=f"revision {name}")


def known_baselines(home: Path) -> list[str]:
    """The names of the baselines in this folder."""
    try:
        return sorted(each.name for each in home.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError:
        return []
