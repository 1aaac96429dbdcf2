"""axe-core finds nothing to complain of, in either scheme, at either width, with a record open."""

from __future__ import annotations

from importlib.resources import files as resources
from typing import Any

import pytest

from tests.report.interactive.conftest import Open

pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.integration
AXE = (resources("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, within: str = "html") -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run({within!r}, {{ resultTypes: ['violations'] }})")["violations"]
    return [f"{each['id']}: {each['help']}: {node['html'][:200]}" for each in found for node in each["nodes"][:3]]


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("detr", 1360, "light"), ("detr", 390, "dark"), ("depth", 1360, "dark")]
)
def test_the_page_is_accessible(opened: Open, name: str, width: int, scheme: str) -> None:
    page = opened(name, viewport={"width": width, "height": 900}, color_scheme=scheme).page
    assert violations(page) == []


@pytest.mark.parametrize(("variant", "scheme"), [("layers", "light"), ("hostile", "dark")])
def test_an_open_record_and_an_open_choice_are_accessible(opened: Open, variant: str, scheme: str) -> None:
    page = opened(color_scheme=scheme).page
    page.locator("details.columns summary").first.click()
    row = page.locator("#table-comparison-full tbody tr").filter(has=page.locator(f"th .text:text-is('{variant}')"))
    assert violations(page, ".tools") == []
    row.locator("td:nth-child(5) .drill").click()
    assert violations(page, "dialog") == []


def test_axe_complains_where_there_is_reason_to(opened: Open) -> None:
    page = opened().page
    page.locator("nav").evaluate("nav => { const field = document.createElement('input'); nav.append(field); }")
    assert any(text.startswith("label:") for text in violations(page, "nav"))
