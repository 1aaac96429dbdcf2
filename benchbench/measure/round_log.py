"""Finished rounds on disk: one line each, there for good before the next round begins."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchbench.measure.meters import Call
from benchbench.measure.rounds import Round
from benchbench.measure.wire import plain
from benchbench.whole_files import writing


class RoundLog:
    """An append-only file of rounds.

    What a kill in the middle of writing left at the end, and what a power cut spoilt, is cut off when it is opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rounds: list[Round] = []
        path.touch()
        with path.open("r+b") as file:
            while (line := file.readline()) and (round := _whole(line)):
                self.rounds.append(round)
            file.truncate(file.tell() - len(line))

    def append(self, round: Round) -> None:
        """Write a round down, down to the disk. Raises Unwritable."""
        with writing(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(plain(round)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.rounds.append(round)


def _whole(line: bytes) -> Round | None:
    try:
        return _round(json.loads(line)) if line.endswith(b"\n") else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _round(data: dict[str, Any]) -> Round:
    calls = {name: Call(**call) for name, call in data.pop("calls").items()}
    return Round(**data, calls=calls)
