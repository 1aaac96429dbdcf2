"""A scored cohort's batches shared among processes: who takes which, and whether what they bring is whole."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData
from benchbench.measure.row_chunks import PREDICTIONS, ROWS

MARGIN = 1.1
"""On what the first process was seen to need: later batches may be larger."""
DEVICES = Path("/dev")


def divided(missing: Sequence[int], parts: int) -> list[tuple[int, int]]:
    """Contiguous ranges (from, up to) of batch numbers, at most `parts` of them, with equally many missing ones each.

    They differ by one at most, cover every missing batch once, and none is without.
    """
    parts = min(parts, len(missing))
    cuts = [len(missing) * part // parts for part in range(parts + 1)] if parts else []
    return [(missing[start], missing[stop - 1] + 1) for start, stop in pairwise(cuts)]


def check(chunks: Sequence[Arrays], images: int, size: int) -> None:
    """That these chunks, in order, are all batches of a dataset. Raises BadData for ids twice, and for gaps.

    Every chunk must hold `size` images, the last what is left of `images`; predictions kept apart are of the same.
    """
    for kind in (ROWS, PREDICTIONS):
        parts = [chunk[f"{kind}.ids"] for chunk in chunks if f"{kind}.ids" in chunk]
        if kind == ROWS or parts:
            _whole(kind, parts, images, size)
    if any(f"{PREDICTIONS}.ids" in chunk and _differ(chunk) for chunk in chunks):
        raise BadData("rows and predictions are not of the same images", "run again: they are computed anew")


def _differ(chunk: Arrays) -> bool:
    return not np.array_equal(chunk[f"{PREDICTIONS}.ids"], chunk[f"{ROWS}.ids"])


def _whole(kind: str, parts: Sequence[NDArray[np.int64]], images: int, size: int) -> None:
    wanted = [min(size, images - start) for start in range(0, images, size)]
    found = [len(part) for part in parts]
    if found != wanted:
        where = next((n for n, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]), len(found))
        raise BadData(f"{kind} of {sum(found)} of {images} images are there: a gap at batch {where}", "run it again")
    twice = [image for image, count in Counter(np.concatenate(parts).tolist()).items() if count > 1] if parts else []
    if twice:
        raise BadData(f"the {kind} of image {twice[0]} are there twice ({len(twice)} such images)", "run it again")


def held() -> int:
    """Bytes that this process alone holds: what would be free again without it. Code shared with others is left out."""
    import psutil

    try:
        return int(psutil.Process().memory_full_info().uss)
    except psutil.AccessDenied:
        return int(psutil.Process().memory_info().rss)


def affordable(jobs: int, need: int, free: int) -> int:
    """How many processes memory holds, of which one is there already: each needs `need` bytes of the `free` ones."""
    return max(1, min(jobs, 1 + int(free / max(1.0, need * MARGIN))))


def crowded(jobs: int, threads: int, cores: int, option: str = "--jobs") -> str:
    """What to say where processes would wait for one another's cores; empty where there are enough."""
    if jobs == 1 or jobs * threads <= cores:
        return ""
    wanted = f"{jobs} processes of {threads} threads want {jobs * threads} cores and {cores} may be used"
    fewer = f"{option} {max(1, cores // threads)} fits, or fewer threads in the probe's condition"
    return f"{wanted}: they will wait for one another; {fewer} (numbers may depend on threads, never on jobs)"


def visible_devices(environment: Mapping[str, str] = os.environ, devices: Path = DEVICES) -> tuple[str, ...]:
    """The NVIDIA GPUs that a process started now would see, as CUDA_VISIBLE_DEVICES names them. Loads no torch."""
    if "CUDA_VISIBLE_DEVICES" in environment:
        return tuple(name.strip() for name in environment["CUDA_VISIBLE_DEVICES"].split(",") if name.strip())
    found = [path.name for path in devices.glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)]
    return tuple(map(str, range(len(found))))


def own_device(number: int, device: str, visible: Sequence[str]) -> dict[str, str]:
    """What to set for process `number` so that its "cuda" is one of the `visible` GPUs in turn.

    Nothing for other devices: "cuda:1" was asked for by name.
    """
    if device != "cuda" or not visible:
        return {}
    return {"CUDA_VISIBLE_DEVICES": visible[number % len(visible)]}


def images_in(batches: Sequence[int], images: int, size: int) -> int:
    """How many images these batches hold."""
    return sum(_sizes(batches, images, size))


def _sizes(batches: Sequence[int], images: int, size: int) -> Iterator[int]:
    return (min(size, images - number * size) for number in batches)
