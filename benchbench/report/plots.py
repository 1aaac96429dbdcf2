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
class Panel:
    """Lines over an axis, or bars side by side. `top` is the end of the axis that panels beside it share."""

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


@dataclass(frozen=True)
class Plot:
    """Panels that belong together, with the series they have in common."""

    name: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    series: tuple[str, ...] = ()
