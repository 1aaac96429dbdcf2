"""Where labels stand beside their points, so that none covers another: geometry alone, all in points of 1/72 inch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

Box = tuple[float, float, float, float]
"""Left, lower, right and upper edge."""
NEAR, FAR, FARTHEST = (4.5, 7.0), (11.0, 16.0, 22.0), (29.0, 37.0, 46.0, 56.0, 67.0)
"""How far a label may stand from its point; from FAR on a thin line leads to it."""
TURNS = (0.0, 180.0, 90.0, 270.0, *(float(turn) for turn in (30, 330, 150, 210, 60, 300, 120, 240)))
LEADING = tuple(float(turn) for turn in (45, 135, 60, 120, 30, 150, 75, 105, 315, 225, 300, 240, 330, 210, 285, 255))
"""Degrees, in the order of preference: right of its point, left, above, below, then between. Leaders go aslant, as
no grid line, no error bar and no step of a front does."""
GAP = 0.8
LEAST_SLANT = 0.5
MOST_TURNS, MOST_IDLE = 10, 2
SAMPLED = 1.5
"""Distance of the small boxes that stand for a line."""


@dataclass(frozen=True)
class Anchor:
    """A point with the (width, height) of its name, and of the number that may stand for it."""

    x: float
    y: float
    name: tuple[float, float]
    number: tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Where the lower left corner of a label stands; `leader` is where its line begins and ends, if it has one."""

    x: float
    y: float
    is_name: bool
    leader: Box | None = None


@dataclass(frozen=True)
class Ground:
    """What labels share: the frame, the marks and intervals that none may cover, lines, and what is written already.

    Where it is crowded, leaders may graze marks.
    """

    frame: Box
    marks: tuple[Box, ...]
    lines: tuple[Box, ...]
    written: tuple[Box, ...] = ()
    is_crowded: bool = False


def spots(
    anchors: Sequence[Anchor],
    frame: Box,
    marks: Sequence[Box],
    lines: Sequence[Box] = (),
    numbered: Iterable[int] = (),
) -> dict[int, Spot]:
    """A spot for each anchor that has one, the first ones first; those of `numbered` by number at once.

    Whoever finds no room comes earlier in another turn, and the best turn counts. No label covers a mark or another
    label; one covers `lines` only where there is no better place.
    """
    order, short = [*range(len(anchors))], frozenset(numbered)
    ground, failures = Ground(frame, tuple(marks), tuple(lines)), [0] * len(anchors)
    best, idle = dict[int, Spot](), 0
    for _ in range(MOST_TURNS):
        found = _one_by_one(anchors, order, ground, short)
        idle = 0 if _worth(found) > _worth(best) else idle + 1
        best = max((best, found), key=_worth)
        for place in order:
            failures[place] += place not in found or not (place in short or found[place].is_name)
        if idle > MOST_IDLE or _worth(best) == (len(anchors), len(anchors) - len(short)):
            break
        order.sort(key=lambda place: -failures[place])
    return best


def _worth(found: Mapping[int, Spot]) -> tuple[int, int]:
    """How many labels stand, then how many of them by name."""
    return len(found), sum(spot.is_name for spot in found.values())


def _one_by_one(
    anchors: Sequence[Anchor], order: Sequence[int], ground: Ground, short: frozenset[int]
) -> dict[int, Spot]:
    found = dict[int, Spot]()
    written: list[Box] = []
    for place in order:
        anchor = anchors[place]
        spot = next(_tries(anchor, replace(ground, written=tuple(written)), place in short), None)
        if spot is not None:
            found[place] = spot
            written += [_box(spot, anchor), *_sampled(spot.leader)]
    return found


def _tries(anchor: Anchor, ground: Ground, is_short: bool) -> Iterator[Spot]:
    """From the best place to the worst: by name near its point, with a leader, over a line; then so by number."""
    bare, crowded = replace(ground, lines=()), replace(ground, is_crowded=True)
    for each in () if is_short else (ground, bare):
        yield from _free(anchor, True, (*NEAR, *FAR), each)
    for each in (ground, crowded, replace(crowded, lines=())):
        yield from _free(anchor, False, (*NEAR, *FAR, *FARTHEST), each)


def _free(anchor: Anchor, is_name: bool, radii: Sequence[float], ground: Ground) -> Iterator[Spot]:
    width, height = anchor.name if is_name else anchor.number
    for radius in radii:
        for turn in TURNS if radius < FAR[0] else LEADING:
            across, up = math.cos(math.radians(turn)), math.sin(math.radians(turn))
            x, y = anchor.x + across * (radius + width / 2), anchor.y + up * (radius + height / 2)
            leader = _leader(anchor, (x, y), (width, height)) if radius >= FAR[0] else None
            spot = Spot(x - width / 2, y - height / 2, is_name, leader)
            if _fits(spot, anchor, ground):
                yield spot


def _leader(anchor: Anchor, centre: tuple[float, float], size: tuple[float, float]) -> Box:
    """From the edge of the mark to a near place of the label, never straight up or down."""
    left, right = centre[0] - size[0] / 2, centre[0] + size[0] / 2
    y = min(max(anchor.y, centre[1] - size[1] / 2), centre[1] + size[1] / 2)
    x = min(max(anchor.x, left), right)
    if abs(x - anchor.x) < (aslant := LEAST_SLANT * abs(y - anchor.y)):
        x = min(max(anchor.x + math.copysign(aslant, centre[0] - anchor.x), left), right)
    long = math.hypot(x - anchor.x, y - anchor.y) or 1.0
    part = min(1.0, 3.2 / long)
    return anchor.x + part * (x - anchor.x), anchor.y + part * (y - anchor.y), x, y


def _fits(spot: Spot, anchor: Anchor, ground: Ground) -> bool:
    """Whether the label is on free ground, and its leader crosses no label and no mark but its own."""
    box, frame = _box(spot, anchor), ground.frame
    inside = frame[0] <= box[0] and box[2] <= frame[2] and frame[1] <= box[1] and box[3] <= frame[3]
    if not inside or any(meets(box, other) for other in (*ground.marks, *ground.written, *ground.lines)):
        return False
    own = (anchor.x - 4, anchor.y - 4, anchor.x + 4, anchor.y + 4)
    marks = map(_core, ground.marks) if ground.is_crowded else ground.marks
    others = [*ground.written, *(each for each in marks if not meets(each, own))]
    return not any(meets(step, other) for step in _sampled(spot.leader) for other in others)


def _core(box: Box) -> Box:
    """The middle half of a box."""
    across, up = (box[2] - box[0]) / 4, (box[3] - box[1]) / 4
    return box[0] + across, box[1] + up, box[2] - across, box[3] - up


def _box(spot: Spot, anchor: Anchor) -> Box:
    width, height = anchor.name if spot.is_name else anchor.number
    return spot.x - GAP, spot.y - GAP, spot.x + width + GAP, spot.y + height + GAP


def _sampled(leader: Box | None) -> tuple[Box, ...]:
    return segment((leader[0], leader[1]), (leader[2], leader[3])) if leader else ()


def segment(start: tuple[float, float], end: tuple[float, float]) -> tuple[Box, ...]:
    """A straight line as small boxes; one that is upright or level as a single one."""
    (x, y), (a, b) = start, end
    if x == a or y == b:
        return ((min(x, a) - 0.5, min(y, b) - 0.5, max(x, a) + 0.5, max(y, b) + 0.5),)
    count = max(1, math.ceil(math.hypot(a - x, b - y) / SAMPLED))
    steps = ((x + (a - x) * n / count, y + (b - y) * n / count) for n in range(count + 1))
    return tuple((p - 0.4, q - 0.4, p + 0.4, q + 0.4) for p, q in steps)


def meets(one: Box, other: Box) -> bool:
    """Whether two boxes share room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
