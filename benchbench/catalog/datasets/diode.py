"""`diode`: the validation split of DIODE as its archive unpacks, `val/indoors` and `val/outdoor`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, home, nowhere
from benchbench.catalog.depth_pairs import Count, Kept, located
from benchbench.catalog.formulas.depth_files import depth_npy
from benchbench.catalog.formulas.depth_layout import Pair

Scenes = Literal["indoors", "outdoor", "both"]
COUNTS = {"indoors": 325, "outdoor": 446, "both": 771}
REMEDY = (
    "benchbench fetch diode-val (2.6 GB), or unpack val.tar.gz of diode-dataset.org "
    f"and set {VARIABLE} to the folder that holds val/ (or whose subfolder diode does)"
)


def locate(*, scenes: Scenes = "both", count: Count = "published", root: str = "") -> Located | Absent:
    """Images `val/<scenes>/scene_*/scan_*/*.png` with `*_depth.npy` in metres and `*_depth_mask.npy`, sorted by name.

    Looks below `root`, else below $BENCHBENCH_DATA, its subfolder `diode`, or the cache. `count` is how many images
    there must be: "published" (325 indoors, 446 outdoor, 771 both), a number, or None for any. Raises BadData for links
    that lead out of the folder.
    """
    kinds = ("indoors", "outdoor") if scenes == "both" else (scenes,)
    found = home("diode", root, lambda place: any((place / "val" / kind).is_dir() for kind in kinds))
    if found is None:
        return nowhere(f"val/{' or val/'.join(kinds)} of DIODE", "diode", root, REMEDY)
    kept = Kept("diode", found, _pairs(found, kinds), depth_npy, "diode")
    return located(kept, COUNTS[scenes] if count == "published" else count, REMEDY)


def _pairs(folder: Path, kinds: tuple[str, ...]) -> list[Pair]:
    images = [path for kind in kinds for path in sorted((folder / "val" / kind).glob("scene_*/scan_*/*.png"))]
    stems = [path.relative_to(folder).with_suffix("").as_posix() for path in images]
    return [
        Pair(number, f"{stem}.png", (f"{stem}_depth.npy", f"{stem}_depth_mask.npy"), _scene(stem))
        for number, stem in enumerate(stems, 1)
    ]


def _scene(stem: str) -> str:
    """Of "val/indoors/scene_00019/scan_00183/..." the first three; scans of one scene show the same places."""
    return stem.rsplit("/", 2)[0]


DATASET = Dataset("diode", 2, locate)
