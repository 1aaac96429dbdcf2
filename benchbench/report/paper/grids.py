"""A table for a paper before it is set: rows, columns, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from benchbench.report.paper.columns import Column, conditioned
from benchbench.report.paper.footnotes import hoisted

Value = TypeVar("Value")


@dataclass(frozen=True)
class Grid:
    """`stub` heads the rows' labels, `marks` are footnotes of these, `name` is what the paper may refer to it by.

    Where there are `headings`, a row may begin with one, over all the rows up to the next. Rows of one of `groups` (a
    series that the suite declares as one) are not parted without need. `told` finds the notes under it, which depend on
    the columns it shows in the end; `asides` and the titles `left` out of it stand in a comment over it. `also` are
    the names of tables that were stacked under this one.
    """

    name: str
    title: str
    stub: str
    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    told: Callable[[tuple[Column, ...]], Iterable[str]]
    headings: tuple[str, ...] = ()
    marks: tuple[tuple[str, ...], ...] = ()
    groups: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    """Notes of these rows alone."""

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.told(self.columns), *self.more)))

    @property
    def blocks(self) -> tuple[int, ...]:
        """Where rows begin that are not parted without need, and where the last end."""
        starts = [place for place in range(len(self.labels)) if not place or self._begins(place)]
        return (*starts, len(self.labels))

    def rows(self, places: Sequence[int]) -> Grid:
        """The same of these rows."""
        return replace(
            self,
            labels=_picked(self.labels, places),
            headings=_picked(self.headings, places),
            groups=_picked(self.groups, places),
            marks=_picked(self.marks, places),
            columns=tuple(replace(each, figures=_picked(each.figures, places)) for each in self.columns),
        )

    def shown(self, columns: Iterable[Column]) -> Grid:
        """The same of these columns, which are its own."""
        kept = tuple(columns)
        titles = {each.title for each in kept}
        left = tuple(each.name for each in self.columns if each.title not in titles)
        return replace(self, columns=kept, left=(*self.left, *left))

    def hoisted(self) -> Grid:
        """What is noted all along a column told at its head, and its condition where another has the same metric."""
        return replace(self, columns=tuple(map(hoisted, conditioned(self.columns))))

    def _begins(self, place: int) -> bool:
        if self.headings:
            return bool(self.headings[place])
        return not self.groups or self.groups[place] != self.groups[place - 1]


def _picked(values: tuple[Value, ...], places: Sequence[int]) -> tuple[Value, ...]:
    return tuple(values[place] for place in places) if values else ()
