"""NYU Depth v2 as people unpack it: images with 16-bit depth in millimetres beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from benchbench.catalog.formulas.depth_layout import Pair


@dataclass(frozen=True)
class Layout:
    """A way to lay pairs out: `image` matches a name below the folder, `depth` is made of its groups.

    `numbered`: the group `number` counts the labelled images from 0; else ids are positions in sorted order from 1.
    """

    title: str
    pattern: str
    image: re.Pattern[str]
    depth: str
    numbered: bool


LAYOUTS = (
    Layout(
        "BTS",
        "*/rgb_*",
        re.compile(r"(?P<scene>[^/]+/)rgb_(?P<number>[0-9]{5})\.(jpg|png)"),
        r"\g<scene>sync_depth_\g<number>.png",
        True,
    ),
    Layout("colors", "*_colors.png", re.compile(r"(?P<number>[0-9]{5})_colors\.png"), r"\g<number>_depth.png", True),
    Layout("folders", "rgb/*", re.compile(r"rgb/(?P<name>[^/]+)\.(jpe?g|png)"), r"depth/\g<name>.png", False),
)
FOLDERS = {
    "test": ("", "test", "official_splits/test", "nyu_depth_v2/official_splits/test", "nyu2_test", "data/nyu2_test"),
    "train": ("", "train", "official_splits/train", "nyu_depth_v2/official_splits/train"),
    "all": ("",),
}
"""Where the splits are kept below a dataset's folder."""


def find_pairs(place: Path, split: str) -> tuple[Path, Layout, list[Pair]] | None:
    """The first of the layouts in the first of the split's folders that has any image; its pairs in order of names."""
    for folder in (place / below for below in FOLDERS[split]):
        for layout in LAYOUTS:
            pairs = _pairs(folder, layout)
            if pairs:
                return folder, layout, pairs
    return None


def _pairs(folder: Path, layout: Layout) -> list[Pair]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.glob(layout.pattern))
    matches = [match for name in names if (match := layout.image.fullmatch(name))]
    return [
        Pair(int(match["number"]) + 1 if layout.numbered else position, match[0], (match.expand(layout.depth),))
        for position, match in enumerate(matches, 1)
    ]
