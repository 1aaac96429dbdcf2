"""The two crops that depth papers use, as windows of the ground truth."""

from __future__ import annotations

from benchbench.catalog.formulas.depth_protocols import Crop
from benchbench.errors import BadData

NYU = (480, 640)
Window = tuple[slice, slice]


def window(crop: Crop, shape: tuple[int, int]) -> Window:
    """Rows and columns that count of a map of this (height, width).

    `eigen`: D. Eigen et al. 2014, rows 45 to 470 and columns 41 to 600 of NYUv2's 480 x 640; other sizes raise BadData,
    as it is not defined there. `garg`: R. Garg et al. 2016, 0.40810811 to 0.99189189 of the height and 0.03594771 to
    0.96405229 of the width, KITTI. Both as in zoedepth/utils/misc.py of isl-org/ZoeDepth (d87f17b).
    """
    if crop == "none":
        return slice(None), slice(None)
    if crop == "garg":
        height, width = shape
        rows = slice(int(0.40810811 * height), int(0.99189189 * height))
        return rows, slice(int(0.03594771 * width), int(0.96405229 * width))
    if shape != NYU:
        raise BadData(
            f"the eigen crop is defined on 480 x 640 (NYUv2), and this map has {shape[0]} x {shape[1]}",
            "choose crop: none, or garg for KITTI",
        )
    return slice(45, 471), slice(41, 601)
