"""CSV: the long frame, safe to open in a spreadsheet."""

from __future__ import annotations

from benchbench.report.frame import frame
from benchbench.report.page import Page

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet takes text for a formula (OWASP, CSV injection)."""


def write(page: Page) -> str:
    """One row per scale, variant and metric; text that could be taken for a formula is led by an apostrophe."""
    return frame(page.account).map(harmless).to_csv(index=False, lineterminator="\n")


def harmless(value: object) -> object:
    """The value, or text with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
