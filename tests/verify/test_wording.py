"""Numbers as a reader wants them."""

from __future__ import annotations

import pytest

from benchbench.types import Estimate, Form, Range
from benchbench.verify import wording
from tests.claimed_suite import METRICS


@pytest.mark.parametrize(
    ("value", "form", "metric", "text"),
    [
        (41_524_768, "number", "params", "41,524,768"),
        (0.42, "number", "AP", "42.0 points"),
        (-0.012, "difference", "AP", "−1.2 points"),
        (0.012, "difference", "AP", "+1.2 points"),
        (-0.217, "change", "params", "−21.7 %"),
        (0.0, "change", "params", "0.0 %"),
        (1.417, "ratio", "latency_ms", "×1.42"),
        (1470.04, "number", "latency_ms", "1,470.0 ms"),
        (0.00123, "ratio", "params", "×0.0012"),
        (float("inf"), "number", "latency_ms", "∞ ms"),
    ],
)
def test_numbers(value: float, form: Form, metric: str, text: str) -> None:
    assert wording.number(value, form, METRICS[metric]) == text


def test_intervals_and_limits() -> None:
    latency = METRICS["latency_ms"]
    assert wording.estimate(Estimate(2, 1, 3, 9), "number", latency) == "2.0 ms [1.0 to 3.0 ms]"
    assert wording.estimate(Estimate(2, 2, 2, exact=True), "number", latency) == "2.0 ms"
    assert wording.limits(Range("8", 8, 8, 8), "number", latency) == "8"
    assert wording.limits(Range("8", 8, 7.5, 8.5), "number", latency) == "8 (7.5 to 8.5 ms)"


def test_one_sentence() -> None:
    assert wording.sentence("first.", "", " second ") == "First; second."
    assert wording.sentence("") == ""
