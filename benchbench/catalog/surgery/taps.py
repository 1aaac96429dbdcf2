"""Which of the remaining layers a head reads when others were removed. Everything counts from 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from benchbench.catalog.anatomy import Stack
from benchbench.catalog.surgery.entries import indices_from
from benchbench.errors import BadCheckpoint, CannotCut
from benchbench.types import Json

Rule = Literal["proportional", "nearest"]
Wanted = Rule | list[int] | None
RULES = "proportional or nearest"


@dataclass(frozen=True)
class Retap:
    """The taps before a cut, counted over all layers, and after it, over those that remain."""

    rule: str
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def entry(self) -> dict[str, Json]:
        """As a surgery entry keeps it."""
        return {"rule": self.rule, "before": list(self.before), "after": list(self.after)}


def retapped(stack: Stack, kept: Sequence[int], wanted: Wanted) -> Retap | None:
    """The taps after keeping these layers, by a rule or as listed; None for a stack that no head reads.

    None wanted: as they are while every layer up to the last tap stays, else proportional. Raises CannotCut for fewer
    layers than taps and for a list that the head or the remaining layers cannot take.
    """
    if not stack.taps:
        if wanted is not None:
            raise CannotCut(f"taps are given, but no head reads the layers of '{stack.name}'")
        return None
    refuse_misfits(stack, len(kept), wanted)
    if isinstance(wanted, list):
        return Retap("list", stack.taps, tuple(wanted))
    reach = stack.taps[-1] + 1
    if wanted is None and list(kept[:reach]) == list(range(reach)):
        return Retap("unchanged", stack.taps, stack.taps)
    if wanted == "nearest":
        return Retap("nearest", stack.taps, nearest(stack.taps, kept))
    return Retap("proportional", stack.taps, proportional(stack.taps, len(stack.layers), len(kept)))


def refuse_misfits(stack: Stack, count: int, wanted: Wanted) -> None:
    """Raises CannotCut unless the head can read `count` remaining layers as wanted."""
    number = len(stack.taps)
    if count < number:
        what = f"the head reads {number} different layers of '{stack.name}', and {count} would remain"
        raise CannotCut(what, f"keep at least {number}")
    if not isinstance(wanted, list):
        return
    beyond = [tap for tap in wanted if not 0 <= tap < count]
    if len(wanted) != number:
        what = f"the head reads {number} layers of '{stack.name}', and {len(wanted)} taps are listed"
        raise CannotCut(
            what, f"list {number} layers as they are counted after the cut, or name a rule: proportional, nearest"
        )
    if beyond:
        listed = ", ".join(map(str, beyond))
        what = f"taps outside the remaining layers: '{stack.name}' keeps 0 to {count - 1}, not {listed}"
        raise CannotCut(what, f"count from 0 as they stand after the cut, or name a rule: {RULES}")
    if wanted != sorted(set(wanted)):
        raise CannotCut(f"taps {wanted} must ascend without repeats", "transformers refuses a layer that is read twice")


def proportional(taps: Sequence[int], available: int, count: int) -> tuple[int, ...]:
    """Taps at the same share of the depth up to the last tap, which becomes the last layer.

    With the last tap at t, the one at i becomes round((i + 1) count / (t + 1)) - 1, halves up, and those that meet move
    apart. Keeping all changes nothing. 12 layers read at 2, 5, 8, 11 give 1, 3, 5, 7 of 8; 1, 2, 4, 5 of 6; all of 4.
    """
    if count == available:
        return tuple(taps)
    reach, number = taps[-1] + 1, len(taps)
    found: list[int] = []
    for tap in taps:
        place = (2 * (tap + 1) * count + reach) // (2 * reach) - 1
        found.append(max(place, found[-1] + 1 if found else 0))
    return tuple(min(tap, count - number + index) for index, tap in enumerate(found))


def nearest(taps: Sequence[int], kept: Sequence[int]) -> tuple[int, ...]:
    """The distinct kept layers, in order, of least summed distance to the layers read before; of equals the earlier."""
    choices = combinations(range(len(kept)), len(taps))
    return min(choices, key=lambda choice: sum(abs(kept[new] - old) for new, old in zip(choice, taps, strict=True)))


def taps_from(entry: Mapping[str, Json], stack: Stack, count: int) -> tuple[int, ...]:
    """The taps after an entry's cut. Raises BadCheckpoint for what does not fit a stack of `count` layers."""
    told = entry.get("taps")
    if not stack.taps:
        if told is not None:
            raise BadCheckpoint(f"surgery entry has taps, but no head reads the layers of '{stack.name}'")
        return ()
    if not isinstance(told, dict):
        raise BadCheckpoint(f"surgery entry tells no taps of '{stack.name}'")
    taps = indices_from(f"taps of '{stack.name}'", told.get("after"), count)
    if len(taps) != len(stack.taps):
        raise BadCheckpoint(f"surgery entry has {len(taps)} taps, the head of '{stack.name}' {len(stack.taps)}")
    return tuple(taps)
