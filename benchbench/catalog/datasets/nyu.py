"""`nyu`: the labelled images of NYU Depth v2, from the official file or from folders of images and 16-bit depth."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, home, miscounted, nowhere
from benchbench.catalog.depth_pairs import Count, Kept, located
from benchbench.catalog.formulas.depth_files import depth_png
from benchbench.catalog.formulas.nyu_labelled import LABELLED, LabelledImages, count_labelled, fingerprint_labelled
from benchbench.catalog.formulas.nyu_layouts import find_pairs
from benchbench.catalog.formulas.nyu_split import TEST, TOTAL, TRAIN
from benchbench.errors import BadData

Split = Literal["test", "train", "all"]
Depth = Literal["raw", "filled"]
NUMBERS = {"test": TEST, "train": TRAIN, "all": frozenset(range(1, TOTAL + 1))}
FIELDS = {"raw": "rawDepths", "filled": "depths"}
PER_METRE = 1000
REMEDY = (
    f"get {LABELLED} (2.8 GB) from cs.nyu.edu/~fergus/datasets/nyu_depth_v2.html and set {VARIABLE} to its folder "
    "(or to the one whose subfolder nyu holds it)"
)


def locate(
    *, split: Split = "test", depth: Depth = "raw", count: Count = "published", root: str = ""
) -> Located | Absent:
    """The official split (test 654, train 795) of the 1,449 labelled images; ids are their numbers from 1.

    Looks below `root`, else below $BENCHBENCH_DATA, its subfolder `nyu`, or the cache, for `nyu_depth_v2_labeled.mat`
    (`root` may name the file itself), then for images with 16-bit depth in millimetres: `<scene>/rgb_00045.jpg` with
    `sync_depth_00045.png` (BTS, raw depth), `00000_colors.png` with `00000_depth.png`, or `rgb/` with `depth/` (ids
    are then positions). `depth` chooses the Kinect's own measurements, where holes are invalid, or those filled in;
    of the file only, a folder holds what it was made from. `count`: "published", a number, or None for any.

    Raises BadData for a file that is not the official one, images of another split, and filled depth of BTS' files.
    """
    found = home("nyu", root, lambda place: _file(place) is not None or find_pairs(place, split) is not None)
    if found is None:
        return nowhere(f"{LABELLED} or folders of NYU images and depth", "nyu", root, REMEDY)
    wanted = len(NUMBERS[split]) if count == "published" else count
    file = _file(found)
    return _labelled(file, split, depth, wanted) if file else _folders(found, split, depth, wanted)


def _file(place: Path) -> Path | None:
    return next((path for path in (place / LABELLED, place) if path.suffix == ".mat" and path.is_file()), None)


def _labelled(path: Path, split: Split, depth: Depth, count: int | None) -> Located | Absent:
    field = FIELDS[depth]
    held = count_labelled(path, field)
    numbers = sorted(number for number in NUMBERS[split] if number <= held)
    if len(numbers) != count and (count is not None or not numbers):
        return miscounted(f"{path} (split {split})", "nyu", len(numbers), count or 1)
    mark = fingerprint_labelled(path, numbers, field)
    return Located(lambda: LabelledImages(path, numbers, field, mark), mark)


def _folders(place: Path, split: Split, depth: Depth, count: int | None) -> Located | Absent:
    found = find_pairs(place, split)
    if found is None:
        return nowhere("folders of NYU images and depth", "nyu", str(place), REMEDY)
    folder, layout, pairs = found
    strangers = [pair for pair in pairs if layout.numbered and pair.id not in NUMBERS[split]]
    if strangers:
        raise BadData(
            f"{folder}: {len(strangers)} of {len(pairs)} images are not of the split {split}, the first is "
            f"{strangers[0].image} (image {strangers[0].id} of the labelled {TOTAL:,})",
            "is this the folder of another split? name the right one as root",
        )
    if layout.title == "BTS" and depth == "filled":
        raise BadData(f"{folder}: sync_depth_*.png hold raw depth", f"for filled depth bring {LABELLED}")
    kept = Kept("nyu", folder, pairs, partial(depth_png, per_metre=PER_METRE), f"nyu {layout.title}")
    return located(kept, count, REMEDY)


DATASET = Dataset("nyu", 2, locate)
