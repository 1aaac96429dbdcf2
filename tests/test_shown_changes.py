"""A comparison in words: the worst first, the same reason once, nothing of what did not change."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from benchbench.shown_changes import show, summary, told
from benchbench.types import STATUS, Change, Estimate, Judgement, Kind, Metric
from benchbench.types.compared import Comparison

J = Judgement
LATENCY = Metric("latency_ms", "latency", "ms", "lower", 1)
AP = Metric("AP", "AP", "pt", "higher", 1)
ERROR = Metric("RMSE", "RMSE", "m", "lower", 3)


def change(judgement: Judgement, metric: Metric = LATENCY, kind: Kind = "time", variant: str = "heads") -> Change:
    numbers = Estimate(10, 9.9, 10.1), Estimate(12, 11.9, 12.1), Estimate(0.2, 0.18, 0.22)
    return Change(
        f"s / {variant}", "s", "p", variant, metric, kind, judgement, *numbers, 0.1, 0.001, f"why {judgement}"
    )


def shown(capsys: pytest.CaptureFixture[str], *changes: Change) -> tuple[str, str]:
    show(Comparison("before", "after", changes, ("a note",)), 4, as_json=False)
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_the_worst_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = shown(capsys, change(J.SUSPICIOUS, variant="odd"), change(J.REGRESSION, variant="slow"))
    assert out.index("slow") < out.index("odd")


def test_an_improvement_stands_below_what_needs_a_look(capsys: pytest.CaptureFixture[str]) -> None:
    order = (J.REGRESSION, J.FAILED, J.SUSPICIOUS, J.IMPROVEMENT, J.NOT_COMPARABLE, J.INSUFFICIENT_DATA)
    out, _ = shown(capsys, *(change(each, variant=each.name) for each in sorted(order)))
    listed = out[: out.index("before →")]
    assert sorted(order, key=lambda each: listed.index(each.name)) == list(order)
    assert out.splitlines()[-1].endswith(", ".join(f"1 {each}" for each in order))


def test_the_table_of_the_worst_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    kinds: tuple[tuple[J, Kind], ...] = ((J.IMPROVEMENT, "exact"), (J.SUSPICIOUS, "data"), (J.SUSPICIOUS, "exact"))
    out, _ = shown(capsys, *(change(each, kind=kind) for each, kind in (*kinds, (J.REGRESSION, "time"))))
    assert out.index("In time") < out.index("Exact: counts") < out.index("Over images")


def test_numbers_have_their_units(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = shown(capsys, change(J.REGRESSION))
    assert "10.0 ± 0.1\N{NO-BREAK SPACE}ms" in out
    assert "+20.0 ± 2.0\N{NO-BREAK SPACE}%" in out
    assert "10\N{NO-BREAK SPACE}%" in out
    assert "note: a note" in err


def test_points_are_shown_times_a_hundred(capsys: pytest.CaptureFixture[str]) -> None:
    score = replace(change(J.REGRESSION, AP, "data"), before=Estimate(0.42, 0.41, 0.43), after=None, threshold=0.001)
    out, _ = shown(capsys, replace(score, effect=Estimate(-0.02, -0.03, -0.01)))
    assert "42.0 ± 1.0" in out
    assert "−2.0 ± 1.0" in out
    assert "0.1" in out


def test_what_did_not_change_is_counted_and_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = shown(capsys, change(J.EQUIVALENT), change(J.EQUIVALENT, ERROR, "data"), change(J.INCONCLUSIVE))
    assert out == "before → after: 2 equivalent, 1 inconclusive; not listed: 2 time, 1 data\n"
    assert err == "note: a note\n"


def test_one_reason_of_many_metrics_stands_once(capsys: pytest.CaptureFixture[str]) -> None:
    bars = [replace(change(J.NOT_COMPARABLE, metric, "data"), why="data: a | b") for metric in (AP, ERROR)]
    out, _ = shown(capsys, *bars)
    assert out.count("data: a | b") == 1
    assert "2 metrics" in out


def test_a_status_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    fell = replace(
        change(J.REGRESSION, STATUS, "exact"), before=Estimate(1, 1, 1), after=Estimate(0, 0, 0), effect=None
    )
    out, _ = shown(capsys, fell)
    assert "not measured" in out


def test_data_for_programs_are_whole() -> None:
    found = told(Comparison("a", "b", (change(J.REGRESSION), change(J.EQUIVALENT))), 4)
    again = json.loads(json.dumps(found))
    assert (again["exit_code"], again["counts"]) == (4, {"regression": 1, "equivalent": 1})
    assert again["changes"][0]["metric"]["unit"] == "ms"


def test_nothing_is_told_as_nothing() -> None:
    assert summary(Comparison("a", "b", ())) == "nothing to compare"
