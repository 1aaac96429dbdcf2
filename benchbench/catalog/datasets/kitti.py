"""`kitti`: the Eigen test split of KITTI with its improved ground truth, by a list of files in the field's form."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, home, nowhere
from benchbench.catalog.depth_pairs import Count, Kept, located
from benchbench.catalog.formulas.depth_files import depth_png
from benchbench.catalog.formulas.kitti_files import benchmark_crop, pairs, read_list

LISTS = ("eigen_test_files_with_gt.txt", "kitti_eigen_test_files_with_gt.txt")
FOLDERS = ("", "splits", "train_test_inputs")
EIGEN, PER_METRE = 652, 256
REMEDY = (
    "put the list eigen_test_files_with_gt.txt (of BTS, or ZoeDepth's kitti_eigen_...) beside the raw data "
    "(<date>/<drive>_sync) and data_depth_annotated of cvlibs.net/datasets/kitti, and set "
    f"{VARIABLE} to that folder (or to the one whose subfolder kitti it is)"
)


def locate(
    *, crop: Literal["none", "benchmark"] = "none", files: str = "", count: Count = "published", root: str = ""
) -> Located | Absent:
    """The lines of the list that have ground truth, in their order; ids are line numbers from 1.

    Looks below `root`, else below $BENCHBENCH_DATA, its subfolder `kitti`, or the cache, for the list `files` (below
    that folder, or absolute). Images lie below the folder, its `raw`, `raw_data` or `kitti_raw`; ground truth (uint16
    PNG, 1/256 m, 0 no measurement) below `data_depth_annotated`, its `train` and `val`, `gts`, `train` or `val`.
    `crop: benchmark` keeps the lower middle 352x1216 of image and depth. `count`: "published" (652), a number, or None
    for any. Raises BadData for a line it cannot read and for links out of the folder.
    """
    names = [Path(files).expanduser()] if files else [Path(folder, name) for folder in FOLDERS for name in LISTS]
    found = home("kitti", root, lambda place: any((place / name).is_file() for name in names))
    if found is None:
        return nowhere(f"the list {files or LISTS[0]} of KITTI's Eigen split", "kitti", root, REMEDY)
    file = next(found / name for name in names if (found / name).is_file())
    listed, without = read_list(file)
    wanted = EIGEN if count == "published" else count
    if wanted is not None and len(listed) != wanted:
        return _miscounted(file, len(listed), without, wanted)
    read = partial(depth_png, per_metre=PER_METRE)
    cropping = benchmark_crop if crop == "benchmark" else None
    return located(Kept("kitti", found, pairs(found, listed), read, f"kitti {crop}", cropping), wanted, REMEDY)


def _miscounted(file: Path, found: int, without: int, wanted: int) -> Absent:
    return Absent(
        f"{file} lists {found:,} images with ground truth and {without:,} without, the suite wants {wanted:,}",
        "the Eigen split has 697 images, 652 of them with improved ground truth; to measure on these: "
        f"--set scales.full.dataset.kitti.count={found} (the scale's name for full)",
    )


DATASET = Dataset("kitti", 2, locate)
