"""Per-sample rows of a scored probe: ragged columns, kept as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUP = "group"
"""A column, one whole number an image: those of one number, as frames of one drive, are no independent images."""
Arrays = Mapping[str, NDArray[Any]]
"""One sample's arrays by name; the first axis counts whatever the name speaks of."""


@dataclass(frozen=True)
class Rows:
    """Rows of n samples: `columns[c]` holds all samples' arrays end to end, `counts[c]` (n,) how many are whose."""

    ids: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    counts: Mapping[str, NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.ids)

    def owners(self, column: str) -> NDArray[np.int64]:
        """For each entry of a column the index (0 to n-1) of the sample it belongs to."""
        return np.repeat(np.arange(len(self.ids)), self.counts[column])


def gather(ids: Sequence[int], rows: Sequence[Arrays]) -> Rows:
    """Put rows of equal columns end to end. Raises ValueError on no rows, repeated ids or differing columns."""
    if not rows or len(ids) != len(rows):
        raise ValueError(f"{len(ids)} ids for {len(rows)} rows")
    if len(set(ids)) != len(ids):
        raise ValueError("repeated sample ids")
    names = list(rows[0])
    if any(list(row) != names for row in rows):
        raise ValueError("rows differ in their columns")
    parts = {name: [_listed(row[name]) for row in rows] for name in names}
    columns = {name: np.concatenate(part) for name, part in parts.items()}
    counts = np.array([[len(each) for each in part] for part in parts.values()], np.int64)
    return Rows(np.array(ids, np.int64), columns, dict(zip(names, counts, strict=True)))


def _listed(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.ndim else np.atleast_1d(array)


def save(rows: Rows, path: Path) -> None:
    """Write rows as a compressed npz without pickles."""
    arrays: dict[str, NDArray[Any]] = {"ids": rows.ids}
    arrays |= {f"column.{name}": array for name, array in rows.columns.items()}
    arrays |= {f"count.{name}": array for name, array in rows.counts.items()}
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load(path: Path) -> Rows:
    """Read what `save` wrote. Raises ValueError on anything pickled."""
    with np.load(path, allow_pickle=False) as file:
        names = [key.removeprefix("column.") for key in file.files if key.startswith("column.")]
        return Rows(
            file["ids"],
            {name: file[f"column.{name}"] for name in names},
            {name: file[f"count.{name}"] for name in names},
        )
