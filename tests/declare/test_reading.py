"""YAML, doubted: places, the core schema, and everything that is refused."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.declare import load
from benchbench.declare.reading import LARGEST_FILE, read, read_file
from benchbench.declare.scalars import resolve
from benchbench.declare.tree import Fields, fields_of, key_of, place_of, plain
from benchbench.errors import BenchbenchError, InvalidSuite
from benchbench.types import Place
from tests.declare.conftest import VOCABULARY


def said(text: str) -> list[str]:
    """All complaints, whether reading could go on or not."""
    try:
        _, complaints = read(text, "f")
    except InvalidSuite as error:
        complaints = list(error.complaints)
    return [f"{found.place.line}:{found.place.column}: {found.what}" for found in complaints]


@pytest.mark.parametrize(("text", "value"), [
    ("1", 1), ("-7", -7), ("+7", 7), ("007", 7), ("0o17", 15), ("0xfF", 255), ("1e-4", 1e-4), (".5", 0.5), ("3.", 3.0),
    ("true", True), ("FALSE", False), ("null", None), ("~", None), ("", None),
    ("yes", "yes"), ("on", "on"), ("2026-01-11", "2026-01-11"), ("1_000", "1_000"), ("1:30", "1:30"), (".inf", ".inf"),
    (".nan", ".nan"), ("1e999", "1e999"), ("9" * 5000, "9" * 5000), ("22%", "22%"), ("٣", "٣"),
])  # fmt: skip
def test_plain_scalars_by_the_core_schema(text: str, value: object) -> None:
    resolved = resolve(text)
    assert (resolved, type(resolved)) == (value, type(value))


@given(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive(number: float) -> None:
    assert resolve(repr(number)) == number
    assert math.isfinite(number)


def test_quoted_numbers_are_text() -> None:
    assert plain(read("{a: '1', b: \"2\", c: 3}", "f")[0]) == {"a": "1", "b": "2", "c": 3}


def test_places() -> None:
    root, _ = read("a:\n  b: [10, 20]\n  c: x\n", "f")
    assert key_of(root, "a", "c") == Place("f", 3, 3)
    assert place_of(root, "a", "c") == Place("f", 3, 6)
    assert place_of(root, "a", "b", 1) == Place("f", 2, 11)
    assert place_of(root, "a", "b", 7) == Place("f", 2, 6)


def test_keys_are_text_as_written() -> None:
    assert plain(read("{1.0: a, true: b}", "f")[0]) == {"1.0": "a", "true": "b"}


def test_an_alias_is_a_copy() -> None:
    root, complaints = read("a: &x {k: 1}\nb: *x\n", "f")
    assert not complaints
    first, second = fields_of(root)["a"], fields_of(root)["b"]
    assert plain(first) == plain(second)
    assert isinstance(first, Fields)
    assert isinstance(second, Fields)
    assert first is not second
    assert first.entries["k"] is not second.entries["k"]


@pytest.mark.parametrize(("text", "complaints"), [
    ("a: 1\nb: 2\na: 3\n", ["3:1: the key 'a' is given twice"]),
    ("a: !!python/object/apply:os.system [x]\n",
     ["1:4: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not allowed"]),
    ("a: !x 1\n!y b: 2\n", ["1:4: the tag '!x' is not allowed", "2:1: the tag '!y' is not allowed"]),
    ("b: &b {x: 1}\na:\n  <<: *b\n", ["3:3: merge keys are not part of YAML 1.2"]),
    ("a: 1\n---\nb: 2\n", ["2:1: a second document"]),
    ("a: &x [*x]\n", ["1:8: the alias '*x' names nothing complete"]),
    ("a: *b\n", ["1:4: the alias '*b' names nothing complete"]),
    ("? [a]\n: b\n", ["1:3: a key must be plain text"]),
    ('a: "\\u0007"\n', ["1:4: a control character in the text"]),
    ('a: "\\ud800"\n', ["1:4: a control character in the text"]),
])  # fmt: skip
def test_what_yaml_may_say_and_a_suite_may_not(text: str, complaints: list[str]) -> None:
    assert said(text) == complaints


@pytest.mark.parametrize(("text", "at"), [
    ("a: [1, 2\nb: 3\n", "2:2"),
    ("a:\n\tb: 1\n", "2:1"),
    ("a: 'x\n", "2:1"),
    ('a: "\\xZZ"\n', "1:7"),
    ("a: b: c\n", "1:5"),
    ('a: 1\nb: "\\UFFFFFFFF"\n', "2:1"),
])  # fmt: skip
def test_syntax_errors_have_a_line_and_a_column(text: str, at: str) -> None:
    (complaint,) = said(text)
    assert complaint.startswith(f"{at}: not YAML: ")


def test_what_was_found_before_a_syntax_error_is_told_too() -> None:
    first, second = said("a: 1\na: 2\nb: [\n")
    assert first == "2:1: the key 'a' is given twice"
    assert second.startswith("4:1: not YAML: ")


def test_a_billion_laughs_are_cut_short() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (complaint,) = said("\n".join(lines))
    assert complaint.endswith("more than 100,000 values once aliases are expanded")


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000])
def test_depth_is_bounded(text: str) -> None:
    assert "nested deeper than 40 levels" in said(text)[0]


def test_depth_through_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]
    assert "nested deeper than 40 levels" in said("\n".join(lines))[0]


def test_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(BenchbenchError, match="larger than 1,000,000 bytes"):
        load(path, VOCABULARY)


def test_bytes_that_are_no_utf8_have_a_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("suite: x\ntitle: caf\xe9\n".encode("latin-1"))
    with pytest.raises(InvalidSuite) as error:
        load(path, VOCABULARY)
    assert str(error.value) == f"{path}:2:11: not UTF-8 (save the file as UTF-8)"


def test_any_byte(tmp_path: Path) -> None:
    path = tmp_path / "byte.yaml"
    for byte in range(256):
        path.write_bytes(b"suite: " + bytes([byte]) + b"\n")
        with suppress(BenchbenchError):
            plain(read(read_file(path), str(path))[0])


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(BenchbenchError):
        plain(read(text, "f")[0])
