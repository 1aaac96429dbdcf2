"""Filtering rows and choosing columns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.interactive.conftest import Open
from tests.report.models import COSTS

pytestmark = pytest.mark.integration
FULL = "#table-comparison-full"


def names(page: Any) -> list[str]:
    found: list[str] = page.locator(f"{FULL} tbody tr:visible th .text").all_inner_texts()
    return found


def test_words_keep_the_rows_that_have_them_all(opened: Open) -> None:
    page = opened().page
    field = page.get_by_label("Filter rows").first
    field.fill("first layers")
    assert names(page) == ["layers", "depth-4-first", "depth-3-first", "depth-2-first"]
    assert page.get_by_role("status").first.inner_text() == "4 of 12 rows"
    field.fill("first layers -depth −nothing")
    assert names(page) == ["layers"]
    field.fill("no such thing")
    assert names(page) == []


def test_escape_brings_all_rows_back_and_half_a_word_hides_nothing(opened: Open) -> None:
    page = opened().page
    field = page.get_by_label("Filter rows").first
    field.fill("-")
    assert len(names(page)) == len(COSTS)
    field.fill("heads")
    field.press("Escape")
    assert field.input_value() == ""
    assert names(page) == list(COSTS)


def test_a_filter_holds_for_its_table_alone_and_while_it_is_sorted(opened: Open) -> None:
    page = opened().page
    page.get_by_label("Filter rows").first.fill("depth")
    page.locator(f"{FULL} thead button", has_text="Parameters").click()
    assert names(page) == ["depth-2-first", "depth-3-first", "depth-3-every-other", "depth-4-first"]
    assert page.locator("#table-comparison-stand-in tbody tr:visible").count() == len(COSTS)


def test_a_column_goes_with_its_heading_and_comes_back(opened: Open) -> None:
    page = opened().page
    page.locator("details.columns summary").first.click()
    box = page.locator("details.columns").first.get_by_label("Latency, ms")
    headings = page.locator(f"{FULL} thead tr:last-child th:visible")
    before, cells = headings.count(), page.locator(f"{FULL} tbody td:visible").count()
    box.uncheck()
    assert headings.count() == before - 1
    assert "Latency" not in " ".join(headings.all_inner_texts())
    assert page.locator(f"{FULL} tbody td:visible").count() == cells - len(COSTS)
    assert page.locator("details.columns summary").first.inner_text() == f"Columns ({before - 2} of {before - 1})"
    speed = page.locator(f"{FULL} tr.groups th", has_text="Speed")
    assert speed.get_attribute("colspan") == "1"
    page.locator("details.columns").first.get_by_label("Throughput").uncheck()
    assert not speed.is_visible()
    box.check()
    assert speed.is_visible()
    assert headings.count() == before - 1


def test_the_choice_of_columns_closes_by_escape_and_by_a_click_elsewhere(opened: Open) -> None:
    page = opened().page
    choice = page.locator("details.columns").first
    choice.locator("summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert choice.get_attribute("open") is None
    assert choice.locator("summary").evaluate("each => each === document.activeElement")
    choice.locator("summary").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    assert choice.get_attribute("open") is None
    choice.locator("summary").click()
    page.locator("h1").click()
    assert choice.get_attribute("open") is None


def test_print_has_no_tools_and_unfolds_what_was_folded(opened: Open) -> None:
    page = opened().page
    page.emulate_media(media="print")
    assert page.locator(".tools:visible").count() == 0
    assert page.locator("summary:visible").count() == 0
    assert page.locator("ol.footnotes li").last.evaluate(
        "each => each.checkVisibility({ contentVisibilityAuto: true })"
    )


def test_without_script_there_is_every_row_and_no_tool(opened: Open) -> None:
    page = opened("large", java_script_enabled=False).page
    assert page.locator(".tools, .drill, dialog").count() == 0
    assert page.locator("#comparison tbody tr").last.is_visible()
    assert page.locator("noscript").inner_text().startswith("Single samples and facts of a record need")
