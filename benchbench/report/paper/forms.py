"""What a float in one or two columns of a page has room for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from benchbench.report.paper.columns import Column
from benchbench.report.paper.figures import Figure
from benchbench.report.paper.footnotes import MOST, NO_NUMBER, all_notes, gist, shortened
from benchbench.report.paper.grids import Grid
from benchbench.report.paper.widths import lines, width, wrapped

SCRIPT, NOTES, CAPTION = 5, 7, 10
"""Font sizes: of what stands raised or lowered behind a number, under a table, over it."""
GAP = 12.0
"""Points between the strands of a table that is set side by side."""
NARROWEST = 66.0
"""Points of labels in such a strand."""
OUTSIDE = 9.0
"""Points that a number outside its column's alignment takes more, as siunitx keeps the aligned one's place."""
TALLEST_STRAND = 110.0
"""Points of rows up to which a table is not set side by side."""


@dataclass(frozen=True)
class Form:
    """A float `room` points wide: what fits article, IEEE, ICML and CVPR pages alike, the narrowest of them.

    `size` is the font's in points, `leading` its lines' distance and `command` sets it; in points, `least` is the
    width of the labels where there is little room, `heads` that at which a heading is broken, `separation` half the
    gap between columns.
    """

    environment: str
    room: float
    size: int
    leading: float
    command: str
    least: float
    heads: float
    separation: int

    def heading(self, title: str) -> tuple[str, ...]:
        """Its lines."""
        return tuple(line for part in title.split("\n") for line in wrapped(part, self.size, self.heads))

    def chosen(self, grid: Grid) -> Grid:
        """The columns that have room, those of the lowest priority number first; one at the least.

        Labels are broken into lines for headline columns alone.
        """
        least, natural = min(self.least, self._natural(grid)), min(self._natural(grid), self.room / 2)
        left, kept = self.room, list[Column]()
        for column in sorted(grid.columns, key=lambda each: each.priority):
            stub = least if column.is_headline else natural
            if self.column(column) <= left - stub or not kept:
                kept.append(column)
                left -= self.column(column)
        return grid.shown(kept)

    def strands(self, grid: Grid) -> tuple[slice, ...]:
        """The rows of each of the tabulars that stand side by side: two where they have room and need it."""
        single = replace(grid, groups=())
        heights, starts = self.heights(single), single.blocks
        total = sum(heights)
        is_narrow = 2 * (self._columns(grid) + min(NARROWEST, self._natural(grid))) + GAP <= self.room
        if total <= TALLEST_STRAND or not is_narrow or len(heights) < 2:
            return (slice(0, len(grid.labels)),)
        middle = min(range(1, len(heights)), key=lambda place: abs(sum(heights[:place]) - total / 2))
        return slice(0, starts[middle]), slice(starts[middle], len(grid.labels))

    def stub(self, grid: Grid, strands: int) -> float:
        """Width in points of the labels: what they need, as far as the columns leave it."""
        room = (self.room - GAP * (strands - 1)) / strands - self._columns(grid)
        return max(30.0, min(self._natural(grid), room))

    def over(self, grid: Grid, stub: float) -> float:
        """Width in points of a heading over rows, which no column needs to become wider for."""
        return stub + 0.7 * self._columns(grid)

    def height(self, grid: Grid, caption: str) -> float:
        """Height in points of the float."""
        strands = self.strands(grid)
        stub = self.stub(grid, len(strands))
        rows = max(sum(self.heights(grid.rows(range(each.start, each.stop)), stub)) for each in strands)
        return rows + self.around(grid, caption)

    def around(self, grid: Grid, caption: str) -> float:
        """Height in points of all that may stand over and under the rows."""
        head = max((len(self.heading(column.title)) for column in grid.columns), default=1)
        told = list(dict.fromkeys(map(gist, all_notes(grid.columns, (each for some in grid.marks for each in some)))))
        longest = sorted((shortened(NO_NUMBER + each) for each in told), key=len)[-MOST:]
        under = 8.2 * sum(lines(text, NOTES, self.room) for text in ("  ".join(longest), " ".join(grid.notes)) if text)
        return 12.2 * lines(caption, CAPTION, self.room) + self.leading * head + under + 30.0

    def heights(self, grid: Grid, stub: float | None = None) -> list[float]:
        """Height in points of each block of rows."""
        room = self.stub(grid, 1) if stub is None else stub
        rows = [self._height(label, room) for label in grid.labels]
        wide = self.over(grid, room)
        over = [self._height(each, wide) + 5.0 if each else 0.0 for each in grid.headings or ("",) * len(rows)]
        heights = [sum(pair) for pair in zip(rows, over, strict=True)]
        return [sum(heights[start:stop]) for start, stop in pairwise(grid.blocks)]

    def column(self, column: Column) -> float:
        """Width in points of a column with its gaps."""
        marks = 2 * SCRIPT * min(len(column.notes), MOST)
        head = max(width(line, self.size) for line in self.heading(column.title)) + marks
        number = max(self._aligned(column), *(width(each.number, self.size) for each in column.figures), 0.0)
        tail = max((self._tail(each) for each in column.figures), default=0.0)
        return max(head, number + tail) + 2 * self.separation

    def _aligned(self, column: Column) -> float:
        """Width of numbers that stand with their points under each other."""
        parts = [each.number.partition(".") for each in column.figures if not each.is_apart]
        whole = max((width(before, self.size) for before, _, _ in parts), default=0.0)
        return whole + max((width(point + after, self.size) for _, point, after in parts), default=0.0)

    def _columns(self, grid: Grid) -> float:
        return sum(map(self.column, grid.columns))

    def _natural(self, grid: Grid) -> float:
        """What the labels and the headings over rows want."""
        marks = max((len(each) for each in grid.marks), default=0)
        return 2.0 + 2 * SCRIPT * marks + max(width(label, self.size) for label in (*grid.labels, grid.stub))

    def _tail(self, figure: Figure) -> float:
        unit = width(figure.unit, self.size) + 2 if figure.unit else 0.0
        unit += OUTSIDE if figure.is_apart else 0.0
        marks = 2.0 * SCRIPT * len(figure.notes) + width("*" * figure.stars, SCRIPT)
        return unit + marks + width(figure.interval.replace("± ", "±"), SCRIPT) + width(figure.words, self.size)

    def _height(self, text: str, room: float) -> float:
        return (self.leading + 0.3) * lines(text, self.size, room) if text else self.leading + 0.3


FORMS = {
    1: (Form("table", 216.0, 7, 8.0, "scriptsize", 74, 46.0, 3),),
    2: (
        Form("table*", 450.0, 8, 9.5, "footnotesize", 110, 60.0, 4),
        Form("table*", 450.0, 7, 8.0, "scriptsize", 96, 56.0, 3),
    ),
}
"""By how many of a page's two columns a float spans, the largest font first."""
