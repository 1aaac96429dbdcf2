"""Which parts each variant keeps, decided once and written down.

Scoring heads or layers on data takes seconds and leaves memory behind that a memory probe would see. A decided cut is
repeated from its surgery record, which gives the same model to the last bit.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchbench.types import Json
from benchbench.whole_files import write_whole

Surgery = list[dict[str, Json]]


class Decisions:
    """Surgery records by a digest of all that they depend on, one file each. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def read(self, key: str, steps: int) -> Surgery | None:
        """The record of this many steps, or None where there is none that can be read."""
        if self._folder is None:
            return None
        try:
            found = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        whole = isinstance(found, list) and len(found) == steps and all(isinstance(entry, dict) for entry in found)
        return found if whole else None

    def write(self, key: str, surgery: Surgery) -> None:
        """Keep a record, whole or not at all. Raises Unwritable."""
        if self._folder is None:
            return
        write_whole(self._folder / f"{key}.json", json.dumps(surgery), durable=False)
