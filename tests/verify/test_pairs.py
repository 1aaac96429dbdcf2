"""Verdicts by differences over the same images."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench import stats
from benchbench.types import Claim, Comparison, Difference, Entry, Estimate, Ruling, Verdict
from benchbench.verify import judge
from tests.claimed_suite import METRICS, claim, order, reading, scored, stated, suite
from tests.verify.test_trainings import repeated

BASE, LAYERS, HEADS = (scored(*each, half=0.015) for each in (("base", 0.42), ("layers", 0.41), ("heads", 0.405)))
CLEAR = Difference(-0.01, -0.012, -0.008, 1e-9, "exact McNemar test")
WORSE = claim("ordering", order(Comparison("layers", "<", "base"), metric="AP"))
DROP = claim("change", reading(stated("-1.0pt", -0.01, 0.003), "AP", "difference"))


def judged(made: Claim, left: Entry, right: Entry, difference: Difference | None = None) -> Verdict:
    """The verdict where the first was compared with the second over the same images."""
    ends = (left.trial.identity, right.trial.identity)
    paired = {ends: {"AP": difference}} if difference else {}
    [found] = judge(suite(made), (BASE, LAYERS, HEADS), METRICS, paired)
    return found


def test_the_two_intervals_alone_decide_nothing() -> None:
    assert judged(WORSE, LAYERS, BASE).ruling is Ruling.UNDECIDED
    assert judged(DROP, LAYERS, BASE).ruling is Ruling.UNDECIDED


def test_a_difference_over_the_same_images_decides_and_names_its_test() -> None:
    for made in (WORSE, DROP):
        found = judged(made, LAYERS, BASE, CLEAR)
        assert found.ruling is Ruling.REPRODUCED
        assert "exact McNemar test, p < 0.0001" in found.reason
    assert judged(WORSE, LAYERS, BASE, replace(CLEAR, low=-0.02, high=0.001, p=0.08)).ruling is Ruling.UNDECIDED
    better = Difference(0.01, 0.008, 0.012, 1e-9, "test")
    assert judged(WORSE, LAYERS, BASE, better).ruling is Ruling.REFUTED


def test_it_counts_from_either_side() -> None:
    turned = Difference(0.01, 0.007, 0.012, 0.002, "test")
    found = judged(DROP, BASE, LAYERS, turned)
    assert found.ruling is Ruling.REPRODUCED
    known = found.findings[0].estimate
    assert known is not None
    assert (known.value, known.low, known.high) == (-0.01, -0.012, -0.007)
    assert "test, p = 0.002" in known.scope


def test_changes_in_per_cent_and_thresholds_rest_on_it_too() -> None:
    share = claim("change", reading(stated("-2.4%", -0.024, 0.006), "AP", "change"))
    assert judged(share, LAYERS, BASE).ruling is Ruling.UNDECIDED
    assert judged(share, LAYERS, BASE, CLEAR).ruling is Ruling.REPRODUCED
    by = claim("ordering", order(Comparison("layers", "<", "base", 0.01), metric="AP"))
    assert judged(by, LAYERS, BASE).ruling is Ruling.UNDECIDED
    assert judged(by, LAYERS, BASE, CLEAR).ruling is Ruling.REPRODUCED


def test_trainings_keep_their_seeds() -> None:
    """Where there is no pair for a trained variant, its spread over trainings decides as before."""
    trained = repeated("layers", (0.400, 0.401, 0.402))
    pair = {(LAYERS.trial.identity, HEADS.trial.identity): {"AP": CLEAR}}
    [found] = judge(suite(WORSE), (BASE, trained), METRICS, pair)
    assert found.ruling is Ruling.REPRODUCED
    assert "same images" not in found.reason


@pytest.mark.parametrize("sign", [1, -1])
def test_a_ratio_from_a_difference_holds_both_spreads(sign: int) -> None:
    known = stats.over_images(Difference(sign * 0.1, sign * 0.1 - 0.02, sign * 0.1 + 0.02, 0.01, "test"))
    right = Estimate(0.5, 0.45, 0.6)
    found = stats.ratio_from(known, right)
    assert found.value == pytest.approx(1 + sign * 0.2)
    wider, narrower = (0.2**2 * 0.2**2 + 0.04**2) ** 0.5, (0.2**2 * 0.1**2 + 0.04**2) ** 0.5
    down, up = (wider, narrower) if sign > 0 else (narrower, wider)
    assert (found.value - found.low, found.high - found.value) == pytest.approx((down, up))
    exact = stats.ratio_from(known, Estimate(0.5, 0.5, 0.5, exact=True))
    assert (exact.low, exact.high) == pytest.approx((1 + sign * 0.2 - 0.04, 1 + sign * 0.2 + 0.04))
    with pytest.raises(ValueError, match="may be zero"):
        stats.ratio_from(known, Estimate(0.1, -0.1, 0.3))
