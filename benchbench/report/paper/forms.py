"""What a float in one or two columns of a page has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from benchbench.report.paper.figures import Figure
from benchbench.report.paper.grids import Column, Grid, shortened
from benchbench.report.paper.widths import lines, packed, width, wrapped

SCRIPT, NOTES, CAPTION = 5, 7, 10
"""Font sizes: of what stands raised or lowered behind a number, under a table, over it."""
PAGE = 520.0
"""Height in points of the shortest page; rows take what caption and notes leave of it, and this much at the least."""
LEAST = 180.0


@dataclass(frozen=True)
class Form:
    """A float `room` points wide: what fits article, IEEE, ICML and CVPR pages alike, the narrowest of them.

    `size` is the font's in points and `command` sets it; in points, `stub` is the width of the labels, `heads` that
    at which a heading is broken, `separation` half the gap between columns.
    """

    environment: str
    room: float
    size: int
    command: str
    stub: int
    heads: float
    separation: int

    @property
    def whole(self) -> float:
        """Width in points of a heading over all columns, of which there is one at least."""
        return self.stub + 60.0

    def heading(self, title: str) -> tuple[str, ...]:
        return wrapped(title, self.size, self.heads)

    def parts(self, grid: Grid, caption: str) -> Iterator[tuple[slice, slice]]:
        """The rows and the columns of each float that a grid is spread over; the last has room for the notes."""
        starts, heights = grid.blocks, self._heights(grid)
        groups = packed([self.column(each) for each in grid.columns], self.room - self.stub)
        for columns in groups:
            notes = grid.notes if columns is groups[-1] else ()
            part = replace(grid, columns=grid.columns[columns], notes=notes)
            for some in packed(heights, max(LEAST, PAGE - self.around(part, caption))):
                yield slice(starts[some.start], starts[some.stop]), columns

    def around(self, grid: Grid, caption: str) -> float:
        """Height in points of all that may stand over and under the rows."""
        footnotes = {note for column in grid.columns for each in column.figures for note in each.notes}
        notes = (*footnotes, *grid.notes, *(note for column in grid.columns for note in column.notes))
        head = max((len(self.heading(column.title)) for column in grid.columns), default=1)
        under = 8.2 * sum(lines(shortened(note), NOTES, self.room) for note in notes)
        return 12.2 * lines(caption, CAPTION, self.room) + 1.25 * self.size * head + under + 40.0

    def column(self, column: Column) -> float:
        """Width in points of a column with its gaps."""
        head = max(width(line, self.size) for line in self.heading(column.title)) + 2 * SCRIPT * len(column.notes)
        number = max((width(each.number, self.size) for each in column.figures), default=0.0)
        tail = max((self._tail(each) for each in column.figures), default=0.0)
        return max(head, number + tail, 30.0) + 2 * self.separation

    def _tail(self, figure: Figure) -> float:
        unit = width(figure.unit, self.size) + 2 if figure.unit else 0.0
        marks = 2.0 * SCRIPT * len(figure.notes) + width("*" * figure.stars, SCRIPT)
        return unit + marks + width(figure.interval.replace("± ", "±"), SCRIPT) + width(figure.words, self.size)

    def _heights(self, grid: Grid) -> list[float]:
        """Height in points of each block of rows."""
        rows = [self._height(label, self.stub) for label in grid.labels]
        over = [self._height(each, self.whole) + 4.0 if each else 0.0 for each in grid.headings]
        heights = [sum(pair) for pair in zip(rows, over or [0.0] * len(rows), strict=True)]
        return [sum(heights[start:stop]) for start, stop in pairwise(grid.blocks)]

    def _height(self, text: str, room: float) -> float:
        return 1.25 * self.size * lines(text, self.size, room) + 0.5


FORMS = {
    1: Form("table", 220.0, 7, "scriptsize", 74, 46.0, 3),
    2: Form("table*", 450.0, 8, "footnotesize", 110, 60.0, 4),
}
"""By how many of a page's two columns a float spans."""
