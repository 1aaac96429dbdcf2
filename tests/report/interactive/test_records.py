"""From a number to its record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.hostile import IMAGE, SCRIPT
from tests.report.interactive.conftest import Open

pytestmark = pytest.mark.integration
LATENCY = 5
"""The latency's place in the row."""


def cell(page: Any, variant: str, place: int = LATENCY) -> Any:
    row = page.locator("#table-comparison-full tbody tr").filter(has=page.locator(f"th .text:text-is('{variant}')"))
    return row.locator(f":nth-child({place}) .drill")


def test_a_number_opens_its_record_with_samples_facts_and_commands(opened: Open) -> None:
    found = opened()
    page = found.page
    cell(page, "layers").click()
    record = page.get_by_role("dialog", name="layers")
    assert record.locator(".lede").inner_text() == "latency · scale “full”"
    pictures = record.get_by_role("img")
    assert pictures.first.get_attribute("aria-label").startswith("this variant: 7 samples; reference: 7 samples; twin")
    assert pictures.first.locator("circle").count() == 21
    assert "Over the reference of the same round: median ×0.9" in record.inner_text()
    assert record.locator(".commands").inner_text().splitlines() == [
        "benchbench show full-latency-lay",
        "benchbench run detr.yaml -k 'layers and latency and full' --fresh",
    ]
    assert "cpu, float32, batch 1, 2 threads, eager" in record.locator("dl").inner_text()
    assert (found.said, len(found.asked)) == ([], 1)


def test_strips_stand_where_their_samples_lie(opened: Open) -> None:
    page = opened().page
    cell(page, "layers").click()
    page.locator("dialog summary").click()
    texts = page.locator("dialog pre").first.inner_text().split("\n\n")
    own = sorted(float(text.replace(",", "")) for text in texts[0].splitlines()[1].split())
    drawn = (
        page.locator("dialog svg")
        .first.locator(".sample-0")
        .evaluate_all("all => all.map(e => Number(e.getAttribute('cx')))")
    )
    assert len(own) == len(drawn) == 7
    scale = (drawn[-1] - drawn[0]) / (own[-1] - own[0])
    assert drawn == pytest.approx([drawn[0] + scale * (value - own[0]) for value in own], abs=0.2)


def test_the_reference_is_not_compared_with_itself(opened: Open) -> None:
    page = opened().page
    cell(page, "base").click()
    assert page.locator("dialog svg").count() == 1
    assert "same round" not in page.locator("dialog").inner_text()


def test_single_numbers_stand_in_a_table_with_their_intervals(opened: Open) -> None:
    page = opened().page
    page.locator("#table-comparison-stand-in tbody tr").first.locator("td:nth-child(5) .drill").click()
    assert page.locator("dialog .values tbody tr").all_inner_texts() == [
        "AP\t44.7\u00a0pt\t[42.6\u00a0pt, 46.8\u00a0pt]",
        "AP small\tnone: nothing to score\t",
    ]


def test_a_failure_opens_its_error_and_log_as_text(opened: Open) -> None:
    found = opened()
    page = found.page
    cell(page, "hostile").click()
    record = page.get_by_role("dialog")
    assert record.locator(".failed").inner_text() == f"the worker was killed {IMAGE}"
    assert record.locator("pre").first.inner_text().endswith(f"MemoryError: {SCRIPT} {IMAGE}")
    assert record.locator("img, script").count() == 0
    assert found.said == []


def test_a_cell_that_was_skipped_opens_nothing(opened: Open) -> None:
    page = opened().page
    assert cell(page, "heads-4").count() == 0
    assert cell(page, "heads-4", 2).count() == 1


def test_a_footnote_beside_a_number_is_no_part_of_its_button(opened: Open) -> None:
    page = opened().page
    assert cell(page, "heads").inner_text() == "1,446"
    assert page.locator(".drill a").count() == 0


def test_escape_a_click_beside_and_the_button_close_it(opened: Open) -> None:
    page = opened().page
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(5, 400), page.locator(".shut").click):
        cell(page, "layers").click()
        assert page.get_by_role("dialog").is_visible()
        close()
        assert page.get_by_role("dialog").count() == 0
        assert cell(page, "layers").evaluate("each => each === document.activeElement")


def test_a_mark_leads_to_its_claim(opened: Open) -> None:
    page = opened().page
    page.get_by_role("link", name="D2.1.speed: reported").click()
    assert page.evaluate("location.hash") == "#claim-D2.1.speed"
    assert page.locator("#claim-D2\\.1\\.speed").is_visible()
