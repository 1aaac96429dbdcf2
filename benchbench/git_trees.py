"""Files of a git revision, without touching the work tree."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from benchbench.errors import BenchbenchError

WANTED = (".json", ".npz")
LARGEST = 2**30
MOST = 100_000
"""Bytes and files that are taken out of a revision at most."""
PATIENCE_S = 30.0


def extracted(name: str, into: Path, repository: Path | None = None) -> bool:
    """Write the records of `REV` or `REV:path` into a folder; False where git knows no such tree.

    A name reaches git only as an object to look up, never as an option or through a shell. Raises BenchbenchError for a
    tree too large, and where git fails on the way.
    """
    tree = _tree(name, repository)
    if tree is None:
        return False
    command = ["git", "archive", "--format=tar", tree]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            _unpacked(process.stdout, into)
        except tarfile.TarError as error:
            raise BenchbenchError(f"git archive of {name}: {error}") from error
        finally:
            process.stdout.close()
    if process.returncode:
        raise BenchbenchError(f"git archive of {name} ended with status {process.returncode}")
    return True


def _tree(name: str, repository: Path | None) -> str | None:
    """The digest of the tree that a name leads to."""
    if not name or "\0" in name:
        return None
    spoken = name if ":" in name else f"{name}:"
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", spoken]
    found = _answer(command, repository)
    if found is None or not found.isalnum() or _answer(["git", "cat-file", "-t", found], repository) != "tree":
        return None
    return found


def _answer(command: list[str], repository: Path | None) -> str | None:
    try:
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _unpacked(archive: IO[bytes], into: Path) -> None:
    """Plain files with the endings of records, nothing that leads out of the folder, links left out."""
    total = count = 0
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for member in members:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.suffix not in WANTED or path.is_absolute() or ".." in path.parts:
                continue
            total, count = total + member.size, count + 1
            if total > LARGEST or count > MOST:
                raise BenchbenchError(f"more than {LARGEST / 2**30:g} GiB or {MOST:,} files of records in a revision")
            members.extract(member, into, set_attrs=False, filter="data")
