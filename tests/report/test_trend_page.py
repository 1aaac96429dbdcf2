"""The page of trends in a real browser: it asks nobody, says nothing, and names are text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from benchbench.nights import trend
from benchbench.report.trend_drawing import BEYOND, TICKS, caption, round_ticks, trend_svg
from benchbench.report.trend_page import summary, trend_page
from benchbench.types import Estimate, Failed, Metric
from benchbench.types.trended import History, Night, Trend
from tests.nightly_records import kept, latencies, timed
from tests.report.hostile import IMAGE, PIPE, SCRIPT
from tests.report.test_browser import CHROMIUM, FLAGS

METRIC = Metric("latency_ms", "latency", "ms", "lower", 1, probe="latency")
SLOWER = [0.8] * 12 + [1.0] * 10


def history(name: str = "heads") -> History:
    records = [*latencies(SLOWER, timed(name)), kept(timed(name), 30, Failed(IMAGE))]
    return History(METRIC, (trend(METRIC, records),), (PIPE,))


def test_what_there_is_to_see_in_a_sentence() -> None:
    assert summary(history()) == "1 series, 23 nights, 1 machine, 1 step, 1 for the worse."


def test_a_step_is_drawn_where_it_was_sought() -> None:
    page = trend_page(history())
    assert page.count('class="step worse"') == 1
    assert page.count('class="level"') == 2
    assert page.count('class="lost"') == 2
    assert page.count("<circle") == 2 * len(SLOWER)


def drawn(estimates: Sequence[Estimate], hours: float = 24.0) -> tuple[str, str]:
    """The drawing of one night after another, and its caption."""
    nights = [Night(f"{n}", f"2026-01-{1 + n * hours // 24:02.0f}T{n * hours % 24:02.0f}:30:00+00:00", each)
              for n, each in enumerate(estimates)]  # fmt: skip
    found = Trend("small", "latency", "heads", "", METRIC, tuple(nights))
    return trend_svg(found, "t", is_ratio=False), caption(found, is_ratio=False)


def ends(svg: str) -> tuple[int, int]:
    """How many strokes and how many arrows end the intervals."""
    [path] = re.findall(r'class="interval" d="([^"]+)"', svg)
    return len(re.findall(r"h3(?=M|$)", path)), path.count("l2.5") // 2


def test_an_interval_that_goes_on_beyond_the_drawing_ends_in_an_arrow() -> None:
    inside, wide = [Estimate(10, 9.9, 10.1), Estimate(11, 10.9, 11.1)], Estimate(10.5, 2, 40)
    assert ends(drawn(inside)[0]) == (4, 0)
    assert drawn(inside)[1] == ""
    svg, words = drawn([*inside, wide])
    assert ends(svg) == (4, 2)
    assert words == BEYOND
    records = [*latencies(SLOWER, timed("heads"))]
    assert BEYOND in trend_page(History(METRIC, (trend(METRIC, records[:2]),)))


def test_both_ends_of_one_day_tell_the_time() -> None:
    estimates = [Estimate(10, 9.9, 10.1), Estimate(11, 10.9, 11.1)]
    assert {">2026-01-01 00:30<", ">2026-01-01 05:30<"} <= set(re.findall(r">2026[^<]*<", drawn(estimates, 5)[0]))
    assert {">2026-01-01<", ">2026-01-02<"} <= set(re.findall(r">2026[^<]*<", drawn(estimates)[0]))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e7))
def test_ticks_are_round(low: float, width: float) -> None:
    ticks, decimals = round_ticks(low, low + width)
    assert 2 <= len(ticks) <= TICKS + 1
    slack = 1e-6 * width
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)
    step = round((ticks[-1] - ticks[0]) / (len(ticks) - 1), decimals)
    assert f"{step:.3e}"[:5] in ("1.000", "2.000", "5.000")
    assert all(
        abs(tick / step - round(tick / step)) < 1e-6 * max(1.0, abs(tick / step)) and round(tick, decimals) == tick
        for tick in ticks
    )


@pytest.mark.integration
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_finds_nothing_to_complain_of(scheme: str, tmp_path: Path) -> None:
    file = tmp_path / "trend.html"
    file.write_text(trend_page(history(SCRIPT)), encoding="utf-8")
    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        page.locator("summary").first.click()
        assert page.locator("details tbody tr").count() == len(SLOWER) + 1
        assert SCRIPT in page.locator("h2").last.inner_text()
        assert page.locator("svg[role=img] > title").count() == 2
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.close()
    assert (said, asked) == ([], [file.as_uri()])
    assert paper == ("rgb(20, 23, 26)" if scheme == "dark" else "rgb(253, 253, 251)")
    assert overflow <= 0
