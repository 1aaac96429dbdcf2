"""Which bytes of large files a fingerprint reads, and which files count as lying in a folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from benchbench.errors import BadData

BLOCK = 4096
"""Bytes of one look into a file."""


def glimpse(path: Path, name: str, looks: int = 2) -> bytes:
    """Name, size and `looks` blocks of 4 KiB spread evenly from the first to the last: for a fingerprint.

    Two looks tell compressed files apart: another picture, or the same one encoded anew, has another size or other
    ends (a PNG ends in checksums of all its pixels). Raw arrays need looks between; a change that falls between them
    and leaves the size as it is goes unseen.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        parts = [f"\0{name}\0{size}\0".encode()]
        for number in range(looks):
            file.seek(max(0, size - BLOCK) * number // (looks - 1))
            parts.append(file.read(BLOCK))
    return b"".join(parts)


def inside(folder: Path, name: str) -> Path:
    """The file of this name below the folder. Raises BadData for a name that leads out of it."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise BadData(f"file name '{name}' leads out of {folder}", "the annotations are not to be trusted")
    return folder / parts


def enclosed(folder: Path, name: str) -> Path:
    """As `inside`, and no link on the way leads out of the folder either. Raises BadData."""
    path = inside(folder, name)
    target = path.resolve()
    if not target.is_relative_to(folder.resolve()):
        raise BadData(
            f"{path} is a link to {target}, out of {folder}",
            "put the files themselves there, or name the folder that holds them all as root",
        )
    return path


def filled(path: Path) -> bool:
    """Whether this is a file with something in it."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except (OSError, ValueError):
        return False
