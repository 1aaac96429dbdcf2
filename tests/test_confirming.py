"""A suspected slow-down is measured again: which trials, and what becomes of the alarm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.confirming import AGAIN, ONCE, confirmed, planned, suspects
from benchbench.types import STATUS, Change, Estimate, Judgement, Kind, Metric
from benchbench.types.compared import Comparison
from tests.end_to_end.conftest import SUITE

J = Judgement
LATENCY = Metric("latency_ms", "latency", "ms", "lower", 1)
SLOWER = Estimate(0.2, 0.15, 0.25)


def change(judgement: Judgement, kind: Kind = "time", variant: str = "heads", metric: Metric = LATENCY) -> Change:
    place = "t", "stand-in", "latency", variant
    return Change(*place, metric, kind, judgement, None, None, SLOWER, 0.1, 0.001, "beyond the threshold")


def of(*changes: Change) -> Comparison:
    return Comparison("a", "b", changes, ("a note",))


def test_suspects_are_timed_regressions_alone() -> None:
    found = of(
        change(J.REGRESSION),
        change(J.IMPROVEMENT, variant="fast"),
        change(J.SUSPICIOUS, variant="odd"),
        change(J.REGRESSION, "exact", "large"),
        change(J.REGRESSION, "exact", "broken", STATUS),
    )
    assert suspects(found) == {("stand-in", "latency", "heads")}


@pytest.mark.parametrize(
    ("second", "expected", "words"),
    [
        (J.REGRESSION, J.REGRESSION, f"{AGAIN} (+20.0%)"),
        (J.EQUIVALENT, J.SUSPICIOUS, f"{ONCE} (equivalent)"),
        (J.SUSPICIOUS, J.SUSPICIOUS, f"{ONCE} (suspicious)"),
        (J.IMPROVEMENT, J.SUSPICIOUS, f"{ONCE} (improvement)"),
        (J.NOT_COMPARABLE, J.SUSPICIOUS, f"{ONCE} (not comparable)"),
    ],
)
def test_what_both_times_show_is_an_alarm(second: Judgement, expected: Judgement, words: str) -> None:
    (found,) = confirmed(of(change(J.REGRESSION)), of(change(second))).changes
    assert found.judgement is expected
    assert words in found.why


def test_what_was_not_measured_again_is_no_alarm() -> None:
    other = change(J.REGRESSION, metric=replace(LATENCY, name="encoder_ms"))
    (found,) = confirmed(of(change(J.REGRESSION)), of(other)).changes
    assert (found.judgement, "insufficient data" in found.why) == (J.SUSPICIOUS, True)


def test_everything_else_stays_as_it_was() -> None:
    first = of(change(J.REGRESSION, "exact"), change(J.IMPROVEMENT), change(J.EQUIVALENT, "data"))
    assert confirmed(first, of()) == first


def test_suspects_are_measured_again_with_their_reference_alone(tmp_path: Path) -> None:
    suite = tmp_path / "small.yaml"
    more = "  layers:\n    title: fewer\n    steps: [drop-layers: {stack: decoder, keep: first, count: 1}]\nprobes:\n"
    suite.write_text(SUITE.replace("probes:\n", more), encoding="utf-8")
    request = flow.Request(str(suite), fresh=True, records=tmp_path / "records")
    (cohort,) = planned(request, {("stand-in", "latency", "heads")}).cohorts
    assert cohort.probe.name == "latency"
    assert [trial.variant.name for trial in cohort.trials] == ["base", "heads"]
    assert planned(request, set()).cohorts == ()
