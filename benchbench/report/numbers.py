"""Numbers become text here and nowhere else: digits, units, signs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from benchbench.types import Estimate, Form, Metric

MINUS = "−"
SPACE = "\N{NO-BREAK SPACE}"
NONE = "–"
COUNT_UNITS = ((1e12, "T"), (1e9, "G"))
FINEST = 6


@dataclass(frozen=True)
class Style:
    """How a kind of number is written: shown = value · factor, with `decimals` at most, then the unit."""

    factor: float = 1.0
    unit: str = ""
    decimals: int = 2
    signed: bool = False
    prefix: str = ""


PERCENT = Style(factor=100.0, unit="%", decimals=1, signed=True)
RATIO = Style(prefix="×", decimals=2)


def metric_style(metric: Metric, value: float) -> Style:
    """A metric's own style: "pt" is a fraction shown x100; exact counts from 10^9 on are shown in G or T."""
    if metric.unit == "pt":
        return Style(factor=100.0, unit="pt", decimals=metric.digits)
    if metric.exact:
        for size, letter in COUNT_UNITS:
            if abs(value) >= size:
                return Style(factor=1 / size, unit=letter, decimals=2)
    return Style(unit=metric.unit, decimals=metric.digits)


def axis_style(metric: Metric, largest: float) -> Style:
    """`metric_style`; but counts below a G in M, as an axis has no room for their digits."""
    own = metric_style(metric, largest)
    return Style(factor=1e-6, unit="M", decimals=2) if metric.exact and own.factor == 1.0 and largest >= 1e4 else own


def form_style(form: Form, metric: Metric, value: float) -> Style:
    """The style of a reading's form: the metric's own, a factor, per cent, or a signed difference."""
    if form == "ratio":
        return RATIO
    if form == "change":
        return PERCENT
    own = metric_style(metric, value)
    return replace(own, signed=True) if form == "difference" else own


def plain(value: float, decimals: int, signed: bool = False) -> str:
    """`value` with grouped thousands, a real minus and never a negative zero."""
    rounded = round(value, decimals)
    digits = f"{abs(rounded):,.{decimals}f}"
    if rounded < 0:
        return MINUS + digits
    return "+" + digits if signed and rounded > 0 else digits


def uncertain_decimals(half_width: float, most: int) -> int:
    """Decimals that show two digits of the half-width of an interval, and never more than `most`."""
    if half_width <= 0:
        return most
    return min(most, max(0, 1 - math.floor(math.log10(half_width))))


def visible_decimals(value: float, decimals: int) -> int:
    """`decimals`, or as many more as it takes for a value that is not zero not to look like it."""
    while value and not round(value, decimals) and decimals < FINEST:
        decimals += 1
    return decimals


def apart_decimals(value: float, limits: tuple[float, float], decimals: int) -> int:
    """`decimals`, or as many more as it takes for the rounded value to lie on the same side of the limits."""
    low, high = limits
    inside = low <= value <= high
    while decimals < FINEST and (low <= round(value, decimals) <= high) != inside:
        decimals += 1
    return decimals


def written(estimate: Estimate, style: Style, limits: tuple[float, float] | None = None) -> str:
    """An estimate as text: `1,472 ± 35 ms`, `−9.9 %`, `×1.43 [1.39, 1.51]`.

    `limits` are those it is judged by, in the estimate's own unit: rounding never carries it across them.
    """
    number, interval = parts(estimate, style, limits)
    return joined(" ".join(filter(None, (number, interval))), style.unit) if number != NONE else NONE


def parts(estimate: Estimate, style: Style, limits: tuple[float, float] | None = None) -> tuple[str, str]:
    """The number and its interval apart, neither with a unit; the interval of an exact number is empty."""
    if not math.isfinite(estimate.value):
        return NONE, ""
    value, low, high = (number * style.factor for number in (estimate.value, estimate.low, estimate.high))
    decimals = _decimals(value, low, high, style, limits)
    return style.prefix + plain(value, decimals, style.signed), _interval(value, low, high, decimals)


def raised(title: str) -> str:
    """A metric's title at the start of a line."""
    return title[:1].upper() + title[1:]


def lowered(title: str) -> str:
    """A metric's title within a sentence; an abbreviation in capitals stays as it is."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def unbroken(text: str) -> str:
    """A sentence whose numbers do not part from their units at the end of a line."""
    return re.sub(r"(?<=\d) (?=(%|pt|ms|MiB|G|M)(?!\w))", SPACE, text)


def joined(text: str, unit: str) -> str:
    """A number and its unit, which never part at the end of a line."""
    return f"{text}{SPACE}{unit}" if unit else text


def _decimals(value: float, low: float, high: float, style: Style, limits: tuple[float, float] | None) -> int:
    half = (high - low) / 2
    spread = half if math.isfinite(half) else 0.0
    decimals = uncertain_decimals(spread, style.decimals)
    if not spread:
        decimals = visible_decimals(value, decimals)
    if limits is None:
        return decimals
    low_limit, high_limit = (limit * style.factor for limit in limits)
    return apart_decimals(value, (low_limit, high_limit), decimals)


def _interval(value: float, low: float, high: float, decimals: int) -> str:
    """`± h` where both sides round to the same, `[low, high]` otherwise, nothing for an exact number."""
    if low == high or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    below, above = plain(value - low, decimals), plain(high - value, decimals)
    if below == above:
        return f"± {above}"
    return f"[{plain(low, decimals)}, {plain(high, decimals)}]"
