"""No name leads out of its folder."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.record.names import LONGEST, safe


@given(st.text(max_size=200))
def test_always_one_component(name: str) -> None:
    made = safe(name)
    assert PurePosixPath(made).parts == (made,)
    assert PureWindowsPath(made).parts == (made,)
    assert not made.startswith(".")
    assert not any(unicodedata.category(letter).startswith("C") for letter in made)
    assert len(made.encode("utf-8")) <= LONGEST
    assert safe(made) == made


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("depth-4-first", "depth-4-first"),
        ("优化策略", "优化策略"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("/root", "_root"),
        ("..", "_"),
        ("a .", "a"),
        ("", "_"),
        ("a\x00b\n", "a_b_"),
        ("C:\\x", "C__x"),
        (".hidden", "_hidden"),
        ("\ud800", "_"),
    ],
)
def test_examples(name: str, made: str) -> None:
    assert safe(name) == made
