"""The golden pages: where they lie, what they hold, and how they are renewed."""

from __future__ import annotations

import re
from pathlib import Path

from benchbench.report import render
from tests.report.accounts import account

FOLDER = Path(__file__).parent / "golden"
ENDINGS = {"html": "html", "markdown": "md", "csv": "csv", "json": "json"}


def path(format: str) -> Path:
    return FOLDER / f"detr.{ENDINGS[format]}"


def page(format: str) -> str:
    """The account's page, its drawings replaced by their titles."""
    text = render(account(), format)
    return re.sub(r'<svg .*?<title id="([^"]*)">.*?</svg>', r"<!-- drawing \1 -->", text, flags=re.DOTALL)


def renew() -> None:
    for format in ENDINGS:
        path(format).write_text(page(format), encoding="utf-8")


if __name__ == "__main__":
    renew()
