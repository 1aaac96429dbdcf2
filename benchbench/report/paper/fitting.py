"""Tables on pages: columns that have room, floats that leave room for text, small scales in one float."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil

from benchbench.report.paper.columns import Column
from benchbench.report.paper.figures import Figure
from benchbench.report.paper.footnotes import condensed
from benchbench.report.paper.forms import Form
from benchbench.report.paper.grids import Grid

BESIDE = 400.0
"""Points of height up to which LaTeX sets a float over text: 0.7 of the usual pages."""
PAGE = 520.0
"""Points of height of a float that has a page to itself."""
SEVERAL = 10
"""Rows with no more than counts from which on they may have a float of their own."""
ELSEWHERE = "not measured at this scale"
Fitted = tuple[Grid, Form]


def fitted(grid: Grid, forms: Sequence[Form], caption: str) -> tuple[Fitted, ...]:
    """The floats of a table: one in the largest font that leaves room for text, else as few as pages allow.

    Where one does not, variants of which no more than counts are known get a float of their own, narrower.
    """
    for form in forms:
        chosen = form.chosen(grid)
        if form.height(chosen, caption) <= BESIDE:
            return ((chosen, form),)
    smallest = forms[-1]
    chosen = smallest.chosen(grid)
    counted = _counted(chosen)
    parts = (_measured(chosen), counted) if len(counted.labels) >= SEVERAL else (chosen,)
    return tuple(each for part in parts for each in _paged(part, forms if len(parts) > 1 else forms[-1:], caption))


def remaining(grid: Grid, shown: Iterable[Column]) -> Grid | None:
    """A table of the columns that another of it does not show; None where there are none."""
    seen = tuple(shown)
    left = tuple(each for each in grid.columns if each.use and not any(each.is_same(other) for other in seen))
    return replace(grid, columns=left, left=()) if left else None


def stacked(grids: Sequence[Grid], form: Form, caption: str) -> tuple[Grid, ...]:
    """Tables whose columns are the same, but for one at most, one over the other where a float has room for them."""
    done: list[Grid] = []
    for grid in sorted(grids, key=lambda each: -len(each.columns)):
        place = next((place for place, each in enumerate(done) if _stack(each, grid, form, caption)), None)
        joined = _stack(done[place], grid, form, caption) if place is not None else None
        if place is None or joined is None:
            done.append(grid)
        else:
            done[place] = joined
    names = [grid.name for grid in grids]
    return tuple(sorted(done, key=lambda each: names.index(each.name)))


def _measured(grid: Grid) -> Grid:
    """The rows of which more than counts is known."""
    return grid.rows([place for place in range(len(grid.labels)) if _is_measured(grid, place)])


def _counted(grid: Grid) -> Grid:
    """The other rows, and only the columns that have numbers of them; none where no others are."""
    places = [place for place in range(len(grid.labels)) if not _is_measured(grid, place)]
    rows = grid.rows(() if len(places) == len(grid.labels) or grid.headings else places)
    bare = [each for each in rows.columns if each.is_empty]
    return _without(rows, bare) if bare else rows


def _without(grid: Grid, bare: Sequence[Column]) -> Grid:
    """The grid less columns without a number, which a note names with what is noted in them."""
    why = condensed(note for each in bare for figure in each.figures for note in figure.notes)
    names = ", ".join(dict.fromkeys(each.name for each in bare))
    note = f"Not measured of these variants: {names}" + (f" ({'; '.join(why)})" if why else "") + "."
    return replace(grid, columns=tuple(each for each in grid.columns if each not in bare), more=(*grid.more, note))


def _is_measured(grid: Grid, place: int) -> bool:
    return any(each.figures[place].number and not each.exact for each in grid.columns)


def _paged(grid: Grid, forms: Sequence[Form], caption: str) -> Iterator[Fitted]:
    """The floats of rows that stay in one table if a page has room for it, else parted between their groups."""
    for form in forms:
        if form.height(grid, caption) <= (BESIDE if form is not forms[-1] else PAGE):
            yield grid, form
            return
    form = forms[-1]
    for rows in _pages(grid, form, caption):
        part = grid.rows(range(rows.start, rows.stop))
        bare = [each for each in part.columns if each.is_empty]
        yield (_without(part, bare) if bare and len(bare) < len(part.columns) else part), form


def _pages(grid: Grid, form: Form, caption: str) -> Iterator[slice]:
    """Rows of about as many on each page, whole blocks of them where these have room."""
    across = len(form.strands(grid))
    stub = form.stub(grid, across)
    room = across * (PAGE - form.around(grid, caption))
    heights, starts = form.heights(grid, stub), grid.blocks
    if max(heights) > room / across and not grid.headings:
        single = replace(grid, groups=())
        heights, starts = form.heights(single, stub), single.blocks
    room -= max(heights) * (across - 1)
    pages, left = ceil(sum(heights) / room), sum(heights)
    first, filled = 0, 0.0
    for place, height in enumerate(heights):
        if filled and (filled + height > room or filled + height / 2 > left / max(1, pages)):
            yield slice(starts[first], starts[place])
            first, filled, left, pages = place, 0.0, left - filled, pages - 1
        filled += height
    yield slice(starts[first], starts[-1])


def _stack(upper: Grid, lower: Grid, form: Form, caption: str) -> Grid | None:
    """Both in one, or None where their columns differ or a float lacks the room."""
    matches = [next((own for own in lower.columns if own.is_same(each)), None) for each in upper.columns]
    if len(lower.columns) > len(upper.columns) or None in matches[:1]:
        return None
    if sum(each is not None for each in matches) < max(len(lower.columns), len(upper.columns) - 1):
        return None
    joined = _joined(upper, lower, matches)
    return joined if form.height(joined, f"{caption} {joined.title}") <= BESIDE else None


def _joined(upper: Grid, lower: Grid, matches: Sequence[Column | None]) -> Grid:
    lacking = tuple(Figure(words="–", notes=(ELSEWHERE,)) for _ in lower.labels)
    columns = tuple(
        replace(
            each,
            figures=each.figures + (lacking if other is None else other.figures),
            notes=tuple(dict.fromkeys((*each.notes, *(other.notes if other else ())))),
        )
        for each, other in zip(upper.columns, matches, strict=True)
    )
    above, below = upper.told, lower.told
    return replace(
        upper,
        title=f"{upper.title}; {lower.title}",
        labels=upper.labels + lower.labels,
        headings=_headed(upper) + _headed(lower),
        groups=(),
        columns=columns,
        told=lambda shown: (*above(shown), *below(shown)),
        asides=upper.asides + lower.asides,
        left=tuple(dict.fromkeys(upper.left + lower.left)),
        also=(*upper.also, lower.name, *lower.also),
    )


def _headed(grid: Grid) -> tuple[str, ...]:
    """Its headings, or its title over its rows."""
    return grid.headings or (grid.title, *("" for _ in grid.labels[1:]))
