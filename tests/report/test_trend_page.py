"""The page of trends in a real browser: it asks nobody, says nothing, and names are text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from benchbench.nights import trend
from benchbench.report.trend_page import summary, trend_page
from benchbench.types import Failed, Metric
from benchbench.types.trended import History
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
