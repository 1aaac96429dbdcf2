"""Pages in one browser. Every page tells what it said and asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchbench.report import Account, render
from tests.report import accounts, beside_accounts, depth_accounts, large_accounts

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ROWS = 2000
ACCOUNTS: dict[str, Callable[[], Account]] = {
    "detr": accounts.account,
    "beside": beside_accounts.account,
    "depth": depth_accounts.account,
    "large": lambda: large_accounts.account(ROWS),
}


@dataclass
class Opened:
    """A page, with what it wrote to the console and what it requested."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where a page lies, by its name; written when it is first asked for."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def written(name: str) -> Path:
        path = folder / f"{name}.html"
        path.write_text(render(ACCOUNTS[name](), "html"), encoding="utf-8")
        return path

    return written


@pytest.fixture
def opened(browser: Any, file: Callable[[str], Path]) -> Iterator[Open]:
    """Opens a page by name, with the options of a browser's context."""
    contexts = []

    def open_page(name: str = "detr", **options: Any) -> Opened:
        context = browser.new_context(
            **{"viewport": {"width": 1360, "height": 900}, "reduced_motion": "reduce"} | options
        )
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("dialog", lambda dialog: found.said.append(dialog.message))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(file(name).as_uri())
        return found

    yield open_page
    for context in contexts:
        context.close()
