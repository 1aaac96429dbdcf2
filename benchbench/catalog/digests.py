"""What a file holds, told by a digest."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The sha256 (hex) of a file: read once in a process, as long as its size and time stay what they were."""
    state = path.stat()
    return sha256_read(path.resolve(), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def sha256_read(path: Path, _size: int, _modified: int) -> str:
    """The same of a file in this state; read only where that state has not been seen."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
