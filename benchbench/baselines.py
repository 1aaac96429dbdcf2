"""Baselines: kept sets of earlier records, as ordinary record files that can be read, compared, merged, committed."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchbench import __version__, machines
from benchbench.errors import BenchbenchError, UnknownName, Unwritable, nearest
from benchbench.kept_rows import ROWS
from benchbench.record import Store
from benchbench.sides import BASELINES, known_baselines, newest
from benchbench.types import Measured, Record
from benchbench.whole_files import write_whole, writing

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
CARD = "baseline.json"
LARGEST_CARD = 2**16
LARGEST_MIB = 16.0
"""MiB of a trial's rows that are copied with its record, unless more is asked for."""


@dataclass(frozen=True)
class Baseline:
    """What a baseline holds: how it was chosen, when, and by which program."""

    name: str
    suite: str
    select: str
    made: str
    benchbench: str
    records: int
    left_out: tuple[str, ...] = ()
    """Trials whose rows were too large to be copied: their scores are compared unpaired."""


def checked(name: str) -> str:
    """The name, where it is one component of a path on every system. Raises BenchbenchError for any other."""
    if not NAME.fullmatch(name) or name.endswith("."):
        hint = "letters, digits, '.', '_' and '-', at most 60 of them, beginning with a letter or digit"
        raise BenchbenchError(f"'{name}' is no name of a baseline", hint)
    return name


def found(records: Path, name: str) -> Path:
    """The folder of a baseline. Raises UnknownName where there is none."""
    home = records / BASELINES
    if checked(name) not in known_baselines(home):
        raise UnknownName(f"no baseline '{name}' in {home}", nearest(name, known_baselines(home)))
    return home / name


def chosen(records: Iterable[Record], wanted: Sequence[str] | None) -> list[Record]:
    """The newest measured record of each trial, where `wanted` names places of those alone."""
    measured = newest(record for record in records if isinstance(record.outcome, Measured))
    places = None if wanted is None else set(wanted)
    return [record for name, record in measured.items() if places is None or name.rpartition(" ")[0] in places]


def made(
    store: Store, chosen: Sequence[Record], baseline: Baseline, *, force: bool, largest_mib: float = LARGEST_MIB
) -> Baseline:
    """Keep these records as a baseline, whole or not at all; an earlier one of the name is replaced by `force` only.

    Rows that paired tests need come along up to this size each. Raises BenchbenchError on a name that is taken, on no
    records, and where it cannot be written.
    """
    home = store.folder / BASELINES
    target = home / checked(baseline.name)
    if target.exists() and not force:
        raise BenchbenchError(f"there is a baseline '{baseline.name}'", "--force replaces it")
    if not chosen:
        raise BenchbenchError("nothing measured to keep", "run the suite first: benchbench run SUITE")
    with writing(home):
        home.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
    try:
        left_out = _copied(store, chosen, unfinished, largest_mib)
        known = replace(baseline, records=len(chosen), left_out=tuple(left_out))
        write_whole(unfinished / CARD, json.dumps(asdict(known), indent=1, ensure_ascii=False) + "\n")
        with writing(target):
            unfinished.chmod(0o755)
            _put(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return known


def described(name: str, suite: str, select: str) -> Baseline:
    """The card of a baseline that is to be made now."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Baseline(name, suite, select, at, __version__, 0)


def card(records: Path, name: str) -> Baseline:
    """A baseline's card; of one without, or with a damaged one, what its records tell. Raises UnknownName."""
    folder = found(records, name)
    count = len(Store(folder).records())
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        if (folder / CARD).stat().st_size <= LARGEST_CARD:
            told = json.loads((folder / CARD).read_text(encoding="utf-8"))
            suite, select, at, version = (str(told[field]) for field in ("suite", "select", "made", "benchbench"))
            return Baseline(name, suite, select, at, version, count, tuple(map(str, told["left_out"])))
    return Baseline(name, "", "", "", "", count)


def removed(records: Path, name: str) -> None:
    """Take a baseline away. Raises UnknownName, Unwritable."""
    folder = found(records, name)
    if folder.is_symlink():
        raise Unwritable(f"{folder} is a link", "remove the link itself")
    with writing(folder):
        shutil.rmtree(folder)


def signatures(records: Iterable[Record], wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Machines and versions that records were made on, by what is wanted of their environments, and how many each."""
    groups: dict[str, dict[str, Any]] = {}
    for record in records:
        told = {name: record.environment.get(name) for name in wanted}
        group = groups.setdefault(json.dumps(told, sort_keys=True, default=str), {**told, "records": 0})
        group["records"] += 1
    return groups


def _copied(store: Store, chosen: Sequence[Record], into: Path, largest_mib: float) -> list[str]:
    kept, left_out = Store(into), []
    for record in chosen:
        rows = store.attachment(record, ROWS)
        fits = rows is not None and rows.is_file() and rows.stat().st_size <= largest_mib * 2**20
        if rows is not None and not fits:
            left_out.append(record.trial.label)
        kept.append(record, {ROWS: rows} if rows is not None and fits else {})
    for machine in machines.machines(store.folder):
        if any(machine.is_that_of(record.environment) for record in chosen):
            machines.keep(machine, into)
    return left_out


def _put(unfinished: Path, target: Path) -> None:
    """Rename into place; what was there before steps aside until that is done, and comes back where it cannot be."""
    if not target.exists():
        unfinished.rename(target)
        return
    aside = unfinished.with_name(unfinished.name.replace(".new-", ".old-"))
    target.rename(aside)
    try:
        unfinished.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
