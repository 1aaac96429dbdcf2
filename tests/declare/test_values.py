"""Numbers as documents write them, and the limits that their digits imply."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchbench.declare.values import limits, parse, parse_order, parse_tolerance
from benchbench.types import Comparison, Range

SUFFIXES = {"": 1.0, "%": 0.01, "pt": 0.01, "K": 1e3, "M": 1e6, "G": 1e9, "MiB": 1.0, "ms": 1.0, "FPS": 1.0, "x": 1.0}


@pytest.mark.parametrize(("text", "value", "low", "high"), [
    ("-22%", -0.22, -0.225, -0.215),
    ("−22 %", -0.22, -0.225, -0.215),
    ("+30%", 0.3, 0.295, 0.305),
    ("1.2pt", 0.012, 0.0115, 0.0125),
    ("x1.30", 1.3, 1.295, 1.305),
    ("×1.30", 1.3, 1.295, 1.305),
    ("12x", 12, 11.5, 12.5),
    ("12倍", 12, 11.5, 12.5),
    ("42.0", 42.0, 41.95, 42.05),
    ("41M", 41e6, 40.5e6, 41.5e6),
    ("41.3M", 41.3e6, 41.25e6, 41.35e6),
    ("86G", 86e9, 85.5e9, 86.5e9),
    ("159MiB", 159, 158.5, 159.5),
    ("21,843", 21843, 21842.5, 21843.5),
    ("1e-4", 1e-4, 0.5e-4, 1.5e-4),
    (".053", 0.053, 0.0525, 0.0535),
    ("0pt", 0.0, -0.005, 0.005),
])  # fmt: skip
def test_half_a_unit_of_the_last_digit(text: str, value: float, low: float, high: float) -> None:
    assert limits(text) == Range(text, value, low, high)


@pytest.mark.parametrize("text", [
    "", " ", "-", "%", "1,2%", "1.2.3", "22 percent", "1s", "x1%", "٣%", "1e999", "nan", "inf", "0x10", "1 2", "{a}",
    "1" * 30,
])  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"no number|unknown unit|both a factor"):
        parse(text)


def test_facts_are_exact() -> None:
    assert limits("6", exact=True) == Range("6", 6, 6, 6)


def test_about_is_a_tenth() -> None:
    assert limits("-20%", about=True) == Range("-20%", -0.2, -0.22, -0.18)


@pytest.mark.parametrize(("value", "tolerance", "half"), [
    ("-22%", "2%", 0.02),  # points of per cent beside per cent
    ("-22%", "2", 0.02),  # a bare number is in the value's unit
    ("40M", "5%", 2e6),  # per cent beside anything else is relative
    ("40M", "0.5", 0.5e6),
    ("40M", "500K", 0.5e6),
    ("0pt", "1pt", 0.01),
    ("42.0", "0", 0.0),
])  # fmt: skip
def test_explicit_tolerance(value: str, tolerance: str, half: float) -> None:
    found = limits(value, tolerance=tolerance, exact=True)
    assert found.high - found.value == pytest.approx(half, abs=1e-12)
    assert found.value - found.low == pytest.approx(half, abs=1e-12)


@pytest.mark.parametrize("text", ["-1%", "x2", "", "much"])
def test_what_is_no_tolerance(text: str) -> None:
    with pytest.raises(ValueError, match="no"):
        parse_tolerance(text)


@given(st.integers(0, 10**9), st.integers(0, 6), st.sampled_from(sorted(SUFFIXES)), st.sampled_from(["", "+", "-"]))
def test_every_written_number_is_read_back(digits: int, places: int, suffix: str, sign: str) -> None:
    number = Decimal(digits).scaleb(-places)
    text = f"{sign}{number:.{places}f}{suffix}"
    found = limits(text)
    value = float(number) * SUFFIXES[suffix] * (-1 if sign == "-" else 1)
    half = 0.5 * 10.0**-places * SUFFIXES[suffix]
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.high - found.low == pytest.approx(2 * half, rel=1e-3, abs=1e-6 * max(1.0, abs(value)))
    assert found.low <= found.value <= found.high
    assert found.stated == text


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 3))
def test_rounding_a_number_gives_a_claim_that_it_meets(number: Decimal, places: int) -> None:
    found = limits(f"{number:.{places}f}%")
    assert found.low - 1e-12 <= float(number) / 100 <= found.high + 1e-12


@given(st.integers(1, 999), st.integers(0, 3))
def test_more_digits_claim_more(number: int, places: int) -> None:
    short, long = (
        limits(f"{number}.{'0' * places}" if places else str(number)),
        limits(f"{number}.{'0' * (places + 1)}"),
    )
    assert short.low < long.low < long.high < short.high


@given(st.text(max_size=30))
def test_no_text_but_a_value_error(text: str) -> None:
    with suppress(ValueError):
        limits(text, tolerance=text)
    with suppress(ValueError):
        parse_order(text)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,20}", fullmatch=True)


@given(names, st.sampled_from("<>"), names, st.integers(0, 999))
def test_orders_are_read_back(left: str, relation: str, right: str, tenths: int) -> None:
    assume("by" not in (left, right))
    found = parse_order(f"{left} {relation} {right} by {tenths / 10}%")
    assert (found.left, found.relation, found.right) == (left, relation, right)
    assert found.threshold == pytest.approx(tenths / 1000)
    assert parse_order(f" {left} {relation} {right} ") == Comparison(left, found.relation, right, 0.0)


@pytest.mark.parametrize("text", ["a", "a > b > c", "a>b", "a = b", "a > b by 5", "a > b by -5%", "a > by 5%"])
def test_what_is_no_order(text: str) -> None:
    with pytest.raises(ValueError, match="no comparison"):
        parse_order(text)
