"""What an entry says of a metric."""

from __future__ import annotations

import pytest

from benchbench.report.values import estimate_of, is_empty_bucket, why_missing
from benchbench.types import Condition, Entry, Measured, Measurement, Metric, ProbeUse, Scale, Trial, Use, Variant

AP_LARGE = Metric("APl", "AP of large objects", "pt", "higher", 1)
SHAPES = Scale("stand-in", "shapes", "detr", "stand-in", Use("shapes"))
TRIAL = Trial(Variant("cut", "Cut"), SHAPES, ProbeUse("coco-ap", {}, Condition()))


@pytest.mark.parametrize("samples", [(-1.0,), (-1.0, -1.0, -1.0)])
def test_a_bucket_without_ground_truth_is_no_number_however_often_it_was_scored(samples: tuple[float, ...]) -> None:
    column = {"seed": tuple(map(float, range(len(samples))))}
    found = Measurement("APl", samples, column if len(samples) > 1 else {})
    entry = Entry(TRIAL, Measured((found,)))
    assert is_empty_bucket(found, AP_LARGE)
    assert estimate_of(entry, AP_LARGE) is None
    assert why_missing(entry, AP_LARGE) == "no ground truth of this kind"


def test_zero_points_are_a_number() -> None:
    entry = Entry(TRIAL, Measured((Measurement("APl", (0.0,)),)))
    found = estimate_of(entry, AP_LARGE)
    assert found is not None
    assert found.value == 0.0
