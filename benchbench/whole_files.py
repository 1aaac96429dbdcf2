"""Files that are whole or not there: written under another name beside their place, and given theirs at the end."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from benchbench.errors import Unwritable

ROOM = "free some space, or "
HINT = f"{ROOM}choose another folder, then run it again; what was there before is untouched"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
REASONS = {
    errno.EISDIR: "that is a folder: name a file in it, or ",
    errno.EACCES: "you may not write there: ",
    errno.EPERM: "you may not write there: ",
    errno.EROFS: "nobody can write there: ",
}
ABANDONED_S = 24 * 3600
HOST = sha256(socket.gethostname().encode()).hexdigest()[:8]


def write_whole(path: Path, content: bytes | str, *, durable: bool = True, hint: str = HINT) -> None:
    """Write a file, in place of one that is there: a reader, or who is killed on the way, sees the old or the new.

    `durable` waits for the disk, so that a power cut cannot take what was said to be kept. Folders above are made.
    A pipe or a device (`/dev/stdout`) is written into. Raises Unwritable, with this hint, for a full disk or a place
    that may not be written to; then nothing has changed.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    if path.exists() and not path.is_file() and not path.is_dir():
        with writing(path, hint):
            path.write_bytes(data)
        return
    with whole(path, durable=durable, hint=hint) as unfinished:
        unfinished.write_bytes(data)


@contextmanager
def whole(path: Path, *, durable: bool = True, hint: str = HINT) -> Iterator[Path]:
    """As `write_whole`, for a file that somebody else writes: under the name given, which the body fills.

    Of a link, what it leads to is written.
    """
    with writing(path, hint):
        path = path.resolve() if path.is_symlink() else path.absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished_beside(path) as unfinished:
            yield unfinished
            if durable:
                to_disk(unfinished)
            unfinished.replace(path)
        if durable:
            folder_to_disk(path.parent)


@contextmanager
def writing(place: Path, hint: str = HINT) -> Iterator[None]:
    """Whatever the system refuses in the body is Unwritable, naming the place."""
    try:
        yield
    except OSError as error:
        raise Unwritable(f"cannot write {place}: {error.strerror or error}", fitting(error, hint)) from error


def fitting(error: OSError, hint: str) -> str:
    """A hint that begins with ROOM, for a disk that is not full: with another beginning."""
    if error.errno in FULL or not hint.startswith(ROOM):
        return hint
    return REASONS.get(error.errno or 0, "") + hint.removeprefix(ROOM)


@contextmanager
def unfinished_beside(path: Path) -> Iterator[Path]:
    """A name for what is to become a file: in its folder, hidden, of this process alone, and gone after the body."""
    unfinished = path.with_name(f".{HOST}-{os.getpid()}-{secrets.token_hex(6)}.part")
    try:
        yield unfinished
    finally:
        with suppress(OSError):
            unfinished.unlink()


def sweep(folder: Path) -> None:
    """Take away, at every depth, the unfinished files of writers that are gone: killed on this host, or a day old."""
    for path in folder.rglob(".*.part"):
        with suppress(OSError):
            if _is_abandoned(path):
                path.unlink()


def to_disk(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def folder_to_disk(folder: Path) -> None:
    """Wait until a folder's names are on the disk, on systems that can be asked to."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _is_abandoned(path: Path) -> bool:
    if time.time() - path.stat().st_mtime > ABANDONED_S:
        return True
    host, process = path.name[1:].split("-")[:2]
    return host == HOST and process.isdecimal() and not _lives(int(process))


def _lives(process: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(process))
