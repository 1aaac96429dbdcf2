"""Rows that scored trials left beside their records, and what was derived from them, kept so that it is made once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Rows
from benchbench.catalog.probes import PROBES
from benchbench.catalog.row_scoring import accepted
from benchbench.errors import BenchbenchError
from benchbench.record import Store
from benchbench.types import Entry, Json, Measured, Record
from benchbench.whole_files import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = "rows.npz"
LARGEST = 2**18
"""Bytes of a kept summary that are read."""
Derived = TypeVar("Derived")


class KeptRows:
    """The rows of a store's records; files are read once as long as they are few."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = lru_cache(maxsize=3)(self._read)
        """The rows of the record of a key, in order of their ids. Raises whatever is wrong with the file."""

    @cached_property
    def _newest(self) -> dict[str, Record]:
        """Read when rows are first asked for: a report without scores looks through no records for them."""
        return self._store.latest()

    def record(self, entry: Entry) -> Record | None:
        """The newest record of an entry's trial."""
        return self._newest.get(entry.record.key) if entry.record else None

    def derived(
        self,
        entry: Entry,
        keys: Sequence[str],
        kind: str,
        make: Callable[..., Derived],
        form: tuple[Callable[[Derived], Json], Callable[[Any], Derived | None]],
        **given: Any,
    ) -> Derived:
        """What `make(*rows, *, ...)` makes of the rows of these records, or made of them before.

        It is kept under a digest of its `kind`, the entry's probe with its versions, those of its settings and of what
        is `given` that `make` takes, and the content of the files. `form` writes it as JSON and reads it back, None for
        what is not to be trusted.
        """
        probe = scored_probe(entry)
        taken = accepted(make, {**keywords(entry.trial.probe.settings), **given})
        versions = [kind, probe.name, probe.version, probe.derived]
        contents = [self._content(key) for key in keys]
        digest = sha256(json.dumps([*versions, taken, contents], sort_keys=True).encode()).hexdigest()[:40]
        write, read = form
        known = self._recalled(digest, read)
        if known is not None:
            return known
        found = make(*(self.rows(key) for key in keys), **taken)
        self._keep(digest, write(found))
        return found

    def _content(self, key: str) -> str:
        path = self._store.attachment(self._newest[key], ROWS)
        if path is None:
            raise FileNotFoundError(ROWS)
        status = path.stat()
        return _digest_of(path, status.st_mtime_ns, status.st_size)

    def _read(self, key: str) -> Rows:
        arrays = self._store.arrays(self._newest[key], ROWS)
        return ordered(rows_of(arrays or {}))

    def _recalled(self, name: str, read: Callable[[Any], Derived | None]) -> Derived | None:
        """What was kept under a digest; None where there is nothing that can be trusted."""
        with suppress(BenchbenchError, OSError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
            path = self._store.summary(name)
            if path.stat().st_size <= LARGEST:
                return read(json.loads(path.read_bytes()))
        return None

    def _keep(self, name: str, content: Json) -> None:
        with suppress(BenchbenchError):
            write_whole(self._store.summary(name), json.dumps(content), durable=False)


@lru_cache(maxsize=4096)
def _digest_of(path: Path, modified: int, size: int) -> str:
    """Of a file's content; read once while it stays as it is."""
    del modified, size
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def is_scored(entry: Entry) -> bool:
    """Whether an entry has a record of what was scored, and of no other probe."""
    if entry.record is None or not isinstance(entry.outcome, Measured) or entry.trial.probe.name not in PROBES:
        return False
    return isinstance(PROBES[entry.trial.probe.name], ScoredProbe)


def scored_probe(entry: Entry) -> ScoredProbe:
    """The probe of an entry that was scored. Raises TypeError for one of another kind."""
    probe = PROBES[entry.trial.probe.name]
    if not isinstance(probe, ScoredProbe):
        raise TypeError(f"{probe.name} scores nothing")
    return probe


def keywords(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A suite's settings by their Python names."""
    return {name.replace("-", "_"): value for name, value in settings.items()}


def rows_of(arrays: Mapping[str, NDArray[Any]]) -> Rows:
    """The rows in a file's arrays. Raises ValueError or KeyError where they do not fit together."""
    import numpy as np

    ids = arrays["ids"]
    names = [name.removeprefix("column.") for name in arrays if name.startswith("column.")]
    counts = {name: arrays[f"count.{name}"] for name in names}
    columns = {name: arrays[f"column.{name}"] for name in names}
    if ids.ndim != 1 or ids.dtype.kind not in "iu" or len(np.unique(ids)) != len(ids) or not len(ids):
        raise ValueError("ids are whole numbers that do not repeat")
    for name, count in counts.items():
        fits = count.shape == ids.shape and count.dtype.kind in "iu" and count.min() >= 0
        if not fits or not columns[name].ndim or count.sum() != len(columns[name]):
            raise ValueError(f"column {name} is not of these images")
    return Rows(ids.astype(np.int64), columns, {name: count.astype(np.int64) for name, count in counts.items()})


def ordered(rows: Rows) -> Rows:
    """The same rows in order of their ids."""
    import numpy as np

    order = np.argsort(rows.ids)
    columns = {}
    for name, column in rows.columns.items():
        counts = rows.counts[name]
        starts, moved = np.cumsum(counts) - counts, counts[order]
        shift = starts[order] - (np.cumsum(moved) - moved)
        columns[name] = column[np.repeat(shift, moved) + np.arange(len(column))]
    return Rows(rows.ids[order], columns, {name: counts[order] for name, counts in rows.counts.items()})
