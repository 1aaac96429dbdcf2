"""The letters of `glyphs` as strokes: polylines in a square from (0, 0), upper left, to (1, 1), lower right."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = tuple[tuple[float, float], ...]


def _arc(x: float, y: float, width: float, height: float, start: float, end: float) -> Points:
    """Part of an ellipse around (x, y), from one angle to another in degrees; 0 is right, 90 is down."""
    angles = np.radians(np.linspace(start, end, 9))
    return tuple((x + width * math.cos(angle), y + height * math.sin(angle)) for angle in angles)


_LETTERS: dict[str, tuple[Points, ...]] = {
    "A": (((0.1, 1), (0.5, 0), (0.9, 1)), ((0.27, 0.6), (0.73, 0.6))),
    "B": (
        ((0.15, 0), (0.15, 1)),
        ((0.15, 0), *_arc(0.5, 0.24, 0.32, 0.24, -90, 90), (0.15, 0.48)),
        ((0.5, 0.48), *_arc(0.54, 0.74, 0.34, 0.26, -90, 90), (0.15, 1)),
    ),
    "C": (_arc(0.55, 0.5, 0.42, 0.5, 310, 50),),
    "D": (((0.15, 0), (0.15, 1)), ((0.15, 0), *_arc(0.4, 0.5, 0.48, 0.5, -90, 90), (0.15, 1))),
    "E": (((0.85, 0), (0.15, 0), (0.15, 1), (0.85, 1)), ((0.15, 0.5), (0.7, 0.5))),
    "F": (((0.85, 0), (0.15, 0), (0.15, 1)), ((0.15, 0.5), (0.7, 0.5))),
    "G": ((*_arc(0.55, 0.5, 0.42, 0.5, 310, 30), (0.92, 0.55), (0.6, 0.55)),),
    "H": (((0.15, 0), (0.15, 1)), ((0.85, 0), (0.85, 1)), ((0.15, 0.5), (0.85, 0.5))),
    "J": (((0.75, 0), (0.75, 0.7), *_arc(0.45, 0.7, 0.3, 0.3, 0, 170)),),
    "K": (((0.15, 0), (0.15, 1)), ((0.85, 0), (0.15, 0.55)), ((0.4, 0.4), (0.88, 1))),
    "L": (((0.2, 0), (0.2, 1), (0.85, 1)),),
    "M": (((0.08, 1), (0.12, 0), (0.5, 0.65), (0.88, 0), (0.92, 1)),),
    "N": (((0.15, 1), (0.15, 0), (0.85, 1), (0.85, 0)),),
    "P": (((0.15, 1), (0.15, 0), *_arc(0.5, 0.27, 0.36, 0.27, -90, 90), (0.15, 0.54)),),
    "R": (((0.15, 1), (0.15, 0), *_arc(0.5, 0.27, 0.36, 0.27, -90, 90), (0.15, 0.54)), ((0.5, 0.54), (0.88, 1))),
    "S": ((*_arc(0.5, 0.25, 0.36, 0.25, 325, 90), *_arc(0.5, 0.75, 0.38, 0.25, -90, 145)),),
    "T": (((0.1, 0), (0.9, 0)), ((0.5, 0), (0.5, 1))),
    "U": (((0.15, 0), (0.15, 0.65), *_arc(0.5, 0.65, 0.35, 0.35, 180, 0), (0.85, 0)),),
    "V": (((0.1, 0), (0.5, 1), (0.9, 0)),),
    "Z": (((0.12, 0), (0.88, 0), (0.12, 1), (0.88, 1)),),
}

LETTERS: tuple[str, ...] = tuple(_LETTERS)
"""Names of the classes by index."""


def _segments(lines: tuple[Points, ...]) -> NDArray[np.float64]:
    pairs = [pair for line in lines for pair in pairwise(line)]
    return np.array(pairs, np.float64)


SEGMENTS: tuple[NDArray[np.float64], ...] = tuple(_segments(lines) for lines in _LETTERS.values())
"""For each letter (n, 2, 2): segments, their two ends, x and y."""
