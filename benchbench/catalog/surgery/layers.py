"""Which layers of a stack stay, by the words of a suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchbench.catalog.anatomy import Stack
from benchbench.catalog.contracts import Labelled, Subject
from benchbench.catalog.surgery.choice import best, spread
from benchbench.catalog.surgery.entries import COST_ONLY, Cut
from benchbench.catalog.surgery.taps import Wanted, retapped
from benchbench.errors import CannotCut
from benchbench.types import Json

Keep = Literal["first", "last", "every-other", "importance", "loss", "search", "list"]
SCORED = ("importance", "loss", "search")
"""Those that are chosen on calibration data."""


@dataclass(frozen=True)
class Selection:
    """What is asked for; `layers` are listed or None, `candidates` bound a search."""

    keep: Keep
    count: int
    layers: list[int] | None
    taps: Wanted
    candidates: int


def selected(subject: Subject, stack: Stack, asked: Selection) -> Cut:
    """The layers to keep. Scores need data; where there are none the first stay, said in the cut."""
    if asked.keep == "list":
        return Cut({stack.name: list(asked.layers or ())}, "index")
    if asked.keep not in SCORED:
        return Cut({stack.name: _placed(len(stack.layers), asked)}, "index")
    batches = subject.calibrate() if subject.calibrate else ()
    if not batches:
        return Cut({stack.name: list(range(asked.count))}, "index", COST_ONLY)
    if asked.keep == "search":
        return _searched(subject, stack, asked, batches)
    scores = _scores(subject, stack, asked.keep, batches)
    return Cut({stack.name: best(scores, asked.count)}, asked.keep, scores={stack.name: scores})


def _placed(available: int, asked: Selection) -> list[int]:
    if asked.keep == "every-other":
        return spread(available, asked.count)
    start = 0 if asked.keep == "first" else available - asked.count
    return list(range(start, start + asked.count))


def _scores(subject: Subject, stack: Stack, keep: Keep, batches: Sequence[Labelled]) -> list[float]:
    if keep == "importance":
        from benchbench.catalog.surgery.importance import layer_changes

        return layer_changes(subject.model, stack, batches)
    from benchbench.catalog.surgery.layer_losses import skip_rises

    return skip_rises(subject, stack, batches)


def _searched(subject: Subject, stack: Stack, asked: Selection, batches: Sequence[Labelled]) -> Cut:
    from benchbench.catalog.surgery.layer_losses import Trials, search

    if asked.candidates < 1:
        raise CannotCut(f"candidates: {asked.candidates} leaves nothing to search")

    def taps(kept: tuple[int, ...]) -> tuple[int, ...]:
        # Taps that are listed hold for the layers that remain in the end; on the way there they keep their proportion.
        listed_early = isinstance(asked.taps, list) and len(kept) != asked.count
        found = retapped(stack, kept, "proportional" if listed_early else asked.taps)
        return found.after if found else ()

    found = search(Trials(subject, stack, taps, batches), asked.count, asked.candidates)
    more: dict[str, Json] = {"search": {"candidates": found.tried, "loss": found.loss}}
    scores = {stack.name: found.rises} if found.rises else None
    return Cut({stack.name: list(found.kept)}, "search", scores=scores, more=more)
