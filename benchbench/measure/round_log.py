"""Finished rounds on disk: one line each, there for good before the next round begins."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchbench.measure.meters import Call
from benchbench.measure.rounds import Round
from benchbench.measure.wire import plain


class RoundLog:
    """An append-only file of rounds. A last line cut short, by a kill in the middle of writing, is dropped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        self.rounds = [_round(json.loads(line)) for line in whole.splitlines()]

    def append(self, round: Round) -> None:
        """Write a round down, down to the disk."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(plain(round)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.rounds.append(round)


def _round(data: dict[str, Any]) -> Round:
    calls = {name: Call(**call) for name, call in data.pop("calls").items()}
    return Round(**data, calls=calls)
