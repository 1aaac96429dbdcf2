"""COCO's average precision taken apart: by kind of error, by category, by size of object."""

from __future__ import annotations

from collections.abc import Mapping

from benchbench.catalog.formulas.coco_accumulate import EMPTY, accumulator, by_category
from benchbench.catalog.formulas.detection_errors import FALSE, UNFOUND, lost
from benchbench.catalog.formulas.detections import Scenes
from benchbench.types import Split

SIZES = {"APs": "small (below 32² px)", "APm": "medium (32² to 96² px)", "APl": "large (above 96² px)"}

KINDS = (
    "AP50 that would be gained if one kind of error were mended and nothing else (D. Bolya et al., TIDE, 2020): gains "
    "overlap and do not add up. Of detections: wrong class (classification), badly placed (localisation), both, on an "
    "object that another one has (duplicate), on no object (background); objects that none of them is about (missed)"
)


def splits(scenes: Scenes, names: Mapping[int, str]) -> tuple[Split, ...]:
    """The three splits of checked scenes, fractions; none where there is no object to be found.

    A category is told by its name, or as "category 17".
    """
    errors = _errors(scenes)
    if errors is None:
        return ()
    numbers = accumulator(scenes)(None)
    kinds = tuple((names.get(kind, f"category {kind}"), value) for kind, value in by_category(scenes).items())
    classes = Split("classes", "AP by category", "pt", "higher", kinds, numbers["AP"], whole_title="AP")
    parts = tuple((title, numbers[name]) for name, title in SIZES.items() if numbers[name] != EMPTY)
    sizes = Split("sizes", "AP by size of object", "pt", "higher", parts, numbers["AP"], whole_title="AP")
    return errors, classes, sizes


def _errors(scenes: Scenes) -> Split | None:
    found = lost(scenes)
    if found is None:
        return None
    note = (
        f"{KINDS}; {found.numbers[FALSE]:,} detections, of whatever confidence, are false, and "
        f"{found.numbers[UNFOUND]:,} objects are not found"
    )
    gains = tuple(found.gains.items())
    return Split("errors", "AP50 lost by kind of error", "pt", "lower", gains, found.ap50, note, "AP50")
