"""The golden pages: where they lie, what they hold, and how they are renewed."""

from __future__ import annotations

import re
from pathlib import Path

from benchbench.report import render
from tests.report import accounts, beside_accounts, depth_accounts

FOLDER = Path(__file__).parent / "golden"
ENDINGS = {"html": "html", "markdown": "md", "csv": "csv", "json": "json", "latex": "tex"}
ACCOUNTS = {"detr": accounts.account, "depth": depth_accounts.account, "beside": beside_accounts.account}


def path(name: str, format: str) -> Path:
    return FOLDER / f"{name}.{ENDINGS[format]}"


def page(name: str, format: str) -> str:
    """The account's page, its charts replaced by their titles, its pictures by their kind."""
    text = render(ACCOUNTS[name](), format)
    text = re.sub(r'<svg (?!class).*?<title id="([^"]*)">.*?</svg>', r"<!-- drawing \1 -->", text, flags=re.DOTALL)
    return re.sub(r'"data:(image/\w+);base64,[^"]*"', r'"data:\1"', text)


def renew() -> None:
    for name in ACCOUNTS:
        for format in ENDINGS:
            path(name, format).write_text(page(name, format), encoding="utf-8")


if __name__ == "__main__":
    renew()
