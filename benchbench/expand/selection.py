"""`-k EXPR`: which trials are meant, in names joined by and, or, not and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn

from benchbench.errors import BenchbenchError

LONGEST = 2_000
DEEPEST = 50
_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<word>[^\s()]+))")
_KEYWORDS = ("and", "or", "not")

Test = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True)
class Selection:
    """A readable expression: `matches` of a trial's names, and the `words` it was written with.

    A word matches a name that contains it, whatever the case, as in pytest.
    """

    matches: Test
    words: tuple[str, ...]


def parse_selection(text: str) -> Selection:
    """Read an expression; an empty one means everything. Raises BenchbenchError with a caret under what is wrong."""
    if len(text) > LONGEST:
        raise BenchbenchError(f"the selection is longer than {LONGEST:,} characters", "name a part that they share")
    if not text.strip():
        return Selection(lambda _: True, ())
    return _Parser(text).selection()


@dataclass(frozen=True)
class _Token:
    text: str
    at: int


class _Parser:
    """Recursive descent: `or` of `and` of `not` of a word or a parenthesis."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [_Token(match[0].strip(), match.end() - len(match[0].strip())) for match in _found(text)]
        self._next = 0
        self._depth = 0
        self._words: list[str] = []

    def selection(self) -> Selection:
        test = self._either()
        if self._peek():
            self._refuse("expected 'and', 'or' or the end")
        return Selection(test, tuple(self._words))

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return lambda names: any(test(names) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._take("and"):
            tests.append(self._single())
        return lambda names: all(test(names) for test in tests)

    def _single(self) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(f"nested deeper than {DEEPEST} levels")
        test = self._negation() if self._take("not") else self._group() if self._take("(") else self._word()
        self._depth -= 1
        return test

    def _negation(self) -> Test:
        inner = self._single()
        return lambda names: not inner(names)

    def _group(self) -> Test:
        inner = self._either()
        if not self._take(")"):
            self._refuse("expected ')'")
        return inner

    def _word(self) -> Test:
        word = self._peek()
        if not word or word in ("(", ")", *_KEYWORDS):
            self._refuse("expected a name")
        self._next += 1
        self._words.append(word)
        sought = word.casefold()
        return lambda names: any(sought in name.casefold() for name in names)

    def _peek(self) -> str:
        return self._tokens[self._next].text if self._next < len(self._tokens) else ""

    def _take(self, text: str) -> bool:
        taken = self._peek() == text
        self._next += taken
        return taken

    def _refuse(self, what: str) -> NoReturn:
        at = self._tokens[self._next].at if self._next < len(self._tokens) else len(self._text.rstrip())
        line = re.sub(r"\s", " ", self._text)
        message = f"cannot read the selection: {what}\n  {line}\n  {' ' * at}^"
        raise BenchbenchError(message, "names joined by and, or, not and parentheses, such as 'layers and not coco-ap'")


def _found(text: str) -> Iterable[re.Match[str]]:
    return (match for match in _TOKEN.finditer(text) if match["mark"] or match["word"])
