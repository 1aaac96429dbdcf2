"""Numbers as documents write them: "-22%", "x1.30", "42.0pt", "41M", "159MiB", with the rounding their digits imply."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from benchbench.types import Comparison, Range

Notation = Literal["plain", "percent", "points", "times"]

_UNITS: dict[str, tuple[Notation, Decimal]] = {
    "": ("plain", Decimal(1)),
    "%": ("percent", Decimal("0.01")),
    "pt": ("points", Decimal("0.01")),
    "x": ("times", Decimal(1)),
    "K": ("plain", Decimal(10**3)),
    "M": ("plain", Decimal(10**6)),
    "G": ("plain", Decimal(10**9)),
    "MiB": ("plain", Decimal(1)),
    "ms": ("plain", Decimal(1)),
    "FPS": ("plain", Decimal(1)),
    "img/s": ("plain", Decimal(1)),
}
_SPELLINGS = {"％": "%", "×": "x", "X": "x", "倍": "x", "k": "K", "pts": "pt", "fps": "FPS"}
_NUMBER = re.compile(
    r"(?P<sign>[-+\u2212\u2013]?)\s?(?P<times>[xX×]?)"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{0,18})(?:\.(?P<part>[0-9]{0,18}))?(?:[eE](?P<power>[-+]?[0-9]{1,2}))?"
    r"\s?(?P<unit>[^\s0-9.,+-]{0,5})"
)
_ORDER = re.compile(
    r"(?P<left>\S+)\s+(?P<relation>[<>])\s+(?P<right>\S+)(?:\s+by\s+(?P<by>[0-9]{1,4}(?:\.[0-9]{1,6})?)\s?%)?"
)

NUMBER_PATTERN = r"^\s*" + re.sub(r"\(\?P<\w+>", "(?:", _NUMBER.pattern) + r"\s*$"
"""What `parse` reads, units aside, as a pattern of JSON Schema (ECMA 262)."""


@dataclass(frozen=True)
class Written:
    """A number read from text: its value, half a unit of its last digit, and how it was written.

    `unit` is the unit as written, `scale` what it multiplies by.
    """

    value: Decimal
    half: Decimal
    notation: Notation
    unit: str
    scale: Decimal


def parse(text: str) -> Written:
    """Read a number. Units of a metric (MiB, ms, FPS, img/s) are taken as the metric's own and change nothing.

    Raises ValueError saying which notations there are.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None or not (match["whole"] or match["part"]):
        raise ValueError(f"'{text}' is no number as a claim writes them: -22%, 1.2pt, x1.30, 42.0, 41M, 86G, 159MiB")
    unit = _SPELLINGS.get(match["unit"], match["unit"])
    if match["times"]:
        if unit:
            raise ValueError(f"'{text}' has both a factor and a unit: write x1.30, or 1.30 with its unit")
        unit = "x"
    if unit not in _UNITS:
        raise ValueError(f"'{text}' has an unknown unit '{unit}': known are {', '.join(filter(None, _UNITS))}")
    notation, scale = _UNITS[unit]
    shifted = scale.scaleb(int(match["power"] or 0))
    part = match["part"] or ""
    digits = Decimal(f"{match['whole'].replace(',', '') or 0}.{part or 0}")
    sign = -1 if match["sign"] in ("-", "\u2212", "\u2013") else 1
    return Written(sign * digits * shifted, shifted.scaleb(-len(part)) / 2, notation, unit, scale)


def parse_tolerance(text: str) -> Written:
    """A tolerance: no factor, nothing negative. Raises ValueError."""
    written = parse(text)
    if written.value < 0 or written.notation == "times":
        raise ValueError(f"'{text}' is no tolerance: write 0.5%, 1pt or a number in the value's own unit")
    return written


def limits(stated: str, *, exact: bool = False, about: bool = False, tolerance: str = "") -> Range:
    """The values a stated number covers, for `tolerance` see `_width`.

    Half a unit of its last digit to either side; nothing with `exact`; a tenth of the value with `about`; or the
    explicit tolerance. Raises ValueError.
    """
    written = parse(stated)
    width = Decimal(0) if exact else written.half
    if about:
        width = abs(written.value) / 10
    if tolerance:
        width = _width(written, parse_tolerance(tolerance))
    value = written.value
    return Range(stated, float(value), float(value - width), float(value + width))


def _width(value: Written, tolerance: Written) -> Decimal:
    """A bare tolerance is in the value's unit; one in per cent is relative unless the value is in per cent itself."""
    if not tolerance.unit:
        return tolerance.value * value.scale
    if tolerance.notation == "percent" and value.notation != "percent":
        return abs(value.value) * tolerance.value
    if tolerance.notation == "points" and value.notation not in ("points", "percent"):
        raise ValueError("a tolerance in points needs a value in points")
    return tolerance.value


def parse_order(text: str) -> Comparison:
    """`a > b` or `a < b by 5%`. Raises ValueError."""
    match = _ORDER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no comparison: write 'a > b' or 'a < b by 5%'")
    threshold = float(Decimal(match["by"] or 0) / 100)
    return Comparison(match["left"], "<" if match["relation"] == "<" else ">", match["right"], threshold)
