"""Points, fronts and drawings."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from benchbench.report import Account
from benchbench.report.charts import Chart, Point, charts
from benchbench.report.drawing import CROWD, svg
from benchbench.types import Estimate, Measured, Skipped
from tests.report.accounts import TIMED, account
from tests.report.hostile import IMAGE, SCRIPT


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


@pytest.fixture(scope="module")
def found(given: Account) -> dict[str, Chart]:
    return {chart.name: chart for chart in charts(given)}


def test_no_chart_mixes_scales(found: dict[str, Chart]) -> None:
    assert list(found) == ["params-latency_ms-full", "macs-latency_ms-full", "AP-cost-full", "AP-macs-stand-in"]


def test_cost_against_cost_shows_what_is_left_of_the_reference(found: dict[str, Chart]) -> None:
    points = {point.label: point for point in found["params-latency_ms-full"].points}
    assert tuple(points) == TIMED
    assert points["layers"].x.value == pytest.approx(100 * 36_006_432 / 41_524_768)
    assert points["layers"].y.low < points["layers"].y.value < points["layers"].y.high
    assert (points["base"].x.value, points["base"].y.value) == (100, 100)


def test_what_was_pruned_but_is_not_faster_is_named(found: dict[str, Chart]) -> None:
    assert found["params-latency_ms-full"].description.endswith(
        "by less: layers, heads, channels-inner, combined-inner."
    )


def test_front_of_accuracy_against_cost(found: dict[str, Chart]) -> None:
    chart = found["AP-macs-stand-in"]
    assert [chart.points[index].label for index in chart.front] == [
        "channels-backbone", "combined-inner", "depth-2-first", "depth-3-first", "layers", "base",
    ]  # fmt: skip


def test_chart_of_too_few_points_says_why(found: dict[str, Chart]) -> None:
    assert found["AP-cost-full"].missing == (
        "AP against cost, scale “full”: not drawn, because fewer than two variants have both numbers."
    )


def test_accuracy_of_random_weights_is_not_drawn(given: Account) -> None:
    random = tuple(
        replace(e, record=replace(e.record, facts={"weights": "random"}))
        if e.record and isinstance(e.outcome, Measured) and e.trial.probe.name == "coco-ap"
        else e
        for e in given.entries
    )
    last = charts(replace(given, entries=random))[-1]
    assert not last.points
    assert last.missing.endswith("not drawn, because the accuracy of random weights says nothing.")


def test_drawing_is_text_with_title_and_description(found: dict[str, Chart]) -> None:
    chart = found["AP-macs-stand-in"]
    root = ElementTree.fromstring(svg(chart))
    words = {"".join(element.itertext()) for element in root.iter("text")}
    assert {"base", "layers", "Multiply-adds, G", "AP, pt"} <= words
    named = {element.get("id"): element.text for element in root if element.tag in ("title", "desc")}
    assert [named[name] for name in (root.get("aria-labelledby") or "").split()] == [chart.title, chart.description]


def test_drawings_share_no_names_and_load_nothing(found: dict[str, Chart]) -> None:
    drawings = [svg(chart) for chart in found.values() if chart.points]
    names = [name for drawing in drawings for name in re.findall(r'\bid="([^"]+)"', drawing)]
    assert len(names) == len(set(names))
    assert not any("http" in drawing or "<style" in drawing or "<!--" in drawing for drawing in drawings)


def test_equal_charts_give_equal_drawings(found: dict[str, Chart]) -> None:
    chart = found["macs-latency_ms-full"]
    assert svg(chart) == svg(chart)


def test_hostile_labels_stay_text() -> None:
    points = tuple(
        Point(label, *(Estimate(at, at, at),) * 2) for label, at in ((SCRIPT, 1.0), (IMAGE, 5.0), ("$x^2$ --> 组", 9.0))
    )
    drawing = svg(Chart("hostile", SCRIPT, IMAGE, SCRIPT, IMAGE, points))
    root = ElementTree.fromstring(drawing)
    words = {"".join(element.itertext()) for element in root.iter("text")}
    assert {SCRIPT, IMAGE, "$x^2$ --> 组"} <= words
    assert not list(root.iter("script")) + list(root.iter("img"))


def test_labels_do_not_overlap() -> None:
    crowd = tuple(Point(f"variant-{n}", *(Estimate(n % 5, n % 5, n % 5),) * 2) for n in range(12))
    root = ElementTree.fromstring(svg(Chart("crowd", "t", "d", "x", "y", crowd)))
    places = []
    for element in root.iter("text"):
        if (element.text or "").startswith("variant"):
            x, y = float(element.get("x") or 0), float(element.get("y") or 0)
            width = 4.9 * len(element.text or "")
            anchor = re.search(r"text-anchor: (\w+)", element.get("style") or "")
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor.group(1) if anchor else "start"] * width
            places.append((left, left + width, y - 8, y))
    assert len(places) >= 5
    for number, (a0, a1, b0, b1) in enumerate(places):
        for c0, c1, d0, d1 in places[:number]:
            assert a1 <= c0 or c1 <= a0 or b1 <= d0 or d1 <= b0


def test_what_the_default_budget_left_out_hides_nothing(given: Account) -> None:
    """Another runtime's cohort comes first in a plan, as skipped; the suite's order decides which one is drawn."""
    timed = [entry for entry in given.entries if entry.trial.probe.name == "latency"]
    other = replace(timed[0].trial.probe.condition, runtime="onnxruntime")
    uses = [entry.trial.probe for entry in timed]
    aside = tuple(
        replace(
            entry,
            trial=replace(entry.trial, probe=replace(entry.trial.probe, condition=other)),
            outcome=Skipped("outside the default budget", "--all"),
            record=None,
        )
        for entry in timed
    )
    suite = replace(given.suite, probes=(*given.suite.probes, replace(uses[0], condition=other)))
    told = replace(given, suite=suite, entries=(*aside, *given.entries))

    drawn = {chart.name: chart for chart in charts(told)}
    assert tuple(point.label for point in drawn["params-latency_ms-full"].points) == TIMED


def test_a_crowd_has_its_bars_as_one_path() -> None:
    """As many as have a length, and still a mark for every point."""
    points = tuple(
        Point(f"variant-{n}", Estimate(n, n, n), Estimate(n % 7, n % 7 - (n > 0), n % 7 + 1.0)) for n in range(CROWD)
    )
    drawn = svg(Chart("many", "t", "d", "x", "y", points, diagonal=True))
    bars = re.findall(r'<path d="([^"]+)"[^>]*stroke: var\(--muted\); stroke-width: 0.9', drawn)
    assert [path.count("M") for path in bars] == [CROWD]
    assert drawn.count("<use") >= CROWD
