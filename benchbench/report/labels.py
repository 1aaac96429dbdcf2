"""Words in a drawing of ours: what they look like, what room they take, whether two of them meet."""

from __future__ import annotations

from html import escape

Box = tuple[float, float, float, float]
"""Left, upper, right and lower edge, in the drawing's units."""


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """A `<text>` of a class of the page's."""
    shown = f' class="{kind.strip()}"' if kind.strip() else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{shown}>{escape(words)}</text>'


def box(label: str, x: float, y: float, side: int, letter: float) -> Box:
    """The room of a label that ends at x where `side` is negative, is centred there at 0, and begins there else."""
    room = letter * len(label)
    left = x - room if side < 0 else x - room / 2 if side == 0 else x
    return left, y - 7, left + room, y + 2


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def shortened(label: str, room: float, letter: float) -> str:
    """As much of a label's end as has room."""
    most = int((room - 6) / letter)
    return label if len(label) <= most else f"…{label[1 - most :]}"
