"""Disks that are full or take nothing: file systems in memory, mounted for a test where that is allowed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def disk(folder: Path, kib: int) -> Iterator[Path]:
    """A file system of so many KiB at this folder, which is made. Skips the test where none may be mounted."""
    folder.mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """What was mounted there takes nothing any more."""
    _mount("-o", "remount,ro", str(folder))


def make_larger(folder: Path, kib: int) -> None:
    """Room on a disk that was mounted there."""
    _mount("-o", f"remount,size={kib}k", str(folder))


def fill(folder: Path, *, but: int = 0) -> None:
    """Take all the space there is, except so many bytes."""
    filler = folder / ".filler"
    free = shutil.disk_usage(folder).free - but
    with filler.open("wb") as file:
        file.write(b"x" * free)


def _mount(*words: str) -> None:
    if shutil.which("mount") is None:
        pytest.skip("there is no mount")
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk of our own may be mounted here: {done.stderr.strip()}")
