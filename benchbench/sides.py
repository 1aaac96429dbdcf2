"""What a comparison has on either side: the newest record of each trial in a folder, a baseline or a git revision."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchbench.errors import UnknownName, nearest
from benchbench.git_trees import extracted
from benchbench.lineage import seeded
from benchbench.machines import machines
from benchbench.record import Store
from benchbench.repeats import merged
from benchbench.types import Entry, Machine, Record, Trial

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
    """What makes two trials of different times the same one: names, settings and condition, never the recipe.

    How a variant is made may change: that is what is compared. The number of threads belongs to the machine.
    """
    condition = {**vars(trial.probe.condition), "threads": 0}
    seed = 0 if seeded(trial.variant, trial.probe) else trial.seed
    named = [trial.scale.name, trial.probe.name, trial.variant.name, dict(trial.probe.settings), condition, seed]
    return json.dumps(named, sort_keys=True)


def newest(records: Iterable[Record]) -> dict[str, Record]:
    """The newest record of each trial, each seed's by itself."""
    ordered = sorted(records, key=lambda record: (record.at, record.run))
    return {f"{place_of(record.trial)} {record.trial.seed}": record for record in ordered}


def side(name: str, folder: Path) -> Side:
    """The side that a folder of records is. Raises BrokenRecord where it may not be read."""
    store = Store(folder)
    known = [record for record in newest(store.records()).values() if is_known(record.trial)]
    entries = merged((Entry(record.trial, record.outcome, record) for record in known), seeded)
    places = {place_of(entry.trial): entry for entry in entries}
    return Side(name, store, places, machines(folder), len(store.broken))


def is_known(trial: Trial) -> bool:
    """Whether its probe is still on the shelf: records outlive the code that made them."""
    from benchbench.catalog.probes import PROBES

    return trial.probe.name in PROBES


@contextmanager
def opened(name: str, records: Path) -> Iterator[Side]:
    """The side that is meant by a name: a folder, else a baseline of these records, else `REV` or `REV:path` of git.

    Raises UnknownName for what is none of them.
    """
    if Path(name).is_dir():
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
