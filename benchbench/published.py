"""Reports that tell already what there is to tell: they are not written again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import benchbench
from benchbench.report import Account
from benchbench.types import Entry

LARGEST = 2**16
"""Bytes of a note that are read."""


def made_of(account: Account) -> str:
    """A digest of everything its pages are made of, the code too; but for the pictures, which belong to the records."""
    parts = (account.suite, account.profiles, account.paired, account.splits, account.complaints, account.verdicts)
    whole = sha256()
    for part in (*map(repr, (*parts, account.beside)), *map(_standing, (*account.entries, *account.repeats)), *_code()):
        whole.update(part.encode("utf-8", "backslashreplace") + b"\0")
    return whole.hexdigest()


def is_current(of: str, pages: Sequence[Path]) -> bool:
    """Whether these pages were made `of` this, as `made_of` tells, and are as they were left."""
    with suppress(OSError, ValueError, RecursionError):
        note = _note(pages)
        return note.stat().st_size <= LARGEST and json.loads(note.read_bytes()) == _told(of, pages)
    return False


def remember(of: str, pages: Sequence[Path]) -> None:
    """Leave a note of what pages just written were made of, beside them. Without it they are only written again."""
    with suppress(OSError):
        _note(pages).write_text(json.dumps(_told(of, pages)), encoding="utf-8")


def _note(pages: Sequence[Path]) -> Path:
    return pages[0].with_name(f".{pages[0].stem}.written")


def _told(of: str, pages: Sequence[Path]) -> dict[str, object]:
    states = {page.name: page.stat() for page in pages}
    return {"of": of, "pages": {name: [each.st_mtime_ns, each.st_size] for name, each in states.items()}}


def _standing(entry: Entry) -> str:
    """Where a trial stands: a record never changes, so that its names tell it."""
    record = entry.record
    told = (record.key, record.run, record.at) if record else entry.outcome
    return f"{entry.trial.identity} {told}"


def _code() -> Iterator[str]:
    """When each file of the program was last changed."""
    home = Path(benchbench.__file__).parent
    yield benchbench.__version__
    for path in sorted(home.rglob("*")):
        if path.suffix in {".py", ".j2", ".css", ".js"}:
            yield f"{path} {path.stat().st_mtime_ns}"
