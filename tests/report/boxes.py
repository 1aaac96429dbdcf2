"""Pictures with boxes for the account of the DETR document."""

from __future__ import annotations

import numpy as np

from benchbench.types import Boxes, Gallery, Scene, Seen
from tests.report.hostile import IMAGE, SCRIPT
from tests.report.models import COSTS

WITHOUT = "heads-4"
"""The variant whose pictures were lost."""


def gallery() -> Gallery:
    names = [name for name in COSTS if name != WITHOUT]
    return Gallery(
        "stand-in", "coco-ap", "", (scene(0, names), scene(1, names[:-1])), ((WITHOUT, f"{SCRIPT} {IMAGE}"),)
    )


def scene(number: int, names: list[str]) -> Scene:
    """Three objects on grey; every variant shifts them by what it lacks in AP, and doubts the last one."""
    places = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.1, 0.2, 0.3], [0.6, 0.6, 0.3, 0.3]])
    categories = np.array([1, 2, 7 + number])
    truth = Boxes(places, categories, np.ones(3))
    image = np.full((60, 80, 3), 120 + 40 * number, np.uint8)
    for x, y, width, height in places:
        image[int(60 * y) : int(60 * (y + height)), int(80 * x) : int(80 * (x + width))] = (int(255 * x), 90, 140)
    found: dict[str, Seen] = {
        name: Boxes(places + 0.447 - COSTS[name][4], categories, np.array([0.98, 0.75, COSTS[name][4] + 0.06]))
        for name in names
    }
    return Scene(40 + number, image, truth, found)
