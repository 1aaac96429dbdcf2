"""Rooflines on the page: their marks under their roofs, their numbers beside them, and sentences without invention."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from benchbench.report import Account, render, tables
from benchbench.report.plots import Mark, Panel, Roofs
from benchbench.report.roof_drawing import Axis
from benchbench.report.rooflines import advice, roof_plots, roof_tables, sentence
from benchbench.report.small_drawing import panel_svg
from benchbench.types import Estimate, SpeedLimit
from tests.report.depth_accounts import account

SPACE = "\N{NO-BREAK SPACE}"
LIMIT = SpeedLimit("cut", 0.62, 1.6, Estimate(1.33, 1.3, 1.36, 12), True, (0.1, 0.1), (1.1e10, 6.2e9), (0.55, 0.31))


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


def test_every_model_and_block_is_a_mark(given: Account) -> None:
    (plot,) = roof_plots(given)
    (panel,) = plot.panels
    kinds = [mark.kind for mark in panel.marks]
    assert (kinds.count("reference"), kinds.count("model"), kinds.count("block")) == (1, 4, 13)
    assert [mark.label for mark in panel.marks if mark.kind == "block" and mark.label] == ["encoder", "everything else"]
    assert "peak is 600.0 GMAC/s, and its memory moves 9.00 GB/s: below 66.7" in plot.description
    assert panel.roofs == Roofs(9.0, 600.0, "9.00 GB/s", "peak 600.0 GMAC/s")
    assert panel.is_wide


def test_marks_lie_under_the_roofs_exactly_when_they_are_below(given: Account) -> None:
    panel = roof_plots(given)[0].panels[0]
    root = ElementTree.fromstring(panel_svg(panel))
    roof = next(path for path in root.iter("path") if path.get("class") == "roof").get("d", "")
    points = [tuple(map(float, part.split())) for part in roof[1:].split("L")]
    models = [circle for circle in root.iter("circle") if circle.get("class") == "mark-model"]
    marks = [mark for mark in panel.marks if mark.kind == "model"]
    assert len(points) == 3
    for circle, mark in zip(models, marks, strict=True):
        x, y = float(circle.get("cx", 0)), float(circle.get("cy", 0))
        (x1, y1), (x2, y2), _ = points
        height = y1 + (y2 - y1) * (x - x1) / (x2 - x1) if x < x2 else y2
        assert (y > height) == (mark.y < min(600.0, 9 * mark.x))
        assert (circle.find("title") or ElementTree.Element("")).text or circle[0].text


@given_any(
    st.lists(st.tuples(st.floats(1e-3, 1e6), st.floats(1e-6, 1e6)), min_size=1, max_size=8),
    st.floats(1e-3, 1e6),
    st.floats(1e-3, 1e6),
)
def test_whatever_the_numbers_everything_is_inside(
    points: list[tuple[float, float]], slope: float, level: float
) -> None:
    marks = tuple(Mark(f"<{n}>&", x, y, "model", f"{n}") for n, (x, y) in enumerate(points))
    svg = panel_svg(Panel("p", "t", "d", marks=marks, roofs=Roofs(slope, level, "slope", "level")))
    root = ElementTree.fromstring(svg)
    assert root.find("title") is not None
    width, height = map(float, root.get("viewBox", "").split()[2:])
    for circle in root.iter("circle"):
        assert 0 < float(circle.get("cx", 0)) < width
        assert 0 < float(circle.get("cy", 0)) < height
    for number in re.findall(r'(?<= [xy]=")[^"]+', svg):
        assert -1 <= float(number) <= width


@given_any(st.floats(1e-3, 1e3), st.floats(2, 1e5))
def test_ticks_are_round_and_inside(low: float, span: float) -> None:
    axis = Axis(low, low * span, 0, 100)
    for tick in axis.ticks():
        assert low <= tick <= low * span
        assert f"{tick:.0e}"[0] in "125"
        assert 0 <= axis.at(tick) <= 100


def test_numbers_stand_beside_the_drawing(given: Account) -> None:
    limits, loads = roof_tables(given)
    assert [row[0].text for row in limits.rows] == ["layers-8", "layers-6", "layers-4", "heads-0.5"]
    assert loads.rows[0][1].text == f"5.60{SPACE}G"
    assert [row[0].text for row in loads.rows[-2:]] == ["encoder, 12 blocks", "everything else"]
    assert loads.rows[0][5].text.endswith("%")
    assert {"speed-limits-stand-in", "roofline-stand-in"} <= {table.name for table in tables(given)}


def test_without_a_machine_the_page_says_how_to_get_one(given: Account) -> None:
    unknown = replace(given, profiles=tuple(replace(profile, machine=None) for profile in given.profiles))
    assert roof_plots(unknown) == ()
    (words,) = advice(unknown)
    assert "benchbench doctor --calibrate" in words
    assert "benchbench doctor --calibrate" in render(unknown, "html")
    assert list(advice(given)) == []
    assert len(roof_tables(unknown)) == 2


def test_a_page_without_profiles_says_nothing_of_them(given: Account) -> None:
    assert "How fast it could be" not in render(replace(given, profiles=()), "markdown")


def plain(limit: SpeedLimit) -> str:
    return sentence(limit).replace(SPACE, " ")


def test_the_sentence_tells_the_measured_numbers() -> None:
    assert plain(LIMIT) == (
        "62 % of the reference's time is outside of what was cut: at most ×1.60; measured ×1.33 ± 0.03. "
        "The cut blocks compute at 31 % of the machine's peak, 55 % before."
    )


def test_without_a_machine_rates_are_told() -> None:
    assert plain(replace(LIMIT, peaks=None)).endswith("The cut blocks compute at 6.20 GMAC/s, 11.0 GMAC/s before.")


def test_what_is_gone_has_no_rate() -> None:
    told = plain(replace(LIMIT, peaks=None, rates=None, bound=float("inf"), is_timed=False))
    assert "no bound; measured in the profile alone ×1.33" in told
    assert told.endswith("The blocks that were cut are gone as a whole.")


def test_more_than_the_bound_is_said_and_so_is_what_else_changed() -> None:
    told = plain(replace(LIMIT, measured=Estimate(1.8, 1.7, 1.9, 12), outside_seconds=(0.1, 0.0525)))
    assert "measured ×1.80 ± 0.10, more than the bound." in told
    assert told.endswith("What was not cut took 52.5 ms, 100 ms before.")
    assert "What was not cut" not in plain(replace(LIMIT, outside_seconds=(0.1, 0.104)))
    assert "more than" not in plain(replace(LIMIT, measured=Estimate(1.8, 1.5, 2.1, 12)))
