"""The loops of COCO's accumulation, compiled: imported where images are drawn anew many times, and nowhere else.

They walk a category's detections once for sixteen draws of the images at a time, so that a row of multiplicities is a
register or two of the vector unit. A true positive raises the precision of one cell, that of the recall it reaches; at
the end the cells become the interpolated curve by a maximum from the right. Arrays are passed whole, never sliced: a
view costs more than the sixteen sums.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.compiled import compiled

Doubles = NDArray[np.float64]
Counts = NDArray[np.int32]
Starts = NDArray[np.int64]
States = NDArray[np.uint16]
LANES = 16
"""Draws that are walked through together."""
LEVELS = 10
CELLS = 101
LEAST = float(np.spacing(1))


@compiled
def walk(
    times: Counts,
    detections: tuple[Starts, Counts, States],
    objects: tuple[Starts, Counts],
    steps: Doubles,
    sums: Doubles,
    hits: Counts,
    there: Counts,
) -> None:
    """Add up one range of areas for sixteen draws with multiplicities `times` (n, 16) of the images.

    detections: starts (K + 1,) by category, in which they stand by falling score; their images (D,); states (D, 4),
    bits over the thresholds of true positives, of those after which precision falls and of what is not tried, then 0, 1
    or 2 for the limit they are within. objects: starts (K + 1,) and images (G,). steps: (102,) levels of recall,
    infinity last. Filled: `sums` (K, 10, 16) of precision over those levels, `hits` (K, 3, 10, 16), `there` (K, 16).
    """
    starts, image, states = detections
    cells = np.empty((count(times, objects[0], objects[1], there) + 1, LANES), np.uint8)
    best, quotient = np.empty((LEVELS, CELLS, LANES)), np.empty(LANES)
    tried, rows = np.empty((1, LANES), np.int32), np.empty((2 * LEVELS, LANES), np.int32)
    for kind in range(len(starts) - 1):
        reach(there, kind, steps, cells)
        best[:] = 0
        tried[:] = 0
        rows[:] = 0
        for index in range(starts[kind], starts[kind + 1]):
            of = image[index]
            add(times, of, tried, 0)
            if states[index, 2]:
                skip(times, of, states[index, 2], rows)
            if states[index, 0]:
                find(times, of, states, index, tried, rows, hits, kind, cells, quotient, best)
        envelop(best, sums, kind)


@compiled
def count(times: Counts, starts: Starts, image: Counts, there: Counts) -> int:
    """The objects of each category into `there` (K, 16), and the most of any draw."""
    most = 0
    for kind in range(len(starts) - 1):
        for index in range(starts[kind], starts[kind + 1]):
            add(times, image[index], there, kind)
        for lane in range(LANES):
            most = max(most, there[kind, lane])
    return most


@compiled
def reach(there: Counts, kind: int, steps: Doubles, cells: NDArray[np.uint8]) -> None:
    """For every number of finds the highest level of recall that it reaches, into `cells` (more than objects, 16)."""
    most = 0
    for lane in range(LANES):
        most = max(most, there[kind, lane])
    for found in range(most + 1):
        for lane in range(LANES):
            recall = min(found, there[kind, lane]) / max(there[kind, lane], 1)
            cell = int(recall * (CELLS - 1))
            cell += int(steps[cell + 1] <= recall)
            cell -= int(steps[cell] > recall)
            cells[found, lane] = cell


@compiled
def add(times: Counts, of: int, rows: Counts, row: int) -> None:
    """One image's multiplicities to a row of (rows, 16)."""
    for lane in range(LANES):
        rows[row, lane] += times[of, lane]


@compiled
def skip(times: Counts, of: int, untried: int, rows: Counts) -> None:
    """One detection that some thresholds do not try, to the second half of the rows (20, 16)."""
    for level in range(LEVELS):
        if untried >> level & 1:
            add(times, of, rows, LEVELS + level)


@compiled
def find(
    times: Counts,
    of: int,
    states: States,
    index: int,
    tried: Counts,
    rows: Counts,
    hits: Counts,
    kind: int,
    cells: NDArray[np.uint8],
    quotient: Doubles,
    best: Doubles,
) -> None:
    """One detection that is true at some thresholds, to the first half of the rows (20, 16) and to `best`."""
    limit = states[index, 3]
    for level in range(LEVELS):
        if states[index, 0] >> level & 1:
            add(times, of, rows, level)
            for lane in range(LANES):
                hits[kind, limit, level, lane] += times[of, lane]
            if states[index, 1] >> level & 1:
                for lane in range(LANES):  # of 32 bits, so that a vector unit has an instruction for it
                    made = np.int32(tried[0, lane] - rows[LEVELS + level, lane])
                    quotient[lane] = np.float64(rows[level, lane]) / (np.float64(made) + LEAST)
                for lane in range(LANES):
                    cell = cells[rows[level, lane], lane]
                    best[level, cell, lane] = max(best[level, cell, lane], quotient[lane])


@compiled
def envelop(best: Doubles, sums: Doubles, kind: int) -> None:
    """The highest precision at each level of recall or beyond, from `best` (10, 101, 16), summed over the levels."""
    highest = np.empty(LANES)
    for level in range(LEVELS):
        highest[:] = 0
        for cell in range(CELLS - 1, -1, -1):
            for lane in range(LANES):
                highest[lane] = max(highest[lane], best[level, cell, lane])
                sums[kind, level, lane] += highest[lane]
