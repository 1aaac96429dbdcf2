"""How figures for papers look: the widths of a two-column page, Times-like letters of 8 pt, colours for everybody."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

WIDTHS = {1: 3.3, 2: 6.9}
"""Inches, by how many columns of a two-column page a figure spans."""
MEASURED_DPI = 288
"""At which text is measured before it is placed, whatever a figure is saved at."""
LETTERS, SMALL = 8.0, 7.0
"""Points."""
INK, MUTED, RULE, PAPER = "#000000", "#5a5a5a", "#dddddd", "#ffffff"
ACCENT, WARNING = "#0072B2", "#D55E00"
SERIES = ("#1a1a1a", "#0072B2", "#E69F00", "#F0E442")
"""Of Okabe and Ito's palette those that also differ in lightness, dark to light: grey prints tell them apart."""
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
FONTS = ("STIXGeneral", "DejaVu Sans")
"""Both come with matplotlib; the second has the signs that the first lacks."""
FILES = ("STIXGeneral.ttf", "DejaVuSans.ttf")
LONGEST = 32
FEW_DECADES = 2.0
CUT, LEFT_OUT = "…", "[…]"
STYLE = {
    "font.family": list(FONTS),
    "font.size": LETTERS,
    "axes.labelsize": LETTERS,
    "axes.titlesize": LETTERS,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.handletextpad": 0.4,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.25,
    "legend.borderaxespad": 0.2,
    "legend.borderpad": 0.1,
    "axes.linewidth": 0.6,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelpad": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.formatter.use_mathtext": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "grid.color": RULE,
    "grid.linewidth": 0.4,
    "hatch.linewidth": 0.4,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.02,
    "figure.dpi": MEASURED_DPI,
    "text.parse_math": False,
    "text.hinting": "none",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def styled(salt: str) -> Iterator[None]:
    """Within it matplotlib draws so, whatever its user's own settings are; `salt` makes an SVG's names."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({**STYLE, "svg.hashsalt": salt})
        yield


def canvas(columns: int, height: float) -> Any:
    """An empty figure so many columns wide and so many inches high, which lays itself out."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTHS[columns], height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plain_ticks(axis: Any, low: float, high: float) -> None:
    """A logarithmic axis with numbers as they are written: powers of ten, and where there are few also 2 and 5."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if math.log10(high / low) < FEW_DECADES else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(FuncFormatter(lambda _value, _: ""))


def legible(text: str, most: int = LONGEST) -> str:
    """Text on one line, its middle left out where it is long, and what no font here has a glyph for."""
    line = " ".join(text.split())
    shown = "".join(letter if letter.isascii() or ord(letter) in _glyphs() else "\0" for letter in line)
    whole = LEFT_OUT.join(_runs(shown))
    return whole if len(whole) <= most else f"{whole[: most // 2]}{CUT}{whole[len(whole) - most // 2 + 1 :]}"


def _runs(text: str) -> list[str]:
    """The parts between runs of what was left out."""
    while "\0\0" in text:
        text = text.replace("\0\0", "\0")
    return ["".join(letter for letter in part if letter.isprintable()) for part in text.split("\0")]


@cache
def _glyphs() -> frozenset[int]:
    from pathlib import Path

    import matplotlib as mpl
    from matplotlib.ft2font import FT2Font

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return frozenset(code for name in FILES for code in FT2Font(str(folder / name)).get_charmap())
