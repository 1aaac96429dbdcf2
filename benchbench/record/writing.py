"""From a record to a file, all at once or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from benchbench.errors import BenchbenchError
from benchbench.record.reading import parse
from benchbench.types import Complaint, Place, Record
from benchbench.whole_files import folder_to_disk, unfinished_beside

NUMBERS = re.compile(r"\[\n[\s\d.,eE+-]*\]")


def content(record: Record) -> bytes:
    """A record as JSON text, lists of numbers on one line, places left out.

    Raises BenchbenchError for what could not be read back (NaN, values that are no JSON): nothing unreadable is kept.
    """
    try:
        text = json.dumps(_plain(record), indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BenchbenchError(f"{record.trial.label}: its record cannot be kept: {error}") from error
    text = NUMBERS.sub(lambda match: " ".join(match.group().split()), text) + "\n"
    encoded = text.encode("utf-8")
    again = parse(encoded, Path(record.trial.label))
    if isinstance(again, Complaint):
        raise BenchbenchError(f"{record.trial.label}: its record cannot be kept: {again.what}")
    return encoded


def place(files: Mapping[Path, bytes | Path]) -> None:
    """Put new files beside each other in order, each whole: bytes, or a copy of a file.

    FileExistsError where one is there already; on any error those placed by this call are taken away again.
    """
    placed: list[Path] = []
    try:
        for target, source in files.items():
            _place_one(target, source)
            placed.append(target)
    except BaseException:
        for target in placed:
            with suppress(OSError):
                target.unlink()
        raise


def _place_one(target: Path, source: bytes | Path) -> None:
    with unfinished_beside(target) as unfinished:
        with unfinished.open("xb") as file:
            if isinstance(source, bytes):
                file.write(source)
            else:
                with source.open("rb") as given:
                    shutil.copyfileobj(given, file, 2**20)
            file.flush()
            os.fsync(file.fileno())
        _name(unfinished, target)
    folder_to_disk(target.parent)


def _name(unfinished: Path, target: Path) -> None:
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: take the name first, then move the content over it.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        unfinished.replace(target)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        shown = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(part) for name, part in shown.items() if not isinstance(part, Place)}
    if isinstance(value, Mapping):
        return {_plain(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value
