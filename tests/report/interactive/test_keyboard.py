"""Everything without a mouse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.interactive.conftest import Open

pytestmark = pytest.mark.integration
ACTIVE = "document.activeElement"


def place(page: Any) -> tuple[str, int]:
    """The variant of the row and the column of the number that has the focus."""
    row, column = page.evaluate(
        f"() => {{ const cell = {ACTIVE}.closest('td');"
        " return [cell.parentElement.querySelector('th .text').textContent, cell.cellIndex]; }"
    )
    return row, column


def test_a_walk_by_tab_filters_chooses_sorts_and_opens(opened: Open) -> None:
    found = opened()
    page = found.page
    page.get_by_label("Filter rows").first.focus()
    page.keyboard.type("first")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{ACTIVE}.textContent") == "Columns"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert not page.locator("#table-comparison-full thead th", has_text="Parameters").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{ACTIVE}.getAttribute('role')") == "group"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#table-comparison-full th[aria-sort]").inner_text().startswith("Variant")
    for _ in range(7):
        page.keyboard.press("Tab")
    variant, column = place(page)
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog", name=variant).is_visible()
    page.keyboard.press("Escape")
    assert place(page) == (variant, column)
    assert found.said == []


def test_arrows_go_from_number_to_number_over_holes_and_hidden_rows(opened: Open) -> None:
    page = opened().page
    page.get_by_label("Filter rows").first.fill("-heads")
    page.locator("#table-comparison-full .drill:visible").first.focus()
    assert place(page) == ("base", 1)
    for key, expected in (
        ("ArrowRight", ("base", 2)),
        ("ArrowDown", ("layers", 2)),
        ("ArrowDown", ("channels-inner", 2)),
        ("ArrowLeft", ("channels-inner", 1)),
        ("ArrowLeft", ("channels-inner", 1)),
        ("ArrowUp", ("layers", 1)),
    ):
        page.keyboard.press(key)
        assert place(page) == expected, key
    page.locator("#table-comparison-full tr", has_text="depth-2-first").locator(".drill").last.focus()
    page.keyboard.press("ArrowRight")
    assert place(page) == ("depth-2-first", 3)


def test_a_table_is_one_stop_and_stays_one_when_its_row_goes(opened: Open) -> None:
    page = opened().page
    stops = page.locator('#table-comparison-full .drill[tabindex="0"]')
    assert stops.count() == 1
    page.get_by_label("Filter rows").first.fill("layers")
    assert stops.count() == 1
    assert stops.is_visible()


@pytest.mark.parametrize(
    "selector", [".drill", "thead button", "input[type=search]", ".columns summary", ".dot", "nav a"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_is_seen(opened: Open, selector: str, scheme: str) -> None:
    page = opened(color_scheme=scheme).page
    page.keyboard.press("Tab")
    page.locator(selector).first.focus()
    assert page.evaluate(f"getComputedStyle({ACTIVE}).outlineStyle") != "none"
    assert page.evaluate(f"parseFloat(getComputedStyle({ACTIVE}).outlineWidth)") >= 1


def test_the_record_keeps_the_focus_inside(opened: Open) -> None:
    page = opened().page
    page.locator("#table-comparison-full .drill").first.click()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(f"{ACTIVE} === document.body || document.querySelector('dialog').contains({ACTIVE})")
