"""`-k EXPR`: a small language, its laws and its complaints."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.errors import BenchbenchError
from benchbench.expand.selection import parse_selection

NAMES = ("layers-4", "coco-ap", "stand-in")


@pytest.mark.parametrize(("text", "matches"), [
    ("", True),
    ("  ", True),
    ("layers", True),
    ("layers-4", True),
    ("LAYERS", True),
    ("heads", False),
    ("not heads", True),
    ("not not heads", False),
    ("layers and coco", True),
    ("layers and heads", False),
    ("heads or coco-ap", True),
    ("heads or layers and coco", True),
    ("(heads or layers) and not coco", False),
    ("not(heads)and(stand-in)", True),
    ("not heads and layers", True),
    ("not (heads and layers)", True),
    ("andy or notes or order", False),
    ("*", False),
])  # fmt: skip
def test_meaning(text: str, matches: bool) -> None:
    assert parse_selection(text).matches(NAMES) is matches


def test_words() -> None:
    assert parse_selection("a and (b-c or not d)").words == ("a", "b-c", "d")


@pytest.mark.parametrize(("text", "what", "caret"), [
    ("a and", "expected a name", 5),
    ("a and  ", "expected a name", 5),
    ("and a", "expected a name", 0),
    ("a b", "expected 'and', 'or' or the end", 2),
    ("(a or b", "expected ')'", 7),
    ("a)", "expected 'and', 'or' or the end", 1),
    ("a or ()", "expected a name", 6),
    ("not", "expected a name", 3),
    ("a and or b", "expected a name", 6),
    ("  a\tand\n)", "expected a name", 8),
])  # fmt: skip
def test_a_caret_under_what_is_wrong(text: str, what: str, caret: int) -> None:
    with pytest.raises(BenchbenchError) as error:
        parse_selection(text)
    first, line, pointer = error.value.what.splitlines()
    assert first == f"cannot read the selection: {what}"
    assert (len(line), pointer) == (len(text) + 2, " " * (caret + 2) + "^")
    assert error.value.hint


@pytest.mark.parametrize("text", ["(" * 1000 + "a", "not " * 400 + "a"])
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(BenchbenchError, match="nested deeper than 50 levels"):
        parse_selection(text)


def test_length_is_bounded() -> None:
    with pytest.raises(BenchbenchError, match="longer than 2,000 characters"):
        parse_selection("a or " * 1000 + "a")


words = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,5}", fullmatch=True).filter(lambda word: word not in ("and", "or", "not"))
expressions = st.recursive(
    words,
    lambda below: (
        st.builds("({} and {})".format, below, below)
        | st.builds("({} or {})".format, below, below)
        | st.builds("(not {})".format, below)
    ),
    max_leaves=6,
)
names = st.lists(words, min_size=1, max_size=3).map(tuple)


def same(left: str, right: str, of: tuple[str, ...]) -> bool:
    return parse_selection(left).matches(of) == parse_selection(right).matches(of)


@given(expressions, expressions, names)
def test_de_morgan(a: str, b: str, of: tuple[str, ...]) -> None:
    assert same(f"not ({a} and {b})", f"not {a} or not {b}", of)
    assert same(f"not ({a} or {b})", f"not {a} and not {b}", of)


@given(expressions, expressions, expressions, names)
def test_precedence_and_distribution(a: str, b: str, c: str, of: tuple[str, ...]) -> None:
    assert same(f"{a} or {b} and {c}", f"{a} or ({b} and {c})", of)
    assert same(f"{a} and ({b} or {c})", f"{a} and {b} or {a} and {c}", of)
    assert same(f"not {a} and {b}", f"(not {a}) and {b}", of)
    assert same(f"not not {a}", a, of)


@given(expressions, names)
def test_as_python_reads_it(text: str, of: tuple[str, ...]) -> None:
    """The oracle: Python's own and, or and not over the truth of each word."""
    tokens = text.replace("(", " ( ").replace(")", " ) ").split()
    truths = (
        token if token in ("(", ")", "and", "or", "not") else str(any(token in name for name in of)) for token in tokens
    )
    assert parse_selection(text).matches(of) is eval(" ".join(truths))


@given(st.text(max_size=40) | st.text("()and ornot-", max_size=40))
def test_no_text_but_a_benchbench_error(text: str) -> None:
    with suppress(BenchbenchError):
        parse_selection(text).matches(NAMES)
