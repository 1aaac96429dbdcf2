"""Reported against measured: what is drawn, on which axes, and where a mark leads."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from benchbench.report import Account
from benchbench.report.agreement_drawing import Even, agreement
from benchbench.report.plots import Dot, Panel
from benchbench.report.reported import reported_plots
from benchbench.report.small_drawing import panel_svg
from benchbench.types import Claim, Estimate, Finding, Form, Range, Reading, Ruling, Source, Verdict
from tests.report.accounts import account
from tests.report.hostile import IMAGE, SCRIPT


def verdict(name: str, form: Form, metric: str, reported: float, measured: float, scale: str = "full") -> Verdict:
    reading = Reading("stated", "as stated", metric, form, "layers", "base", Range(f"{reported:g}", reported, 0, 1))
    claim = Claim(name, "number" if form == "number" else "change", name, Source("x"), scale, (reading,))
    estimate = Estimate(measured, measured * 0.9, measured * 1.1)
    return Verdict(claim, Ruling.REFUTED, "", (Finding(reading, Ruling.REFUTED, "", estimate),))


def panels(*verdicts: Verdict) -> tuple[Panel, ...]:
    plots = reported_plots(replace(account(), verdicts=verdicts))
    return plots[0].panels if plots else ()


def test_changes_and_ratios_share_an_axis_in_per_cent() -> None:
    (panel,) = panels(verdict("a", "change", "params", -0.22, -0.13), verdict("b", "ratio", "latency_ms", 1.3, 1.1))
    assert [number for dot in panel.dots for number in (dot.x, dot.y)] == pytest.approx([-22, -13, 30, 10])
    assert (panel.x, panel.y, panel.is_log) == ("reported, %", "measured, %", False)


def test_large_factors_are_drawn_as_factors_on_logarithmic_axes() -> None:
    (panel,) = panels(verdict("a", "ratio", "latency_ms", 8.0, 2.0), verdict("b", "change", "params", -0.5, -0.4))
    assert panel.is_log
    assert [number for dot in panel.dots for number in (dot.x, dot.y)] == pytest.approx([8.0, 2.0, 0.5, 0.6])


def test_values_of_two_metrics_and_of_two_scales_are_never_mixed() -> None:
    found = panels(
        *(verdict(f"p{number}", "number", "params", 4e7 + number, 4.1e7) for number in range(2)),
        *(verdict(f"l{number}", "number", "latency_ms", 30, 40) for number in range(2)),
        *(verdict(f"s{number}", "number", "latency_ms", 3, 4, "stand-in") for number in range(2)),
        *(verdict(f"a{number}", "number", "AP", 0.42, 0.41) for number in range(2)),
    )
    assert [panel.title for panel in found] == [
        "Parameters, scale “full”",
        "Latency, scale “full”",
        "Latency, scale “stand-in”",
        "Accuracy, scale “full”",
    ]
    assert [panel.is_log for panel in found] == [True, True, True, False]
    assert [panel.x for panel in found] == ["reported, M", "reported, ms", "reported, ms", "reported, pt"]


def test_what_is_alone_of_its_kind_is_named_and_nothing_is_drawn_of_nothing() -> None:
    given = [verdict(name, "change", "params", -0.1, -0.2) for name in "ab"]
    (plot,) = reported_plots(replace(account(), verdicts=(*given, verdict("c", "number", "AP", 0.42, 0.4))))
    assert plot.description.endswith("Alone of their kind, and so only in the ledger: c.")
    assert not panels(given[0])
    assert not panels(verdict("a", "change", "params", -0.1, math.nan), verdict("b", "change", "params", 0.1, math.inf))


def test_the_accounts_dots_are_its_claims_and_lead_to_them() -> None:
    """The reading that a verdict rests on: layer pruning's speed is reproduced as latency, not as throughput."""
    (panel,) = reported_plots(account())[0].panels
    dots = {dot.label: dot for dot in panel.dots}
    assert dots["D2.1.speed"].x == pytest.approx(-30)
    assert (dots["D2.1.speed"].tone, dots["D2.1.speed"].link) == ("holds", "#claim-D2.1.speed")
    assert "D2.1.ap" not in dots
    assert dots["D2.1.params"].words == "D2.1.params: reported −22\u00a0%, measured −13.3\u00a0%, impossible"


def panel(*dots: Dot, is_log: bool = False) -> Panel:
    return Panel("name", "title", "description", "reported, %", "measured, %", dots=dots, is_log=is_log)


def dot(x: float, y: float, label: str = "a", tone: str = "fails") -> Dot:
    return Dot(label, x, y, y, y, tone, label, f"#{label}")


@pytest.mark.parametrize("is_log", [False, True])
def test_a_mark_on_the_diagonal_lies_on_it(is_log: bool) -> None:
    drawn = "".join(agreement(panel(dot(10, 10, tone="holds"), dot(40, 1, "b"), is_log=is_log)))
    ends = re.findall(r'"diagonal" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', drawn)
    x1, y1, x2, y2 = map(float, ends[0])
    x, y = map(float, re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)[0])
    assert (x - x1) / (x2 - x1) == pytest.approx((y - y1) / (y2 - y1), abs=0.01)


@pytest.mark.parametrize(("low", "high"), [(-70.0, 35.0), (0.0, 1.0), (0.41, 0.43), (-1e6, 3e6)])
def test_ticks_are_few_round_and_evenly_apart(low: float, high: float) -> None:
    ticks = list(Even(low, high, 0, 1).ticks())
    gaps = [second - first for first, second in pairwise(ticks)]
    assert 3 <= len(ticks) <= 8
    assert all(low <= tick <= high for tick in ticks)
    assert gaps == pytest.approx([gaps[0]] * len(gaps))


def test_equal_numbers_and_hostile_names_are_drawn() -> None:
    drawn = panel_svg(panel(dot(5, 5, SCRIPT), dot(5, 5, IMAGE), dot(5, 5, tone="changed"), dot(5, 5, tone="open")))
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert drawn.count("<a href=") == 4
    assert "nan" not in drawn


def test_a_page_without_verdicts_has_no_such_plot() -> None:
    given: Account = replace(account(), verdicts=())
    assert reported_plots(given) == ()
