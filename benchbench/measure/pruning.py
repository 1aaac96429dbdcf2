"""What of a folder of recovered weights nobody wants any more."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchbench.errors import BrokenRecord
from benchbench.measure.cards import read


def prune(folder: Path, wanted: Callable[[str], bool], before: float, *, dry: bool = False) -> Iterator[Path]:
    """Remove and tell: unwanted cards with their weights, and leftovers last written to `before` (seconds, epoch).

    With `dry` they are only told. A damaged card is never wanted, but what it may have named is left until it is old:
    it cannot be told.
    """
    cards = {path: _weights(path) for path in sorted((folder / "cards").glob("*.json"))}
    going = [path for path, weights in cards.items() if not weights or not wanted(path.stem)]
    staying = {weights for path, weights in cards.items() if path not in going}
    orphaned = {cards[path] for path in going} - staying
    for path in going:
        _remove(path, dry)
        yield path
    for path in sorted((folder / "weights").glob("*.safetensors")):
        if path.stem not in staying and (path.stem in orphaned or _written(path) < before):
            _remove(path, dry)
            yield path
    yield from _leftovers(folder, before, dry)


def _leftovers(folder: Path, before: float, dry: bool) -> Iterator[Path]:
    for path in sorted([*folder.glob("*/*.part"), *(folder / "training").glob("*")]):
        if _written(path) < before:
            _remove(path, dry)
            yield path


def _remove(path: Path, dry: bool) -> None:
    if not dry and path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    elif not dry:
        path.unlink(missing_ok=True)


def _weights(card: Path) -> str:
    try:
        return read(card).weights
    except BrokenRecord:
        return ""


def _written(path: Path) -> float:
    """When a file, or the latest thing in a folder, was last written to."""
    within = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return max(float(each.lstat().st_mtime) for each in (path, *within))
