"""How wide text will be, near enough to lay tables out: Computer Modern's widths, the widest fonts papers use."""

from __future__ import annotations

import math
from collections.abc import Sequence

NARROW, WIDE = frozenset("iljtfrI.,:;'!|()[]/ -"), frozenset("mwMW%@—…")
SIGNS = frozenset("+−±×→≈<>=~")
EM = {10: 1.0, 8: 1.06, 7: 1.14, 5: 1.36}
"""By font size in points, how much wider its letters are than those of 10 pt scaled down (cmr8, cmr7, cmr5)."""


def width(text: str, size: int) -> float:
    """Width in points of text at this size; of characters beyond Latin it knows no better than one em each."""
    return sum(map(_advance, text)) * size / 1000 * EM[size]


def lines(text: str, size: int, room: float) -> int:
    """How many lines text takes in a column so wide, a little too many rather than too few."""
    return sum(max(1, math.ceil(width(line, size) / room)) for line in wrapped(text, size, 0.95 * room))


def wrapped(text: str, size: int, room: float) -> tuple[str, ...]:
    """Text broken at its spaces into lines that fit the room, as far as words allow it."""
    found: list[str] = []
    for word in text.split(" "):
        if found and width(f"{found[-1]} {word}", size) <= room:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return tuple(found)


def packed(widths: Sequence[float], room: float) -> tuple[slice, ...]:
    """Neighbours put together as long as they fit; one that fits nowhere stands alone."""
    found: list[slice] = []
    left = 0.0
    for place, each in enumerate(widths):
        if found and each <= left:
            found[-1] = slice(found[-1].start, place + 1)
            left -= each
        else:
            found.append(slice(place, place + 1))
            left = room - each
    return tuple(found)


def _advance(character: str) -> float:
    """In thousandths of the font's size."""
    if character in NARROW:
        return 390
    if character in WIDE:
        return 1000
    if character in SIGNS:
        return 780
    if character.isdigit():
        return 500
    if character.isupper():
        return 740
    return 545 if character.isascii() else 1000
