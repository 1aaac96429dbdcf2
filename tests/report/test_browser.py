"""The page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchbench.report import render
from tests.report import depth_accounts
from tests.report.accounts import account
from tests.report.models import COSTS

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [pytest.mark.integration, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "detr.html"
    path.write_text(render(account(), "html"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def depth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "depth.html"
    path.write_text(render(depth_accounts.account(), "html"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto(file.as_uri())
    yield opened
    context.close()


def rows(page: Page) -> list[str]:
    found: list[str] = page.locator("#comparison table").first.locator("tbody th .text").all_inner_texts()
    return found


def parameters(page: Page) -> list[int]:
    cells = page.locator("#comparison table").first.locator("tbody td:nth-child(2) > .text").all_inner_texts()
    return [int(text.replace(",", "")) for text in cells]


def test_it_opens_without_an_error_and_without_a_request(browser: Browser, file: Path) -> None:
    context = browser.new_context()
    opened, said, asked = context.new_page(), [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: said.append(dialog.message))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    opened.locator("thead button").first.click()
    opened.locator("h1").wait_for()
    assert (said, asked) == ([], [file.as_uri()])
    context.close()


def test_policy_forbids_any_other_script(page: Page) -> None:
    page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.intruder = 1';"
        " document.body.append(script); }"
    )
    assert page.evaluate("() => window.intruder") is None


def test_click_sorts_by_number_and_click_again_turns_it(page: Page) -> None:
    heading = page.locator("#comparison th", has_text="Parameters").first
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert parameters(page) == sorted(parameters(page))
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert parameters(page) == sorted(parameters(page), reverse=True)
    page.locator("#comparison th", has_text="Variant").first.locator("button").click()
    assert rows(page) == list(COSTS)
    assert heading.get_attribute("aria-sort") is None


def test_keyboard_sorts_and_holes_stay_last(page: Page) -> None:
    heading = page.locator("#comparison th", has_text="Latency").first
    for _ in range(2):
        heading.locator("button").focus()
        page.keyboard.press("Enter")
        cells = page.locator("#comparison table").first.locator("tbody td:nth-child(5) > .text").all_inner_texts()
        assert all(text[0].isdigit() for text in cells[:5])
        assert not any(text[0].isdigit() for text in cells[5:])
    assert heading.get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["file", "depth"])
def test_page_never_scrolls_sideways(browser: Browser, request: pytest.FixtureRequest, name: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    opened = context.new_page()
    opened.goto(request.getfixturevalue(name).as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_pictures_show_and_keep_their_sample_in_view(browser: Browser, depth: Path) -> None:
    """Under the policy of the page; input and truth stay at the left while the variants scroll."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    opened, said = context.new_page(), list[str]()
    opened.on("console", lambda message: said.append(message.text))
    opened.goto(depth.as_uri())
    pictures = opened.locator("#pictures img")
    pictures.first.scroll_into_view_if_needed()
    assert pictures.count() == 4 * (2 + 2 * 10 + 2)
    pictures.evaluate_all("all => Promise.all(all.map(each => { each.loading = 'eager'; return each.decode(); }))")
    assert all(pictures.evaluate_all("all => all.map(each => each.naturalWidth > 0)"))
    assert all(pictures.evaluate_all("all => all.map(i => i.alt.length > 5)"))
    opened.locator("#pictures .box").evaluate("box => { box.scrollLeft = 500; }")
    left = opened.locator("#pictures tbody th img").first.bounding_box()
    assert left is not None
    assert 0 <= left["x"] < 40
    assert said == []
    context.close()


def test_boxes_lie_on_the_image_they_share(browser: Browser, file: Path) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    opened.goto(file.as_uri())
    drawn = opened.locator("#pictures tbody td svg").first
    picture, shared = drawn.bounding_box(), drawn.locator("use").bounding_box()
    assert picture is not None
    assert shared is not None
    assert [picture[side] for side in ("x", "y", "width", "height")] == pytest.approx(
        [shared[side] for side in ("x", "y", "width", "height")], abs=1
    )
    assert drawn.locator("rect:not(.truth)").count() == 3
    context.close()


def test_sorting_works_under_grouped_headings(browser: Browser, depth: Path) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    opened.goto(depth.as_uri())
    assert opened.locator("#comparison thead tr.groups button").count() == 0
    opened.locator("#comparison thead tr:last-child th", has_text="Absolute").locator("button").click()
    shown = opened.locator("#comparison tbody td:nth-child(6) > .text").all_inner_texts()
    numbers = [float(text[:6]) for text in shown if text[0].isdigit()]
    assert numbers == sorted(numbers)
    assert len(numbers) == 11
    context.close()


def test_on_a_phone_the_documents_table_is_cards_with_their_columns_names(browser: Browser, file: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    opened.goto(file.as_uri())
    cell = opened.locator("#document tbody td").first
    assert cell.evaluate("cell => getComputedStyle(cell).display") == "block"
    assert cell.locator(".column").inner_text() == "参数减少量"
    box = cell.bounding_box()
    assert box is not None
    assert box["width"] > 300
    context.close()


def test_without_script_everything_is_there(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(file.as_uri())
    assert opened.locator("#claims tbody tr").count() == len(account().verdicts)
    assert opened.locator("thead button").count() == 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_paper(browser: Browser, file: Path, scheme: str) -> None:
    """Contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3) for running text, muted text and every badge."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    opened = context.new_page()
    opened.goto(file.as_uri())
    for selector in (".summary", ".lede", ".badge.holds", ".badge.fails", ".badge.open", ".badge.changed", "nav a"):
        colours = opened.locator(selector).first.evaluate(
            "e => [getComputedStyle(e).color, getComputedStyle(e.closest('.badge') ?? document.body).backgroundColor]"
        )
        assert contrast(*colours) >= 4.5, selector
    context.close()


def contrast(ink: str, paper: str) -> float:
    """(L1 + 0.05) / (L2 + 0.05) of relative luminances, WCAG 2.2."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
