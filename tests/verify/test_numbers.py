"""Rulings on numbers, ratios, changes and facts, and each rule's boundary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.stats import NO_INTERVAL
from benchbench.types import Claim, Entry, Estimate, Measurement, Range, Ruling
from benchbench.verify.numbers import rule
from tests.claimed_suite import (
    claim,
    counted,
    failed,
    measured,
    reading,
    scored,
    skipped,
    stated,
    timed,
    trial,
    verdict,
)

QUARTER = stated("-25%", -0.25, 0.005)
BASE = counted("base", 1000)
STEADY = [0.70, 0.71, 0.70, 0.69, 0.70, 0.70]


def cut(value: float) -> tuple[Entry, ...]:
    return BASE, counted("layers", value)


@pytest.mark.parametrize(
    ("left", "ruling"),
    [
        (750, Ruling.REPRODUCED),
        (755, Ruling.REPRODUCED),
        (745, Ruling.REPRODUCED),
        (756, Ruling.IMPOSSIBLE),
        (744, Ruling.IMPOSSIBLE),
    ],
)
def test_counts_decide_up_to_the_limit(left: float, ruling: Ruling) -> None:
    found = verdict(claim("change", reading(QUARTER)), *cut(left))
    assert found.ruling is ruling
    assert "parameters from 'base' to 'layers'" in found.reason
    assert "-25%" in found.reason


def test_forms() -> None:
    numbers = {
        "number": stated("750", 750, 0.5),
        "ratio": stated("x0.75", 0.75, 0.005),
        "difference": stated("-250", -250, 5),
    }
    for form, covers in numbers.items():
        kind = "change" if form == "difference" else form
        found = verdict(claim(kind, reading(covers, form=form)), *cut(750))  # type: ignore[arg-type]
        assert found.ruling is Ruling.REPRODUCED, form


def test_one_reading_that_is_reached_is_enough_and_is_named() -> None:
    readings = (reading(QUARTER, name="total"), reading(QUARTER, "params_paper", name="paper"))
    paper = (counted("base", 100, "params_paper"), counted("layers", 75, "params_paper"))
    found = verdict(claim("change", *readings), *cut(900), *paper)
    assert found.ruling is Ruling.REPRODUCED
    assert "under the reading 'paper'" in found.reason
    assert [finding.ruling for finding in found.findings] == [Ruling.IMPOSSIBLE, Ruling.REPRODUCED]


def test_impossible_names_the_nearest_reading() -> None:
    readings = (reading(QUARTER, name="far"), reading(QUARTER, "params_paper", name="near"))
    paper = (counted("base", 100, "params_paper"), counted("layers", 80, "params_paper"))
    found = verdict(claim("change", *readings), *cut(990), *paper)
    assert found.ruling is Ruling.IMPOSSIBLE
    assert "each of the 2 readings misses; the nearest under the reading 'near'" in found.reason
    assert "−20.0 %" in found.reason


def test_a_reading_that_is_not_measured_keeps_it_open() -> None:
    readings = (reading(QUARTER, name="total"), reading(QUARTER, "params_paper", name="paper"))
    found = verdict(claim("change", *readings), *cut(990))
    assert found.ruling is Ruling.NOT_MEASURED
    assert "1 of 2 readings miss" in found.reason


def test_facts_are_refuted_by_the_built_model() -> None:
    fact = claim("fact", reading(stated("8", 8), "heads_encoder", "number", "base"))
    assert verdict(fact, counted("base", 8, "heads_encoder")).ruling is Ruling.REPRODUCED
    found = verdict(fact, counted("base", 6, "heads_encoder"))
    assert found.ruling is Ruling.REFUTED
    assert found.reason == "Refuted: counted 6 for heads of 'base', outside the stated 8."


FASTER = reading(stated("-30%", -0.30, 0.02), "latency_ms")


def test_unstated_hardware_matches_none_and_says_what_is_here() -> None:
    found = verdict(
        claim("change", FASTER, conditions={"hardware": "unstated"}), timed("layers", STEADY), timed("base", [1] * 6)
    )
    assert found.ruling is Ruling.UNDECIDED
    assert "hardware that is unstated; here: −30.0 % [−31.0 to −29.0 %] on Xeon 8481C (2 threads)" in found.reason
    assert found.findings[0].estimate is not None


@pytest.mark.parametrize(
    ("hardware", "ruling"),
    [("any", Ruling.REPRODUCED), ("xeon 8481c", Ruling.REPRODUCED), ("V100", Ruling.UNDECIDED)],
)
def test_hardware(hardware: str, ruling: Ruling) -> None:
    arms = (timed("layers", STEADY), timed("base", [1] * 6))
    assert verdict(claim("change", FASTER, conditions={"hardware": hardware}), *arms).ruling is ruling


def test_no_word_of_hardware_is_unstated_for_a_number() -> None:
    assert verdict(claim("change", FASTER), timed("layers", STEADY), timed("base", [1] * 6)).ruling is Ruling.UNDECIDED


@pytest.mark.parametrize(
    ("ratios", "ruling"),
    [
        (STEADY, Ruling.REPRODUCED),
        ([0.60, 0.80, 0.65, 0.75, 0.70, 0.72], Ruling.UNDECIDED),
        ([0.90, 0.91, 0.90, 0.89, 0.90, 0.90], Ruling.REFUTED),
        ([0.70], Ruling.UNDECIDED),
    ],
)
def test_timed_intervals(ratios: list[float], ruling: Ruling) -> None:
    here = claim("change", FASTER, conditions={"hardware": "any", "batch": "unstated"})
    found = verdict(here, timed("layers", ratios), timed("base", [1] * len(ratios)))
    assert found.ruling is ruling
    assert "batch unstated, 1 here" in found.reason


def test_the_entry_under_the_stated_condition_is_taken_and_another_is_not_comparable() -> None:
    arms = [
        timed(name, ratios, batch=batch) for batch in (1, 8) for name, ratios in (("layers", STEADY), ("base", [1] * 6))
    ]
    conditions = {"hardware": "any", "batch": 8}
    assert verdict(claim("change", FASTER, conditions=conditions), *arms).ruling is Ruling.REPRODUCED
    found = verdict(claim("change", FASTER, conditions=conditions), *arms[:2])
    assert found.ruling is Ruling.NOT_COMPARABLE
    assert "batch: 8 there, 1 here" in found.reason


def test_counts_ignore_conditions_of_running_but_not_their_input() -> None:
    many = claim("number", reading(stated("86G", 86e9, 5e8), "macs", "number", "base"), conditions={"batch": 8})
    macs = counted("base", 91e9, "macs")
    assert verdict(many, macs).ruling is Ruling.IMPOSSIBLE
    found = verdict(replace(many, conditions={"input": "mean over 100 images"}), macs)
    assert found.ruling is Ruling.NOT_COMPARABLE
    assert "input: mean over 100 images there, 800×1066 here" in found.reason


LOSS = reading(stated("-1.2pt", -0.012, 0.0005), "AP", "difference")
AP = claim("change", LOSS, conditions={"recovery": "any"})


@pytest.mark.parametrize(
    ("value", "half", "ruling"),
    [
        (0.408, 0.0001, Ruling.REPRODUCED),
        (0.408, 0.001, Ruling.UNDECIDED),
        (0.300, 0.001, Ruling.REFUTED),
        (0.300, None, Ruling.UNDECIDED),
    ],
)
def test_accuracy(value: float, half: float | None, ruling: Ruling) -> None:
    found = verdict(AP, scored("base", 0.42, half), scored("layers", value, half))
    assert found.ruling is ruling
    assert "points" in found.reason


def test_random_weights_compare_with_nothing() -> None:
    found = verdict(AP, scored("base", 0.0, weights="random"), scored("layers", 0.0, weights="random"))
    assert found.ruling is Ruling.NOT_COMPARABLE
    assert "weights: trained there, random here" in found.reason


def test_skipped_gives_the_remedy_and_failed_the_error() -> None:
    found = verdict(AP, scored("base", 0.42), skipped("layers", "AP"))
    assert (found.ruling, found.findings[0].remedy) == (Ruling.NOT_MEASURED, "benchbench fetch coco")
    assert "no COCO here; to measure it: benchbench fetch coco" in found.reason
    found = verdict(AP, scored("base", 0.42), failed("layers", "AP", "NaN in 3 % of boxes\ntrace"))
    assert found.ruling is Ruling.NOT_MEASURED
    assert "layers failed in coco-ap: NaN in 3 % of boxes; to measure it" in found.reason
    assert "trace" not in found.reason


@pytest.mark.parametrize(
    ("recovery", "value", "ruling"),
    [
        ("unstated", 0.408, Ruling.REPRODUCED),
        ("unstated", 0.300, Ruling.NOT_COMPARABLE),
        ("fine-tuned 50 epochs", 0.408, Ruling.NOT_COMPARABLE),
        ("none", 0.408, Ruling.REPRODUCED),
        ("none", 0.300, Ruling.REFUTED),
    ],
)
def test_recovery_is_a_condition(recovery: str, value: float, ruling: Ruling) -> None:
    found = verdict(
        replace(AP, conditions={"recovery": recovery}), scored("base", 0.42, 1e-4), scored("layers", value, 1e-4)
    )
    assert found.ruling is ruling
    if ruling is Ruling.NOT_COMPARABLE:
        assert "recovery" in found.reason
        assert "none" in found.reason


def test_an_uncut_model_needs_no_recovery() -> None:
    number = claim(
        "number", reading(stated("42.0", 0.42, 0.0005), "AP", "number", "base"), conditions={"recovery": "unstated"}
    )
    assert verdict(number, scored("base", 0.30)).ruling is Ruling.REFUTED


def test_on_the_very_images_a_point_decides_but_refutes_only_beyond_the_interval() -> None:
    number = claim("number", reading(stated("42.0", 0.42, 0.0005), "AP", "number", "base"), conditions={"images": 5000})
    assert verdict(number, scored("base", 0.4203, 0.006)).ruling is Ruling.REPRODUCED
    assert verdict(number, scored("base", 0.4210, 0.006)).ruling is Ruling.UNDECIDED
    assert verdict(number, scored("base", 0.4100, 0.006)).ruling is Ruling.REFUTED
    found = verdict(number, scored("base", 0.4203, 0.006, images=80))
    assert found.ruling is Ruling.NOT_COMPARABLE
    assert "images: 5000 there, 80 here" in found.reason


def test_an_empty_bucket_is_not_a_number() -> None:
    number = claim("number", reading(stated("42.0", 0.42, 0.0005), "AP", "number", "base"))
    found = verdict(number, measured(trial("base", "AP"), Measurement("AP", (-1.0,))))
    assert found.ruling is Ruling.NOT_MEASURED
    assert "no ground truth" in found.reason


def test_a_ratio_to_nothing_is_undecided() -> None:
    share = claim("change", reading(QUARTER, "AP"), conditions={"weights": "any"})
    assert verdict(share, scored("base", 0.0, 0.0), scored("layers", 0.0, 0.0)).ruling is Ruling.UNDECIDED


def test_the_primary_figure_stands_beside_where_it_differs() -> None:
    primary = claim("number", reading(stated("41.3M", 41.3e6), "params", "number", "base"), name="P")
    number = claim("number", reading(stated("41M", 41e6), "params", "number", "base"), primary="P")
    found = verdict(number, counted("base", 41_524_768), others=[primary])
    assert "the primary source (the document) says 41.3M" in found.reason
    same: Claim = replace(primary, id="C", primary="P")
    assert "primary" not in verdict(same, counted("base", 41_524_768), others=[primary]).reason


@pytest.mark.parametrize("ruling", [Ruling.REPRODUCED, Ruling.IMPOSSIBLE])
def test_a_reason_is_one_sentence(ruling: Ruling) -> None:
    found = verdict(claim("change", reading(QUARTER)), *cut(750 if ruling is Ruling.REPRODUCED else 1000))
    assert found.reason.endswith(".")
    assert ". " not in found.reason
    assert found.reason[0].isupper()


limits = st.floats(-10, 10).flatmap(lambda low: st.floats(0, 5).map(lambda width: Range("x", low, low, low + width)))
spreads = st.tuples(st.floats(0, 5), st.floats(0, 5))


@given(st.floats(-10, 10), spreads, spreads, limits, st.booleans())
def test_a_wider_interval_never_decides_more(
    value: float, spread: tuple[float, float], more: tuple[float, float], covers: Range, same: bool
) -> None:
    narrow = Estimate(value, value - spread[0], value + spread[1], 9)
    wide = replace(narrow, low=narrow.low - more[0], high=narrow.high + more[1])
    before, after = (rule(each, covers, same_images=same) for each in (narrow, wide))
    assert after in (before, Ruling.UNDECIDED)


@given(st.floats(-10, 10), limits)
def test_counts_are_always_decided_and_lone_samples_never(value: float, covers: Range) -> None:
    assert rule(Estimate(value, value, value, exact=True), covers) is not Ruling.UNDECIDED
    assert rule(Estimate(value, value, value, scope=NO_INTERVAL), covers) is Ruling.UNDECIDED
