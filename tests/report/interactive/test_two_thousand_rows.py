"""Two thousand variants in one table stay smooth."""

from __future__ import annotations

from typing import Any

import pytest

from benchbench.report.formats.html import WINDOW
from tests.report.interactive.conftest import ROWS, Open

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ROWS_SHOWN = "#comparison tbody tr:visible"
LIMIT_MS = 1000
"""Of one act with its layout, the best of three, on a machine that is busy otherwise; a quiet one takes a tenth."""


def best(page: Any, act: str) -> float:
    """Milliseconds of an act and the layout after it, the best of three."""
    timed = (
        "async () => { const start = performance.now(); %s; document.body.offsetHeight;"
        " const end = performance.now(); await new Promise(requestAnimationFrame); return end - start; }"
    )
    return min(float(page.evaluate(timed % act)) for _ in range(3))


def test_it_opens_in_three_seconds_and_shows_the_first_rows(opened: Open) -> None:
    found = opened("large")
    taken = found.page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    assert taken < 3000
    assert found.page.locator(ROWS_SHOWN).count() == WINDOW
    assert found.said == []


@pytest.mark.parametrize(
    "act",
    [
        "document.querySelectorAll('#comparison thead button')[2].click()",
        "document.querySelectorAll('#comparison thead button')[0].click()",
        "const field = document.querySelector('input[type=search]'); field.value = field.value ? '' : 'heads 3';"
        " field.dispatchEvent(new Event('input'))",
        "document.querySelectorAll('.columns input')[1].click()",
        "document.querySelectorAll('.drill')[200].click(); document.querySelector('dialog').close()",
    ],
    ids=["sort-numbers", "sort-names", "filter", "column", "record"],
)
def test_nothing_takes_long(opened: Open, act: str) -> None:
    assert best(opened("large").page, act) < LIMIT_MS


def test_what_is_not_laid_out_is_sorted_and_found_all_the_same(opened: Open) -> None:
    page = opened("large").page
    heading = page.locator("#comparison thead button", has_text="Variant")
    heading.click()
    heading.click()
    first = page.locator("#comparison tbody tr:visible th .text").first
    assert first.inner_text() == f"variant-{ROWS - 1}"
    page.get_by_label("Filter rows").first.fill("variant-1234")
    assert page.locator("#comparison tbody tr:visible th .text").all_inner_texts() == ["variant-1234"]
    assert page.get_by_role("status").first.inner_text() == f"1 of {ROWS:,} rows"
    page.locator("#comparison .drill:visible").first.click()
    assert page.get_by_role("dialog", name="variant-1234").is_visible()


def test_more_rows_come_on_demand_and_the_focus_goes_to_the_first_of_them(opened: Open) -> None:
    page = opened("large").page
    page.get_by_role("button", name=f"Show {WINDOW} more of {ROWS:,} rows").press("Enter")
    assert page.locator(ROWS_SHOWN).count() == 2 * WINDOW
    row = page.evaluate("document.activeElement.closest('tr').querySelector('th .text').textContent")
    assert row == f"variant-{WINDOW:04d}"


def test_all_rows_are_printed(opened: Open) -> None:
    page = opened("large").page
    page.emulate_media(media="print")
    assert page.locator("#comparison tbody tr").last.is_visible()
    assert not page.locator(".more").is_visible()
