"""Other runs beside the current one, in a browser: rows to filter, columns to hide, each number's own record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.beside_accounts import HOSTILE
from tests.report.hostile import IMAGE, SCRIPT
from tests.report.interactive.conftest import Open
from tests.report.interactive.test_accessibility import violations

pytestmark = pytest.mark.integration
TABLE = "#table-beside-full"
NAMES = (HOSTILE, "another-machine", "baseline nightly", "Current records")


def headings(page: Any) -> list[str]:
    found: list[str] = page.locator(f"{TABLE} thead tr:last-child th:visible button").all_inner_texts()
    return found


def drill(page: Any, variant: str, metric: str, place: int) -> Any:
    row = page.locator(f"{TABLE} tbody tr").filter(has=page.locator(f"th .text:text-is('{variant}')"))
    return row.filter(has_text=metric).locator(f":nth-child({place}) .drill")


def test_the_section_is_there_and_says_and_asks_nothing(opened: Open) -> None:
    found = opened("beside")
    page = found.page
    assert page.get_by_role("heading", name="Runs side by side").is_visible()
    assert page.get_by_role("link", name="Runs side by side").get_attribute("href") == "#beside"
    assert headings(page) == ["Variant", "Metric", *NAMES, *(f"Since {name}" for name in NAMES[:3])]
    assert page.locator("#beside svg.panel").count() == 2
    assert page.locator("#beside table").first.locator("tbody th").all_inner_texts() == list(NAMES)
    assert (found.said, len(found.asked)) == ([], 1)


def test_regressions_stand_first_and_are_found_by_the_filter(opened: Open) -> None:
    page = opened("beside").page
    rows = page.locator(f"{TABLE} tbody tr:visible")
    assert rows.count() == 20
    assert "regression" in rows.first.inner_text()
    page.locator("#filter-beside-full").fill("regression")
    assert rows.count() == 1
    assert "+42.9" in rows.first.inner_text()
    page.locator("#filter-beside-full").fill("latency -comparable")
    assert rows.count() == 0


def test_a_run_can_be_hidden_with_its_heading(opened: Open) -> None:
    page = opened("beside").page
    choice = page.locator("#beside details.columns").nth(1)
    choice.locator("summary").click()
    for name in ("another-machine", "Since another-machine", f"Since {HOSTILE}", "Since baseline nightly"):
        choice.get_by_label(name, exact=True).uncheck()
    assert headings(page) == ["Variant", "Metric", HOSTILE, "baseline nightly", "Current records"]
    assert page.locator(f"{TABLE} tbody tr").first.locator("td:visible").count() == 4
    groups = page.locator(f"{TABLE} tr.groups th:visible")
    assert [(each.inner_text(), each.get_attribute("colspan")) for each in groups.all()] == [("Values", "3")]


def test_changes_can_be_sorted(opened: Open) -> None:
    page = opened("beside").page
    button = page.locator(f"{TABLE} thead button", has_text="Since baseline nightly")
    button.click()
    button.click()
    assert "+20.0" in page.locator(f"{TABLE} tbody tr").nth(1).inner_text()
    assert "+42.9" in page.locator(f"{TABLE} tbody tr").first.inner_text()


def test_a_number_opens_the_record_of_its_own_run(opened: Open) -> None:
    found = opened("beside")
    page = found.page
    told = {}
    for place in (4, 5, 6):
        drill(page, "variant-0001", "Latency", place).click()
        record = page.get_by_role("dialog", name="variant-0001")
        value = record.locator(".note").first.inner_text().split()[3].rstrip(",")
        told[record.locator(".lede").inner_text()] = (value, record.locator(".commands").inner_text().split("\n")[0])
        page.keyboard.press("Escape")
    assert told == {
        "latency · scale “full” · another-machine": (
            "235.7",
            "benchbench show full-latency-var --records records/another-machine",
        ),
        "latency · scale “full” · baseline nightly": (
            "660.0",
            "benchbench show full-latency-var --records 'records/baseline nightly'",
        ),
        "latency · scale “full”": ("942.8", "benchbench show full-latency-var"),
    }
    assert found.said == []


def test_a_number_of_another_machine_says_of_which(opened: Open) -> None:
    page = opened("beside").page
    drill(page, "variant-0001", "Latency", 4).click()
    assert "Another CPU @ 4.00GHz" in page.locator("dialog dl").inner_text()


def test_hostile_names_of_runs_and_errors_stay_text(opened: Open) -> None:
    found = opened("beside")
    page = found.page
    assert HOSTILE in headings(page)
    drill(page, "variant-0002", "AP", 3).click()
    assert page.get_by_role("dialog").locator(".lede").inner_text() == f"coco-ap · scale “full” · {HOSTILE}"
    assert SCRIPT in page.get_by_role("dialog").locator(".commands").inner_text()
    page.keyboard.press("Escape")
    drill(page, "variant-0003", "Latency", 5).click()
    record = page.get_by_role("dialog")
    assert record.locator(".failed").inner_text() == f"out of memory {IMAGE}"
    assert record.locator("img, script").count() == 0
    assert page.locator("#beside img, #beside script").count() == 0
    assert found.said == []


@pytest.mark.parametrize(("width", "scheme"), [(1360, "light"), (1360, "dark"), (390, "light")])
def test_it_is_accessible(opened: Open, width: int, scheme: str) -> None:
    page = opened("beside", viewport={"width": width, "height": 900}, color_scheme=scheme).page
    assert violations(page, "#beside") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_in_print_every_row_and_drawing_is_there(opened: Open) -> None:
    page = opened("beside").page
    page.emulate_media(media="print")
    assert page.locator(f"{TABLE} tbody tr:visible").count() == 20
    assert page.locator("#beside svg.panel:visible").count() == 2
    assert page.locator("#beside .tools:visible").count() == 0
