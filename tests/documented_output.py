"""When an answer is what a page shows: CONTRIBUTING.md states the rule."""

from __future__ import annotations

import doctest
import re

UNITS = r"(?:ns|µs|us|ms|s|min|h|KiB|MiB|GiB|%)"
EVERYWHERE = (
    ("WHEN", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:\d\d|Z)?)?"),
    ("HASH", r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b…?"),
    ("PATH", r"(?<![\w.:/~<-])(?:/[\w.+@-]+){2,}/?"),
    ("VERSION", r"\b\d+\.\d+\.\d+(?:[.+]\w+)*"),
)
MEASURED = (("NUMBER", r"\d[\d,]*\.\d+(?:e[+-]?\d+)?"), ("NUMBER", rf"\b\d[\d,]*(?=\s?{UNITS}(?!\w))"))


def same(shown: str, answered: str, *, measured: bool = False) -> bool:
    """Whether `answered` is what is shown, up to white space, what "..." stands for, and what is masked."""
    expected = re.sub(r" ?\.\.\. ?", "...", masked(shown, measured))
    return doctest.OutputChecker().check_output(expected, masked(answered, measured), doctest.ELLIPSIS)


def masked(text: str, measured: bool) -> str:
    """Text in one line; of dates, hashes, absolute paths and versions, and of measured numbers if asked, the kind."""
    for name, pattern in (*EVERYWHERE, *(MEASURED if measured else ())):
        text = re.sub(pattern, name, text)
    return " ".join(text.split())
