"""`da2k`: DA-2K, photographs with pairs of points of which one is closer; for models of relative depth."""

from __future__ import annotations

from pathlib import Path

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, home, incomplete, miscounted, nowhere
from benchbench.catalog.depth_pairs import Count
from benchbench.catalog.formulas.coco_layout import lacking
from benchbench.catalog.formulas.point_pairs import PointPairs, fingerprint, read_annotations

ANNOTATIONS = "annotations.json"
FOLDERS = ("", "DA-2K")
IMAGES = 1035
REMEDY = (
    "unpack DA-2K.zip of huggingface.co/datasets/depth-anything/DA-2K and set "
    f"{VARIABLE} to the folder that holds DA-2K/ (or whose subfolder da2k does)"
)


def locate(*, count: Count = "published", root: str = "") -> Located | Absent:
    """All images of `annotations.json`, which names them below its own folder.

    Looks below `root`, else below $BENCHBENCH_DATA, its subfolder `da2k`, or the cache, there also in `DA-2K`. `count`
    is how many images there must be: "published" (1,035), a number, or None for any. Raises BadData for annotations of
    another form, and for names and links that lead out of the folder.
    """
    found = home("da2k", root, lambda place: _file(place) is not None)
    file = None if found is None else _file(found)
    if file is None:
        return nowhere(f"{ANNOTATIONS} of DA-2K", "da2k", root, REMEDY)
    targets = read_annotations(file)
    wanted = IMAGES if count == "published" else count
    if len(targets) != wanted and (wanted is not None or not targets):
        return miscounted(file, "da2k", len(targets), wanted or 1)
    missing = lacking(file.parent, list(targets))
    if missing:
        return incomplete(file.parent, missing, len(targets), REMEDY)
    mark = fingerprint(file, file.parent, list(targets))
    return Located(lambda: PointPairs(file.parent, targets, mark), mark)


def _file(place: Path) -> Path | None:
    return next((path for folder in FOLDERS if (path := place / folder / ANNOTATIONS).is_file()), None)


DATASET = Dataset("da2k", 1, locate)
