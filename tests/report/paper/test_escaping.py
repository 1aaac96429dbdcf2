"""Strings of strangers in LaTeX."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.report.paper.escaping import BREAK, CUT, lacks, remark, safe

KNOWN = re.compile(
    r"\\(?:text[a-z]+|bbcut|ldots|S|dag|ddag|ss|ae|AE|o|O|l|L|allowbreak)\{\}|\\[{}$&#%_]|\[\\ldots\]|"
    r"\\\(\\?[a-zA-Z\\{}^0-9-]*?\\\)|\\[`'^~=u.\"rHvc]\{\\?[A-Za-z]\}|[-']\{\}"
)


@given(st.text())
def test_nothing_but_known_commands_is_left(text: str) -> None:
    found = safe(text)
    assert found.isascii()
    left = KNOWN.sub("", found)
    assert not set(left) & set("\\{}$&#%_^\n\r")


@given(st.text())
def test_a_remark_stays_in_its_comment(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._:=/+-]*", remark(text) or "") is not None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b", rf"a\_{BREAK}b"),
        ("50 %", r"50 \%"),
        (r"\input{x}", rf"\textbackslash{{}}{BREAK}input\{{x\}}"),
        ("^^5c", r"\textasciicircum{}\textasciicircum{}5c"),
        ("DETR模型优化", "DETR" + CUT),
        ("é", r"\'{e}"),
        ("4 → 3 × β", r"4 \(\to\) 3 \(\times\) \(\beta\)"),
        ("two\nlines", "two lines"),
        ("fi--x", rf"fi-{{}}{BREAK}-{{}}{BREAK}x"),
    ],
)
def test_text_shows_as_itself(text: str, written: str) -> None:
    assert safe(text) == written


def test_what_is_left_out_is_known() -> None:
    assert lacks("DETR模型")
    assert not lacks("Größe → 3")
