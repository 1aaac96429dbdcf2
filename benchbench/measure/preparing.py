"""Where prepared batches may be kept, how many bytes of them, and which go. Loads no torch."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchbench.errors import BenchbenchError

VARIABLE = "BENCHBENCH_PREPARED_MIB"
USUAL_MIB = 2048
STALE_S = 30 * 86_400.0
"""A set that was not used for a month goes with `benchbench gc`."""


@dataclass(frozen=True)
class Room:
    """A folder, and how many bytes it may hold."""

    folder: Path
    nbytes: int


def room() -> Room | None:
    """What this user gives to prepared batches; None for nothing."""
    return Room(home(), nbytes) if (nbytes := budget()) else None


def home() -> Path:
    """The folder of prepared batches, in the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("benchbench") / "prepared"


def budget(variables: Mapping[str, str] = os.environ) -> int:
    """How many bytes all prepared batches may take: $BENCHBENCH_PREPARED_MIB, 2 GiB without it, 0 to keep none.

    Raises BenchbenchError for what is no such number.
    """
    text = variables.get(VARIABLE, str(USUAL_MIB)).strip()
    if not text.isdecimal():
        raise BenchbenchError(f"{VARIABLE}={text!r} is no number of MiB", "0 keeps no prepared images, 2048 is usual")
    return int(text) << 20


def prune(folder: Path, *, everything: bool, dry: bool, now: float | None = None) -> tuple[Path, ...]:
    """Remove, or with `dry` only tell, the sets that nobody has used for a month; or everything."""
    limit = (time.time() if now is None else now) - STALE_S
    sets = sorted(folder.iterdir()) if folder.is_dir() else []
    gone = tuple(path for path in sets if everything or path.stat().st_mtime < limit)
    for path in () if dry else gone:
        shutil.rmtree(path, ignore_errors=True)
    return gone
