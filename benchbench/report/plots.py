"""Small drawings of lines and bars: what they show; drawing is the format's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A curve: (x, y) in the axes' units."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Bar:
    """One bar of each series; None where a series has none. `text` are the values as written."""

    label: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True)
class Mark:
    """A point of a roofline; `kind` is "reference", "model" or "block". Without a label only `words` tell its name."""

    label: str
    x: float
    y: float
    kind: str
    words: str


@dataclass(frozen=True)
class Roofs:
    """Two roofs, in the axes' units: the slope through the origin, and the level; each with its words."""

    slope: float
    level: float
    slope_words: str
    level_words: str


@dataclass(frozen=True)
class Dot:
    """What was reported (`x`) against what was measured (`y`, with its interval); leads to a place of the page.

    `tone` is that of the ruling: "holds", "fails", "open" or "changed".
    """

    label: str
    x: float
    y: float
    low: float
    high: float
    tone: str
    words: str
    link: str


@dataclass(frozen=True)
class Strip:
    """A change with its interval over the band within which it does not matter, all in the axis' unit.

    `tone` is that of the judgement: "holds" for better, "fails" for worse, "open" for neither proven, or none.
    """

    label: str
    value: float
    low: float
    high: float
    band: tuple[float, float]
    tone: str
    text: str
    words: str


@dataclass(frozen=True)
class Panel:
    """Lines over an axis, bars side by side, marks under roofs on logarithmic axes, dots about a diagonal, or strips.

    `top` is the end of the axis that panels beside it share; `is_log` tells how the dots' axes are divided. Strips
    reach from `bottom` to `top` in units of `x`; `y` tells which way is better.
    """

    name: str
    title: str
    description: str
    x: str = ""
    y: str = ""
    bottom: float = 0.0
    top: float = 1.0
    right: float = 1.0
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    is_upright: bool = False
    marks: tuple[Mark, ...] = ()
    roofs: Roofs | None = None
    dots: tuple[Dot, ...] = ()
    is_log: bool = False
    strips: tuple[Strip, ...] = ()

    @property
    def is_wide(self) -> bool:
        """Whether it takes the width of the page."""
        return self.is_upright or bool(self.marks)


@dataclass(frozen=True)
class Plot:
    """Panels that belong together, with the series they have in common."""

    name: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    series: tuple[str, ...] = ()
