"""All logs of a journal as one: several processes write, each to a log of its own, and a later one finds everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData
from benchbench.measure.chunk_log import ChunkFile, ChunkLog

MAIN = "chunks.log"
"""The log of a process that has the cohort to itself."""


class Chunks:
    """Chunks by key, from every log in a journal as they were when this was made; new ones go to the log `name`."""

    def __init__(self, journal: Path, name: str = MAIN) -> None:
        self._own = ChunkLog(journal / name)
        self._logs = [self._own, *(ChunkFile(path) for path in logs(journal) if path.name != name)]

    def __contains__(self, key: object) -> bool:
        return any(key in log for log in self._logs)

    def append(self, key: str, arrays: Arrays) -> None:
        self._own.append(key, arrays)

    def read(self, key: str) -> dict[str, NDArray[Any]]:
        """The arrays of a chunk. Raises KeyError for a gap, BadData where two logs hold different ones."""
        found = [log.read(key) for log in self._logs if key in log]
        if not found:
            raise KeyError(key)
        if any(not _equal(found[0], other) for other in found[1:]):
            raise BadData(
                f"batch {key.rpartition('/')[2]} was computed twice, with different numbers",
                "was a process of an earlier run still at work? run again: the batches are computed anew",
            )
        return found[0]


def logs(journal: Path) -> list[Path]:
    """Every log of a journal, by name."""
    return sorted(journal.glob("chunks*.log"))


def fresh(journal: Path, count: int) -> list[str]:
    """Names of so many logs that nobody has written to: a process that was given up may still be writing to its own."""
    taken = {path.name for path in logs(journal)}
    names = (f"chunks-{number}.log" for number in range(len(taken) + count + 1))
    return [name for name in names if name not in taken][:count]


def _equal(one: Arrays, other: Arrays) -> bool:
    """Bit for bit: a NaN equals itself."""
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype
        and one[name].shape == other[name].shape
        and one[name].tobytes() == np.ascontiguousarray(other[name]).tobytes()
        for name in one
    )
