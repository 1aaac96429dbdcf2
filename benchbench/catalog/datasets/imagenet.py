"""`imagenet`: a split of ILSVRC2012, as folders of its classes, as pictures with a truth file, or as parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, incomplete, miscounted, nowhere, places
from benchbench.catalog.formulas import imagenet_folders, imagenet_parquet
from benchbench.catalog.formulas.imagenet_folders import Pictures, find_pictures, shortfall, split_folder
from benchbench.catalog.formulas.imagenet_parquet import Shards, find_shards, read_index
from benchbench.errors import BadData

REMEDY = (
    f"set {VARIABLE} to the folder that holds {{split}}/ (or whose subfolder imagenet does): folders n01440764/ to "
    "n15075141/, or ILSVRC2012_val_*.JPEG with the devkit or LOC_val_solution.csv beside them, or data/*.parquet of "
    "ILSVRC/imagenet-1k; image-net.org asks for a registration, so that nothing fetches it"
)


def locate(*, split: str = "val", count: int | None = 50_000, root: str = "") -> Located | Absent:
    """Looks for the split below `root`, else below $BENCHBENCH_DATA, its subfolder `imagenet`, or the cache.

    Labels are the index of the class among the thousand sorted wnids. `count` is how many images there must be (None:
    any number but 0). Raises BadData for folders, labels or files that are not those of ILSVRC2012.
    """
    if Path(split).name != split or split in {"", ".", ".."}:
        raise BadData(f"'{split}' cannot be the name of a split", "val, for instance")
    remedy = REMEDY.format(split=split)
    looked = places("imagenet", root)
    for place in looked:
        found = _in_place(place, split, count, remedy)
        if found is not None:
            return found
    for place in looked:
        folder = split_folder(place, split, loose=True) if root or place.name == "imagenet" else None
        if folder is not None:
            return _folders(place, folder, count, remedy)
    return nowhere(f"{split}/ of ILSVRC2012", "imagenet", root, remedy)


def _in_place(place: Path, split: str, count: int | None, remedy: str) -> Located | Absent | None:
    folder = split_folder(place, split)
    if folder is not None:
        return _folders(place, folder, count, remedy)
    shards, lacking = find_shards(place, split)
    if not shards:
        return None
    if lacking:
        return incomplete(shards[0].parent, lacking, len(shards) + len(lacking), remedy)
    return _parquet(shards, count)


def _folders(place: Path, folder: Path, count: int | None, remedy: str) -> Located | Absent:
    pictures, empty = find_pictures(place, folder)
    if empty:
        shown = ", ".join(empty[:3]) + (", ..." if len(empty) > 3 else "")
        return Absent(f"{len(empty):,} class folders of {folder} hold no picture: {shown}", remedy)
    if len(pictures) != count and (count is not None or not pictures):
        found = miscounted(folder, "imagenet", len(pictures), count or 1)
        return replace(found, reason="; ".join(filter(None, (found.reason, shortfall(pictures)))))
    lacking = imagenet_folders.missing(folder, pictures)
    if lacking:
        return incomplete(folder, lacking, len(pictures), remedy)
    mark = imagenet_folders.fingerprint(folder, pictures)
    return Located(lambda: Pictures(folder, pictures, mark), mark)


def _parquet(shards: Sequence[Path], count: int | None) -> Located | Absent:
    if find_spec("pyarrow") is None:
        return Absent(f"{shards[0].parent} holds parquet files, and pyarrow is not installed", PARQUET)
    groups, labels = read_index(shards)
    if len(labels) != count and (count is not None or not labels):
        return miscounted(shards[0].parent, "imagenet", len(labels), count or 1)
    mark = imagenet_parquet.fingerprint(shards, labels)
    return Located(lambda: Shards(groups, labels, mark), mark)


PARQUET = 'pip install "benchbench[parquet]"'
DATASET = Dataset("imagenet", 1, locate)
