"""Digits, units and signs."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchbench.report.numbers import (
    MINUS,
    NONE,
    PERCENT,
    RATIO,
    SPACE,
    Style,
    apart_decimals,
    form_style,
    metric_style,
    plain,
    unbroken,
    uncertain_decimals,
    visible_decimals,
    written,
)
from benchbench.types import Estimate, Metric

POINTS = Metric("AP", "AP", "pt", "higher", 1)
MILLISECONDS = Metric("latency_ms", "Latency", "ms", "lower", 1)
COUNT = Metric("macs", "Multiply-adds", "", "lower", 0, exact=True)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def exact(value: float) -> Estimate:
    return Estimate(value, value, value, exact=True)


@pytest.mark.parametrize(
    ("estimate", "metric", "text"),
    [
        (exact(41_524_768), COUNT, "41,524,768"),
        (exact(57_840_123_456), COUNT, "57.84 G"),
        (Estimate(1472.3, 1437.3, 1507.3), MILLISECONDS, "1,472 ± 35 ms"),
        (Estimate(36.04, 35.94, 36.14), MILLISECONDS, "36.0 ± 0.1 ms"),
        (Estimate(1472.3, 1460.0, 1530.0), MILLISECONDS, "1,472 [1,460, 1,530] ms"),
        (Estimate(0.42, 0.418, 0.422), POINTS, "42.0 ± 0.2 pt"),
        (Estimate(0.42, 0.42, 0.42), POINTS, "42.0 pt"),
        (exact(-0.0), COUNT, "0"),
        (exact(math.nan), COUNT, NONE),
        (Estimate(5.0, -math.inf, math.inf), MILLISECONDS, "5.0 ms"),
    ],
)
def test_number_of_a_metric(estimate: Estimate, metric: Metric, text: str) -> None:
    assert written(estimate, metric_style(metric, estimate.value)).replace(SPACE, " ") == text


@pytest.mark.parametrize(
    ("estimate", "style", "text"),
    [
        (exact(-0.22), PERCENT, f"{MINUS}22.0 %"),
        (exact(0.3), PERCENT, "+30.0 %"),
        (exact(-0.0003), PERCENT, f"{MINUS}0.03 %"),
        (Estimate(-0.301, -0.313, -0.289), PERCENT, f"{MINUS}30.1 ± 1.2 %"),
        (Estimate(1.43, 1.39, 1.47), RATIO, "×1.43 ± 0.04"),
    ],
)
def test_change_and_ratio(estimate: Estimate, style: Style, text: str) -> None:
    assert written(estimate, style).replace(SPACE, " ") == text


def test_difference_of_points_is_signed_and_in_points() -> None:
    assert written(exact(-0.012), form_style("difference", POINTS, -0.012)) == f"{MINUS}1.2{SPACE}pt"


def test_rounding_does_not_carry_a_refuted_value_to_the_limit() -> None:
    assert written(exact(-0.22504), PERCENT, (-0.225, -0.215)) == f"{MINUS}22.504{SPACE}%"
    assert written(exact(-0.22496), PERCENT, (-0.225, -0.215)) == f"{MINUS}22.5{SPACE}%"


@given(NUMBERS, NUMBERS, st.floats(0, 10), st.integers(0, 3))
def test_rounded_value_lies_on_its_side_of_the_limits(value: float, low: float, width: float, decimals: int) -> None:
    high = low + width
    assume(all(abs(value - limit) > 1e-5 for limit in (low, high)))
    rounded = round(value, apart_decimals(value, (low, high), decimals))
    assert (low <= rounded <= high) == (low <= value <= high)


@given(NUMBERS, st.integers(0, 3), st.booleans())
def test_plain_number_reads_back(value: float, decimals: int, signed: bool) -> None:
    text = plain(value, decimals, signed)
    assert float(text.replace(MINUS, "-").replace(",", "")) == round(value, decimals)
    assert not (text.startswith(MINUS) and float(text[1:].replace(",", "")) == 0)


@given(st.floats(1e-6, 1e6), st.integers(0, 6))
def test_half_width_keeps_two_digits_unless_the_metric_has_fewer(half: float, most: int) -> None:
    decimals = uncertain_decimals(half, most)
    assert 0 <= decimals <= most
    if 0 < decimals < most:
        assert 10 <= half * 10**decimals < 100


@given(st.floats(1e-5, 1e5), st.integers(0, 2))
def test_small_value_does_not_look_like_zero(value: float, decimals: int) -> None:
    assert round(value, visible_decimals(value, decimals)) != 0


def test_numbers_do_not_part_from_their_units() -> None:
    assert unbroken("−30 % of 42 pt, 3 parts") == f"−30{SPACE}% of 42{SPACE}pt, 3 parts"
