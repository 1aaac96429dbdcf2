"""Where the data of a dataset may lie, the same for every entry."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from benchbench.catalog.contracts import Absent

VARIABLE = "BENCHBENCH_DATA"


def places(name: str, root: str) -> list[Path]:
    """`root` alone where one is set; else $BENCHBENCH_DATA, its subfolder `name` and the user's cache, in order."""
    from platformdirs import user_cache_path

    if root:
        return [Path(root).expanduser()]
    data = os.environ.get(VARIABLE, "")
    own = [Path(data).expanduser(), Path(data).expanduser() / name] if data else []
    return [*own, user_cache_path("benchbench") / name]


def home(name: str, root: str, holds: Callable[[Path], bool]) -> Path | None:
    """The first of the places that `holds` the dataset."""
    return next((place for place in places(name, root) if holds(place)), None)


def nowhere(what: str, name: str, root: str, remedy: str) -> Absent:
    """`what` was looked for in vain: every place that was looked at, and what to do."""
    looked = " or ".join(str(place) for place in places(name, root))
    return Absent(f"{what} is not below {looked}", remedy)


def miscounted(where: object, name: str, found: int, wanted: int) -> Absent:
    """There is another number of images than the suite wants; tells how to measure on these all the same."""
    return Absent(
        f"{where} has {found:,} images, the suite wants {wanted:,}",
        f"--set scales.full.dataset.{name}.count={found} (the scale's name for full) measures on these, though errors "
        "over other images are not comparable",
    )


def incomplete(folder: Path, lacking: Sequence[str], files: int, remedy: str) -> Absent:
    """Files that are missing or empty: how many of how many, and the first of them."""
    shown = ", ".join(lacking[:3]) + (", ..." if len(lacking) > 3 else "")
    return Absent(f"{len(lacking):,} of {files:,} files are missing or empty in {folder}: {shown}", remedy)
