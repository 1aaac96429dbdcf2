"""Machines' measured limits, kept beside the records: one file for each machine, by its signature."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchbench.types import Machine
from benchbench.whole_files import write_whole

FOLDER = "machines"
LARGEST = 1 << 16
"""Bytes of a file that may be one of ours."""


def machines(records: Path) -> tuple[Machine, ...]:
    """Every machine that was calibrated, the newest first. Files that are not ours count as absent."""
    found = [_read(path) for path in sorted((records / FOLDER).glob("*.json"))]
    return tuple(sorted((each for each in found if each), key=lambda each: each.at, reverse=True))


def keep(machine: Machine, records: Path) -> Path:
    """Write a machine down in place of what was known of it, and answer its file. Raises Unwritable."""
    signature = json.dumps(machine.signature, sort_keys=True)
    path = records / FOLDER / f"{sha256(signature.encode()).hexdigest()[:16]}.json"
    text = json.dumps(asdict(machine), indent=1) + "\n"
    write_whole(path, text, hint="free some space, or choose another folder with --records")
    return path


def _read(path: Path) -> Machine | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        return _machine(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _machine(told: Any) -> Machine:
    """Raises TypeError, ValueError, KeyError or OverflowError for what `keep` would not have written."""
    signature, numbers = told["signature"], [float(told[name]) for name in ("multiply_adds", "bandwidth", "noise")]
    if not isinstance(signature, Mapping) or not signature or not isinstance(told["at"], str):
        raise TypeError("no machine")
    if not all(map(math.isfinite, numbers)) or min(numbers[:2]) <= 0:
        raise ValueError("limits that nothing has")
    peak, bandwidth, noise = numbers
    apart = {str(name): float(value) for name, value in told.get("apart", {}).items()}
    if not all(map(math.isfinite, apart.values())):
        raise ValueError("noise without end")
    return Machine(signature, peak, bandwidth, noise, told["at"], tuple(map(str, told["notes"])), apart)
