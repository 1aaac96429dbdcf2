"""Scales, trends, order and exit of verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.types import Comparison, Quotation, Ruling, Verdict
from benchbench.verify import judge, refuted
from tests.claimed_suite import (
    METRICS,
    claim,
    counted,
    order,
    reading,
    scored,
    skipped,
    stated,
    suite,
    verdict,
)

QUARTER = reading(stated("-25%", -0.25, 0.005))
SMALL = counted("base", 100, scale="stand-in"), counted("layers", 75, scale="stand-in")
LARGE = counted("base", 1000), counted("layers", 900)


def test_a_stand_in_never_decides_but_shows_its_trend() -> None:
    found = verdict(claim("change", QUARTER), *SMALL)
    assert found.ruling is Ruling.NOT_MEASURED
    (trend,) = found.trend
    assert trend.ruling is Ruling.NOT_COMPARABLE
    assert trend.estimate is not None
    assert trend.estimate.value == pytest.approx(-0.25)
    assert "decides nothing here" in trend.reason
    assert verdict(claim("change", QUARTER), *SMALL, *LARGE).ruling is Ruling.IMPOSSIBLE


def test_an_ordering_shows_its_trend_too() -> None:
    made = claim("ordering", order(Comparison("layers", "<", "base"), metric="AP"))
    small = scored("base", 0.5, scale="stand-in"), scored("layers", 0.4, scale="stand-in")
    found = verdict(made, skipped("layers", "AP"), skipped("base", "AP"), *small)
    assert found.ruling is Ruling.NOT_MEASURED
    assert "holds" in found.trend[0].reason
    assert verdict(made, skipped("layers", "AP")).trend == ()


def test_a_claim_that_names_no_model_is_decided_where_it_can_be_the_model_first() -> None:
    anywhere = claim("change", QUARTER, scale="any")
    found = verdict(anywhere, *SMALL)
    assert found.ruling is Ruling.REPRODUCED
    assert "judged at scale 'stand-in', since the claim names no model" in found.reason
    assert found.trend == ()
    found = verdict(anywhere, *SMALL, *LARGE)
    assert found.ruling is Ruling.IMPOSSIBLE
    assert "scale 'full'" in found.reason
    assert verdict(anywhere).ruling is Ruling.NOT_MEASURED
    assert "scale 'stand-in'" in verdict(anywhere).reason


def test_claims_keep_their_order() -> None:
    claims = [claim("change", QUARTER, name=name) for name in ("b", "a", "c")]
    assert [each.claim.id for each in judge(suite(*claims), [], METRICS)] == ["b", "a", "c"]


def test_any_kind_of_claim_may_rest_on_quotations_alone_or_beside() -> None:
    word = Quotation("the author", "c0ffee", "issues/1", 3, "so it is", supports=True)
    assert verdict(claim("ordering", quotations=(word,))).ruling is Ruling.ATTESTED
    beside = verdict(claim("change", QUARTER, quotations=(word,)), *LARGE)
    assert beside.ruling is Ruling.IMPOSSIBLE
    assert "“so it is”" in beside.reason


@pytest.mark.parametrize("ruling", list(Ruling))
def test_exit(ruling: Ruling) -> None:
    found = Verdict(claim("fact"), ruling, "")
    against = {Ruling.REFUTED, Ruling.IMPOSSIBLE, Ruling.CONTRADICTED, Ruling.CANNOT_RUN}
    assert refuted([replace(found, ruling=Ruling.REPRODUCED), found]) is (ruling in against)
    assert not refuted([])
