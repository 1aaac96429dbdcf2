"""From found pairs of files to a located dataset: counted, complete, fingerprinted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchbench.catalog.contracts import Absent, Located
from benchbench.catalog.datahome import incomplete, miscounted
from benchbench.catalog.formulas.depth_files import Floats
from benchbench.catalog.formulas.depth_layout import Crop, DepthPairs, Pair, fingerprint, missing
from benchbench.errors import BadData

Count = int | Literal["published"] | None
"""How many images there must be: as the owners published them, so many, or any number but 0."""


@dataclass(frozen=True)
class Kept:
    """Pairs of files found in a folder, and how they are read. `reading` names that for the fingerprint."""

    name: str
    folder: Path
    pairs: Sequence[Pair]
    read: Callable[..., Floats]
    reading: str
    crop: Crop | None = None


def located(kept: Kept, count: int | None, remedy: str) -> Located | Absent:
    """The dataset, unless there are not `count` images (None: any number but 0) or files are missing.

    Raises BadData for ids that two pairs share, and for links out of the folder.
    """
    if len(kept.pairs) != count and (count is not None or not kept.pairs):
        return miscounted(kept.folder, kept.name, len(kept.pairs), count or 1)
    _check_ids(kept)
    lacking = missing(kept.folder, kept.pairs)
    if lacking:
        return incomplete(kept.folder, lacking, sum(len(pair.names) for pair in kept.pairs), remedy)
    mark = fingerprint(kept.folder, kept.pairs, kept.reading)
    return Located(lambda: DepthPairs(kept.folder, kept.pairs, kept.read, mark, kept.crop), mark)


def _check_ids(kept: Kept) -> None:
    first: dict[int, Pair] = {}
    for pair in kept.pairs:
        other = first.setdefault(pair.id, pair)
        if other is not pair:
            raise BadData(
                f"{kept.folder}: {other.image} and {pair.image} are both image {pair.id}",
                "is this folder of one split only?",
            )
