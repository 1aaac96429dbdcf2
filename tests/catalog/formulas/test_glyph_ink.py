"""Ink by the distance of every pixel to every stroke, against a loop that takes them one by one."""

import math

import numpy as np
import pytest

from benchbench.catalog.formulas.glyphs_drawing import SIZE, _inked

STROKES = {
    "one": [[[10.0, 12.0], [50.0, 40.0]]],
    "a point": [[[20.5, 30.5], [20.5, 30.5]]],
    "several, out of the picture too": [
        [[5.0, 60.0], [60.0, 5.0]],
        [[-10.0, 20.0], [30.0, 90.0]],
        [[1.0, 1.0], [1.0, 63.0]],
    ],
}


def to_stroke(x: float, y: float, stroke: list[list[float]]) -> float:
    """From a point to the nearest one of a stroke, by golden-section search along it: no projection formula."""
    (x0, y0), (x1, y1) = stroke

    def away(share: float) -> float:
        return math.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0))

    low, high, ratio = 0.0, 1.0, (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if away(left) <= away(right) else (left, high)
    return away((low + high) / 2)


@pytest.mark.parametrize("strokes", STROKES.values(), ids=STROKES)
def test_a_pixel_is_inked_by_its_nearest_stroke(strokes: list[list[list[float]]]) -> None:
    inked = _inked(np.array(strokes), 4.0)
    assert inked.shape == (SIZE, SIZE)
    assert 0 < inked.mean() < 1
    for row in range(0, SIZE, 7):
        for column in range(0, SIZE, 5):
            nearest = min(to_stroke(column + 0.5, row + 0.5, stroke) for stroke in strokes)
            assert inked[row, column] == pytest.approx(min(1.0, max(0.0, 2.5 - nearest)), abs=1e-6)
