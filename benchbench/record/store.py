"""A folder of records: one file per fact."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.errors import BenchbenchError, BrokenRecord, UnknownName, describe, nearest
from benchbench.record.arrays import read_arrays
from benchbench.record.locking import Busy, hold
from benchbench.record.names import safe
from benchbench.record.reading import read
from benchbench.record.writing import content, place
from benchbench.types import Complaint, Record
from benchbench.whole_files import sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

APART = frozenset({"artifacts", "baselines", "machines"})
"""Folders inside that hold no records: recovered weights, kept sets of records of their own, machines' limits."""


@dataclass(frozen=True)
class Look:
    """What a folder held when it was looked through: readable records by file name, and what is wrong with the rest."""

    records: tuple[Record, ...]
    broken: tuple[Complaint, ...]

    @cached_property
    def latest(self) -> dict[str, Record]:
        """For each key the newest record (by `at`, then by run)."""
        return {record.key: record for record in sorted(self.records, key=_age)}


class Store:
    """Records at `<folder>/<scale>/<probe>/<variant>-<key, 12 digits>-<run>.json`, attachments beside them.

    Files are written whole and never changed, so many processes may append at once and a kill loses at most the file
    being written. A file that cannot be read is listed in `broken` and hides no other.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, tuple[Path, tuple[int, int], Record | Complaint]] = {}
        self._swept = False

    def append(self, record: Record, attachments: Mapping[str, Path] | None = None) -> Path:
        """Keep a record with copies of its attachments (by name), and answer its file.

        The kept record names the attachments' files. Raises BenchbenchError where it cannot be written; then
        nothing of it is left, and every other record is as it was.
        """
        given = attachments or {}
        home = self.folder / safe(record.trial.scale.name) / safe(record.trial.probe.name)
        try:
            self._sweep_once()
            home.mkdir(parents=True, exist_ok=True)
            return next(path for stem in _stems(record) if (path := _append(home, stem, record, given)))
        except OSError as error:
            hint = "free space or choose another folder; what is kept already is untouched"
            raise BenchbenchError(f"cannot write to {home}: {error}", hint) from error

    def look(self) -> Look:
        """Look through the folder once. Raises BrokenRecord where it may not be read."""
        found = [each for _, each in self._scan()]
        records = tuple(each for each in found if isinstance(each, Record))
        return Look(records, tuple(each for each in found if isinstance(each, Complaint)))

    def records(self) -> tuple[Record, ...]:
        """Every readable record, by file name."""
        return self.look().records

    @property
    def broken(self) -> tuple[Complaint, ...]:
        """What is wrong with each file that is no readable record."""
        return self.look().broken

    def latest(self) -> dict[str, Record]:
        """For each key the newest record (by `at`, then by run)."""
        return self.look().latest

    def find(self, name: str | Path, probe: str = "") -> Record:
        """The record in this file, or the newest whose key or file name begins so, or that is of `variant@scale`.

        Of a probe alone, where one is named. Raises BrokenRecord for a file that cannot be read, UnknownName for none,
        BenchbenchError for several.
        """
        path = Path(name)
        if path.suffix == ".json" and path.is_file():
            found = read(path)
            if isinstance(found, Complaint):
                raise BrokenRecord(describe(found))
            return found
        return _only(str(name), probe, list(self._scan()))

    def arrays(self, record: Record, name: str) -> dict[str, NDArray[Any]] | None:
        """The arrays in a record's attachment of this name ("pictures.npz"); None where it has none such.

        Raises BrokenRecord for one that is missing, damaged or no such file.
        """
        path = self.attachment(record, name)
        return None if path is None else read_arrays(path)

    def attachment(self, record: Record, name: str) -> Path | None:
        """Where a record's attachment of this name ("rows.npz") lies; None where it has none such.

        Raises BrokenRecord for a name that leads elsewhere.
        """
        files = [file for file in record.attachments if file.endswith(f".{name}")]
        if not files:
            return None
        if Path(files[0]).name != files[0]:
            raise BrokenRecord(f"{files[0]!r} is no name of an attachment")
        return self.folder / safe(record.trial.scale.name) / safe(record.trial.probe.name) / files[0]

    def summary(self, digest: str) -> Path:
        """Where what was derived from contents of this digest may be kept, so that it is not derived again.

        Its folder exists. Raises BenchbenchError where it cannot.
        """
        return self._hidden("summaries", f"{safe(digest)}.json")

    def journal(self, name: str) -> Path:
        """Where a cohort of this name may write down what it has so far. Its folder exists."""
        return self._hidden("journals", f"{safe(name)}.jsonl")

    def lock(self, name: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Hold the cohort of this name against other runs; yields whether another run had it first.

        Then read again: what it wrote is there. Raises Busy at once where `wait` is false and another run holds it.
        """
        return hold(self.folder / ".locks" / f"{safe(name)}.lock", name, wait)

    def held(self, name: str) -> bool:
        """Whether another run holds the cohort of this name just now."""
        try:
            with self.lock(name, wait=False):
                return False
        except Busy:
            return True

    def _hidden(self, kind: str, name: str) -> Path:
        path = self.folder / f".{kind}" / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BenchbenchError(f"cannot write to {path.parent}: {error.strerror}") from error
        return path

    def _sweep_once(self) -> None:
        if not self._swept:
            sweep(self.folder)
            self._swept = True

    def _scan(self) -> Iterator[tuple[Path, Record | Complaint]]:
        try:
            for scale in _folders(self.folder):
                for probe in _folders(scale.path) if scale.name not in APART else ():
                    for file in _entries(probe.path):
                        if file.name.endswith(".json") and _may_be_read(file):
                            yield self._read(file)
        except PermissionError as error:
            # Taken for empty, all of it would be measured again.
            raise BrokenRecord(f"{error.filename} cannot be read: {error.strerror}", "may you read it?") from error

    def _read(self, file: os.DirEntry[str]) -> tuple[Path, Record | Complaint]:
        """The file's path and what is in it, read anew only when it has changed."""
        path, stamp, found = self._seen.get(file.path) or (Path(file.path), None, None)
        try:
            status = file.stat()
        except OSError:
            return path, read(path)
        if found is None or stamp != (status.st_mtime_ns, status.st_size):
            found = read(path)
            self._seen[file.path] = path, (status.st_mtime_ns, status.st_size), found
        return path, found


def _folders(folder: str | Path) -> list[os.DirEntry[str]]:
    return [entry for entry in _entries(folder) if _safely(entry.is_dir)]


def _may_be_read(file: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link that leads nowhere, which is worth a complaint; a pipe would never end."""
    return _safely(file.is_file) or (file.is_symlink() and not _safely(lambda: bool(file.stat())))


def _safely(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except OSError:
        return False


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name, hidden things apart; nothing where there is no such folder."""
    try:
        with os.scandir(folder) as found:
            return sorted((each for each in found if not each.name.startswith(".")), key=lambda each: each.name)
    except PermissionError:
        raise
    except OSError:
        return []


def _stems(record: Record) -> Iterator[str]:
    stem = f"{safe(record.trial.variant.name)}-{safe(record.key[:12])}-{safe(record.run)}"
    return (stem if number == 1 else f"{stem}~{number}" for number in count(1))


def _append(home: Path, stem: str, record: Record, attachments: Mapping[str, Path]) -> Path | None:
    """Place everything under this stem, the record last, so that it never names what is not there. None if taken."""
    names = {name: f"{stem}.{safe(name)}" for name in attachments}
    target = home / f"{stem}.json"
    kept = content(replace(record, attachments=tuple(names.values())))
    files: dict[Path, bytes | Path] = {home / names[name]: source for name, source in attachments.items()}
    if len(files) < len(attachments) or any(path.suffix == ".json" for path in files):
        raise BenchbenchError(f"attachments need names of their own, not ending in .json: {', '.join(attachments)}")
    try:
        place(files | {target: kept})
    except FileExistsError:
        return None
    return target


def _only(name: str, probe: str, scanned: list[tuple[Path, Record | Complaint]]) -> Record:
    found = [(path, item) for path, item in scanned if isinstance(item, Record)]
    found = [(path, item) for path, item in found if probe in {"", item.trial.probe.name}]
    matching = [item for path, item in found if item.key.startswith(name) or path.name.startswith(name)]
    matching = matching or [item for _, item in found if name == _spoken(item)]
    if name and len({item.key for item in matching}) == 1:
        return max(matching, key=_age)
    if name and matching:
        labels = ", ".join(sorted(f"{item.key[:12]} ({item.trial.label})" for item in matching))
        raise BenchbenchError(f"'{name}' names several records: {labels}", "give more of the key")
    what = f"no record '{name}'" + (f" of {probe}" if probe else "")
    raise UnknownName(what, nearest(name, {path.name for path, _ in found} | {_spoken(item) for _, item in found}))


def _spoken(record: Record) -> str:
    return f"{record.trial.variant.name}@{record.trial.scale.name}"


def _age(record: Record) -> tuple[str, str]:
    return record.at, record.run
