"""What can go wrong in a user's hands: one root, each with a hint."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from benchbench.types import Complaint


class BenchbenchError(Exception):
    """Something the user can mend. `hint` says how."""

    exit_code = 2

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  hint: {self.hint}" if self.hint else self.what


class InvalidSuite(BenchbenchError):
    """Every complaint about a suite file at once, each with its place."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(describe(complaint) for complaint in complaints))
        self.complaints = tuple(complaints)


class UnknownName(BenchbenchError):
    """A name no shelf holds."""


class BadData(BenchbenchError):
    """Data or predictions that must not be measured: what is wrong, and where."""


class BadCheckpoint(BenchbenchError):
    """A checkpoint that does not fit, is unsafe or incomplete."""


class CannotCut(BenchbenchError):
    """A step that this model cannot take (a head count that does not divide, a layer that is not there)."""


class CannotTrain(BenchbenchError):
    """A training that this model, its data or its teacher do not allow."""


class CannotRun(BenchbenchError):
    """A model that a runtime or file format cannot take, or does not compute alike: the operator or number at fault."""


class Stopped(BenchbenchError):
    """A training that was asked to stop and has saved where it stands."""

    exit_code = 130


class Unwritable(BenchbenchError):
    """A disk that is full, or a place that may not be written to: nobody's measurement is at fault."""


REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})


def refused(error: OSError) -> Unwritable | None:
    """A refusal of the system that the user can mend: a full disk, a place one may not use. None for any other."""
    if error.errno not in REFUSALS:
        return None
    place = f"{error.filename}: " if error.filename else ""
    hint = "make room, or choose folders that may be written to; then run it again"
    return Unwritable(f"{place}{error.strerror}", hint)


class BrokenRecord(BenchbenchError):
    """A record file that cannot be read; no other record is touched."""


class Crashed(BenchbenchError):
    """A worker process died or hung."""

    exit_code = 3


def describe(complaint: Complaint) -> str:
    """`file:line:column: what (hint)` on one line."""
    hint = f" ({complaint.hint})" if complaint.hint else ""
    return f"{complaint.place}: {complaint.what}{hint}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A suggestion for a misspelt name: the nearest known one, or the whole list when none is near."""
    names = sorted(known)
    match = get_close_matches(name, names, n=1, cutoff=0.5)
    if match:
        return f"did you mean '{match[0]}'?"
    return "known: " + ", ".join(names) if names else ""
