"""What an entry says of a metric."""

from __future__ import annotations

import pytest

from benchbench.report.values import change_of, estimate_of, is_accuracy, is_empty_bucket, why_missing
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


COSINE = Metric("drift_cosine", "cosine to the reference", "", "higher", 5)
DRIFT = Trial(TRIAL.variant, SHAPES, ProbeUse("drift"))


def test_what_is_told_against_the_reference_has_no_change_and_is_no_accuracy() -> None:
    ours, theirs = (Entry(DRIFT, Measured((Measurement("drift_cosine", (value,)),))) for value in (0.9, 1.0))
    assert change_of(ours, theirs, COSINE) is None
    assert not is_accuracy(DRIFT.probe, COSINE)
    assert change_of(Entry(TRIAL, ours.outcome), Entry(TRIAL, theirs.outcome), COSINE) is not None


def test_a_measured_entry_without_a_number_says_why() -> None:
    entry = Entry(DRIFT, Measured((), ("not comparable with the reference: 'logits' is (1, 5)",)))
    assert why_missing(entry, COSINE) == "not comparable with the reference: 'logits' is (1, 5)"
    other = Entry(DRIFT, Measured((Measurement("drift_max_abs", (0.1,)),), ("a note",)))
    assert why_missing(other, COSINE) == "the probe gave no such number"
