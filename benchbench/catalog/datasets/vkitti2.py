"""`vkitti2`: Virtual KITTI 2 as its archives unpack, `Scene01/clone/frames/{rgb,depth}/Camera_0/`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, home, nowhere
from benchbench.catalog.depth_pairs import Count, Kept, located
from benchbench.catalog.formulas.depth_files import depth_png
from benchbench.catalog.formulas.depth_layout import Pair
from benchbench.errors import BadData, nearest

SCENES = {"Scene01": 447, "Scene02": 233, "Scene06": 270, "Scene18": 339, "Scene20": 837}
"""Frames of each scene, in every condition and for either camera: 21,260 pairs of images."""
CONDITIONS = (
    *("15-deg-left", "15-deg-right", "30-deg-left", "30-deg-right", "clone"),
    *("fog", "morning", "overcast", "rain", "sunset"),
)
FOLDERS = (("", ""), ("vkitti_2.0.3_rgb", "vkitti_2.0.3_depth"), ("rgb", "depth"))
"""Where the archives of images and of depth were unpacked: into one folder or beside each other."""
PER_METRE, SKY = 100, 65535
REMEDY = (
    "unpack vkitti_2.0.3_rgb.tar and vkitti_2.0.3_depth.tar of europe.naverlabs.com (Proxy Virtual Worlds) and set "
    f"{VARIABLE} to the folder that holds Scene01/ (or whose subfolder vkitti2 does)"
)


def locate(
    *,
    condition: str = "clone",
    scenes: list[str] | None = None,
    camera: int = 0,
    count: Count = "published",
    root: str = "",
) -> Located | Absent:
    """The frames of a condition ("clone", "fog", ..., "all"), of all five scenes or those listed, of one camera.

    Looks below `root`, else below $BENCHBENCH_DATA, its subfolder `vkitti2`, or the cache; images and depth in one
    folder or in `vkitti_2.0.3_rgb` and `vkitti_2.0.3_depth`, or `rgb` and `depth`. Depth is in centimetres; 65,535 is
    the sky and what is beyond 655.35 m, so no measurement. `count` is how many images there must be: "published" (2,126
    for all scenes of a condition), a number, or None for any. Raises BadData for a name that Virtual KITTI 2 lacks, and
    for links out of the folder.
    """
    conditions, chosen = _conditions(condition), _scenes(scenes)
    if camera not in {0, 1}:
        raise BadData(f"Virtual KITTI 2 has no camera {camera}", "0 is the left one, 1 the right one")
    found = home("vkitti2", root, lambda place: _halves(place, chosen) is not None)
    halves = None if found is None else _halves(found, chosen)
    if found is None or halves is None:
        return nowhere(f"{' or '.join(chosen)} of Virtual KITTI 2", "vkitti2", root, REMEDY)
    folders = [f"{scene}/{each}/frames" for scene in chosen for each in conditions]
    pairs = _pairs(found, halves, folders, f"Camera_{camera}")
    read = partial(depth_png, per_metre=PER_METRE, nothing=SKY)
    published = len(conditions) * sum(SCENES[scene] for scene in chosen)
    return located(Kept("vkitti2", found, pairs, read, "vkitti2"), published if count == "published" else count, REMEDY)


def _halves(place: Path, scenes: tuple[str, ...]) -> tuple[str, str] | None:
    return next((both for both in FOLDERS if any((place / both[0] / scene).is_dir() for scene in scenes)), None)


def _pairs(root: Path, halves: tuple[str, str], folders: list[str], camera: str) -> list[Pair]:
    images, depths = (f"{half}/" if half else "" for half in halves)
    found = [
        (folder, path.stem.removeprefix("rgb_"))
        for folder in folders
        for path in sorted((root / images / folder / "rgb" / camera).glob("rgb_*.jpg"))
    ]
    return [
        Pair(
            number,
            f"{images}{folder}/rgb/{camera}/rgb_{frame}.jpg",
            (f"{depths}{folder}/depth/{camera}/depth_{frame}.png",),
            folder.split("/", 1)[0],
        )
        for number, (folder, frame) in enumerate(found, 1)
    ]


def _conditions(condition: str) -> tuple[str, ...]:
    if condition != "all" and condition not in CONDITIONS:
        raise BadData(f"Virtual KITTI 2 has no condition '{condition}'", nearest(condition, (*CONDITIONS, "all")))
    return CONDITIONS if condition == "all" else (condition,)


def _scenes(scenes: list[str] | None) -> tuple[str, ...]:
    chosen = tuple(SCENES) if scenes is None else tuple(scenes)
    strange = [scene for scene in chosen if scene not in SCENES]
    if strange or len(set(chosen)) != len(chosen) or not chosen:
        fault = f"has no scene '{strange[0]}'" if strange else "is to be read in an empty list of scenes, or one twice"
        raise BadData(f"Virtual KITTI 2 {fault}", nearest(strange[0], SCENES) if strange else "mend the setting scenes")
    return chosen


DATASET = Dataset("vkitti2", 2, locate)
