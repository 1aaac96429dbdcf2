"""Rulings on orderings, and each rule's boundary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.stats import NO_INTERVAL
from benchbench.types import Comparison, Estimate, Ruling
from benchbench.verify.orderings import state
from tests.claimed_suite import claim, counted, order, scored, skipped, timed, verdict

LESS = Comparison("layers", "<", "base")
MORE = Comparison("layers", ">", "base")
FLAT = [1.0] * 6
FAST = [0.70, 0.71, 0.70, 0.69, 0.70, 0.70]


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (1.11, 1.2, "holds"),
        (1.09, 1.2, "open"),
        (0.95, 1.1, "fails"),
        (0.8, 0.89, "opposite"),
        (0.8, 0.95, "fails"),
        (0.8, 1.2, "open"),
    ],
)
def test_states_about_a_threshold(low: float, high: float, found: str) -> None:
    known = Estimate((low + high) / 2, low, high, 9)
    assert state(known, Comparison("a", ">", "b", 0.1), 1.0) == found
    mirrored = Estimate(2 - known.value, 2 - high, 2 - low, 9)
    assert state(mirrored, Comparison("a", "<", "b", 0.1), 1.0) == found


def test_a_lone_sample_is_open() -> None:
    assert state(Estimate(2, 2, 2, scope=NO_INTERVAL), MORE, 1.0) == "open"


@given(st.floats(-3, 3), st.floats(0, 2), st.floats(0, 2), st.floats(0, 1), st.sampled_from(["<", ">"]))
def test_a_wider_interval_never_decides_more(
    value: float, spread: float, more: float, threshold: float, relation: str
) -> None:
    comparison = replace(MORE, threshold=threshold, relation=relation)  # type: ignore[arg-type]
    narrow = Estimate(value, value - spread, value + spread, 9)
    wide = replace(narrow, low=narrow.low - more, high=narrow.high + more)
    allowed = {"opposite": {"opposite", "fails", "open"}, "fails": {"fails", "open"}}
    before, after = state(narrow, comparison, 0.0), state(wide, comparison, 0.0)
    assert after in allowed.get(before, {before, "open"})


@pytest.mark.parametrize(("left", "ruling"), [(99, Ruling.REPRODUCED), (100, Ruling.REFUTED), (101, Ruling.REFUTED)])
def test_counts(left: float, ruling: Ruling) -> None:
    made = claim("ordering", order(LESS, metric="params"))
    found = verdict(made, counted("base", 100), counted("layers", left))
    assert found.ruling is ruling
    assert "parameters of 'layers' < 'base'" in found.reason


def test_timed_arms_are_paired() -> None:
    found = verdict(claim("ordering", order(LESS)), timed("layers", FAST), timed("base", FLAT))
    assert found.ruling is Ruling.REPRODUCED
    assert "×0.70 [×0.69 to ×0.71]" in found.reason
    assert "on Xeon 8481C (2 threads)" in found.reason
    assert verdict(claim("ordering", order(MORE)), timed("layers", FAST), timed("base", FLAT)).ruling is Ruling.REFUTED


def test_two_arms_are_paired_with_each_other() -> None:
    drifting = [1.0, 1.5, 0.7, 2.0, 1.2, 0.9]
    arms = timed("layers", [0.9 * each for each in drifting]), timed("heads", drifting)
    made = claim("ordering", order(Comparison("layers", "<", "heads")))
    assert verdict(made, *arms).ruling is Ruling.REPRODUCED
    apart = arms[0], timed("heads", drifting, run="r2")
    assert verdict(made, *apart).ruling is Ruling.UNDECIDED


def test_a_general_statement_is_bound_to_hardware_only_where_it_says_so() -> None:
    bound = claim("ordering", order(LESS), conditions={"hardware": "unstated"})
    found = verdict(bound, timed("layers", FAST), timed("base", FLAT))
    assert found.ruling is Ruling.UNDECIDED
    assert "here: latency of 'layers' < 'base'" in found.reason


@pytest.mark.parametrize(
    ("value", "hedged", "ruling"),
    [
        (0.45, False, Ruling.REPRODUCED),
        (0.45, True, Ruling.REPRODUCED),
        (0.42, False, Ruling.UNDECIDED),
        (0.39, False, Ruling.REFUTED),
        (0.39, True, Ruling.REFUTED),
    ],
)
def test_accuracy(value: float, hedged: bool, ruling: Ruling) -> None:
    made = claim("ordering", order(MORE, metric="AP"), hedged=hedged)
    assert verdict(made, scored("layers", value), scored("base", 0.42)).ruling is ruling


@pytest.mark.parametrize(
    ("left", "hedged", "ruling"),
    [
        (95, False, Ruling.REFUTED),
        (95, True, Ruling.UNDECIDED),
        (89, True, Ruling.REFUTED),
        (111, True, Ruling.REPRODUCED),
    ],
)
def test_a_hedge_is_refuted_only_by_the_opposite(left: float, hedged: bool, ruling: Ruling) -> None:
    made = claim("ordering", order(replace(MORE, threshold=0.1), metric="params"), hedged=hedged)
    found = verdict(made, counted("base", 100), counted("layers", left))
    assert found.ruling is ruling
    assert "by 10 %" in found.reason


def test_all_must_hold_and_one_that_fails_refutes() -> None:
    heads = Comparison("heads", "<", "base")
    both = claim("ordering", order(LESS, heads, metric="params"))
    base, layers = counted("base", 100), counted("layers", 90)
    assert verdict(both, base, layers, counted("heads", 95)).ruling is Ruling.REPRODUCED
    assert verdict(both, base, layers, counted("heads", 105)).ruling is Ruling.REFUTED
    assert verdict(both, base, layers, skipped("heads", "params")).ruling is Ruling.NOT_MEASURED
    assert verdict(both, base, counted("layers", 110), skipped("heads", "params")).ruling is Ruling.REFUTED


def test_random_weights_and_unknown_stages() -> None:
    made = claim("ordering", order(MORE, metric="AP"))
    drawn = scored("layers", 0.0, weights="random"), scored("base", 0.0, weights="random")
    assert verdict(made, *drawn).ruling is Ruling.NOT_COMPARABLE
    unstated = replace(made, conditions={"recovery": "unstated"})
    assert verdict(unstated, scored("layers", 0.3), scored("base", 0.42)).ruling is Ruling.NOT_COMPARABLE
    assert verdict(unstated, scored("layers", 0.5), scored("base", 0.42)).ruling is Ruling.REPRODUCED


def test_no_ratio_to_nothing() -> None:
    made = claim("ordering", order(replace(MORE, threshold=0.1), metric="AP"))
    assert verdict(made, scored("layers", 0.3), scored("base", 0.0)).ruling is Ruling.UNDECIDED


def test_nothing_to_compare() -> None:
    assert verdict(claim("ordering", order())).ruling is Ruling.NOT_MEASURED
