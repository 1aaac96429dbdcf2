"""Markdown as GitHub would read it."""

import re

import pytest

from benchbench.report import render, tables
from benchbench.report.formats.markdown import cell_text, plain
from benchbench.types import Cell
from tests.report.accounts import account
from tests.report.hostile import IMAGE, SCRIPT


@pytest.fixture(scope="module")
def page() -> str:
    return render(account(), "markdown")


def test_every_row_of_a_table_has_its_columns(page: str) -> None:
    groups = re.findall(r"(?:^\|.*\|$\n?)+", page, flags=re.MULTILINE)
    shown = [table for table in tables(account()) if table.rows]
    assert len(groups) == len(shown)
    for group, table in zip(groups, shown, strict=True):
        rows = group.strip().splitlines()
        assert len(rows) == len(table.rows) + 2
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(table.columns) + 1}


def test_no_name_became_markup(page: str) -> None:
    tags = set(re.findall(r"<(/?\w+)[^>]*>", page)) - {"https", "http"}
    assert tags <= {"br", "sup", "/sup"}
    assert SCRIPT not in page
    assert IMAGE not in page
    assert plain(SCRIPT) in page


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", r"a\|b"),
        ("*x* _y_ `z`", r"\*x\* \_y\_ \`z\`"),
        ("[t](u)", r"\[t\](u)"),
        ("&lt;", "&amp;lt;"),
        ("# title", r"\# title"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("two\nlines", "two<br>lines"),
        ("−1.2 %", "−1.2 %"),
    ],
)
def test_text_shows_as_itself(text: str, written: str) -> None:
    assert plain(text) == written


def test_only_web_addresses_become_links() -> None:
    assert cell_text(Cell("x", link="https://a.org/b|<c>")) == "[x](<https://a.org/b%7C%3Cc%3E>)"
    assert cell_text(Cell("x", link="javascript:alert(1)")) == "x"
    assert cell_text(Cell("x", link="#claim")) == "x"


def test_a_cell_keeps_its_lines_and_marks() -> None:
    cell = Cell("1", marks=(1, 2), lines=(Cell("2", label="Δ"), Cell("3", lines=(Cell("4"),))))
    assert cell_text(cell) == "1<sup>1,2</sup><br>Δ: 2<br>3 · 4"
