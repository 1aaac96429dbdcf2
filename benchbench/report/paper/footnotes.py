"""Lettered footnotes of a table for a paper: alike ones told once, no more of them than a reader will look up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from benchbench.report.numbers import unbroken
from benchbench.report.paper.columns import Column

MOST = 6
"""Footnotes of one table; what is left over stands in the comments beside its rows."""
LONGEST = 110
"""Characters of a footnote."""
NO_NUMBER = "–: "
"""Before what is noted at the head of a column on all its places without a number."""
FEWEST = 3
"""Equal footnotes of one column from which on they are told at its head."""


class Footnotes:
    """Those of a table's columns and rows, lettered as they are first used.

    Notes that say the same of different things are one; where there are more than MOST, the most frequent stay.
    """

    def __init__(self, notes: Iterable[str]) -> None:
        told = tuple(notes)
        self._shown = _merged(dict.fromkeys(told))
        counts = Counter(self._shown[note] for note in told)
        order = sorted(counts, key=lambda text: (text.startswith("failed"), counts[text]), reverse=True)
        self._kept = frozenset(order[:MOST])
        self.texts: list[str] = []

    def mark(self, note: str) -> str:
        """Its letter; empty for one that is not told."""
        text = self._shown[note]
        if text not in self._kept:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        return letter(self.texts.index(text))

    def marks(self, notes: Iterable[str]) -> Iterator[str]:
        """The letters of several notes, each once."""
        yield from dict.fromkeys(filter(None, map(self.mark, notes)))

    def lettered(self) -> Iterator[tuple[str, str]]:
        """(letter, text) of those that were used."""
        yield from ((letter(place), text) for place, text in enumerate(self.texts))


def letter(place: int) -> str:
    """a to z, then aa, ab and so on."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


def all_notes(columns: Iterable[Column], more: Iterable[str] = ()) -> Iterator[str]:
    """Every note of these columns, as often as it would be marked."""
    for each in columns:
        yield from each.notes
        yield from chain.from_iterable(figure.notes for figure in each.figures)
    yield from more


def hoisted(column: Column) -> Column:
    """What is noted on all numbers of a column, or on all its places without one, told at its head instead."""
    numbers = [figure.notes for figure in column.figures if figure.number]
    holes = [tuple(map(gist, figure.notes)) for figure in column.figures if not figure.number and figure.notes]
    alike = _shared(numbers)
    why = _shared(holes) if not any(figure.words == "failed" for figure in column.figures) else ()
    figures = tuple(
        replace(each, notes=tuple(note for note in each.notes if note not in alike))
        if each.number
        else replace(each, notes=() if why else each.notes)
        for each in column.figures
    )
    return replace(column, figures=figures, notes=(*column.notes, *alike, *(NO_NUMBER + note for note in why)))


def gist(note: str) -> str:
    """What a note says whatever it says it of: `outside the default budget`. Of a failure, all of it."""
    if note.startswith("failed"):
        return note
    head = re.split(r" of probe |[:;,] | \(", note)[0]
    return re.sub(r"^… is |'[^']*'( of )?", "", re.sub(r"\S*/\S*", "…", head)).strip() or note


def condensed(notes: Iterable[str]) -> tuple[str, ...]:
    """Notes as a table tells them, each once."""
    return tuple(dict.fromkeys(_merged(notes).values()))


def shortened(text: str) -> str:
    """Text, its end left out where it is long: at the end of a clause, if there is one in time."""
    if len(text) <= LONGEST:
        return unbroken(text)
    clause = re.match(rf".{{30,{LONGEST}}}(?=[;:,] )", text)
    return unbroken(clause[0] if clause else text[: LONGEST - 1].rstrip() + "…")


def _merged(notes: Iterable[str]) -> dict[str, str]:
    """The text that each is told by: its own, or the gist of several."""
    several: dict[str, list[str]] = {}
    for note in notes:
        several.setdefault(gist(note), []).append(note)
    return {
        note: shortened(alike[0]) if len(alike) == 1 else shortened(text)
        for text, alike in several.items()
        for note in alike
    }


def _shared(notes: list[tuple[str, ...]]) -> tuple[str, ...]:
    if len(notes) < FEWEST:
        return ()
    return tuple(note for note in notes[0] if all(note in other for other in notes))
