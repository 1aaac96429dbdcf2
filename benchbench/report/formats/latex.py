"""LaTeX: tables that a paper takes in as they are."""

from __future__ import annotations

from benchbench.report.page import Page
from benchbench.report.paper import paper


def write(page: Page) -> str:
    """The wide layout across a two-column page; `paper` has the others."""
    return paper(page.account)
