"""What the documentation tells to type, and what it says will be answered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(sh|bash|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`(benchbench [^`]+)`(?!`)")
PROMPT = "$ "


@dataclass(frozen=True)
class Shown:
    """A command with the output that a page shows for it; "..." in it stands for anything."""

    words: tuple[str, ...]
    output: str


def commands(page: Path) -> Iterator[tuple[str, ...]]:
    """Every call of benchbench in a page's blocks and in its text, as words without the program's name."""
    text = page.read_text(encoding="utf-8")
    for _, block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from _calls(line.removeprefix(PROMPT))
    for spoken in _INLINE.findall(_BLOCK.sub("", text)):
        yield from _calls(spoken)


def _calls(line: str) -> Iterator[tuple[str, ...]]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return
    call: list[str] | None = None
    for word in [*words, ";"]:
        if word in {"&&", "|", "||", ";", ">"}:
            if call is not None:
                yield tuple(call)
            call = None
        elif call is not None:
            call.append(word)
        elif word.rpartition("/")[2] == "benchbench":
            call = []


def shown(page: Path) -> tuple[Shown, ...]:
    """The calls of benchbench whose output a page shows after them, in their order: sessions, with prompts."""
    found: list[Shown] = []
    for kind, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        session = kind == "console" and block.startswith(PROMPT)
        for part in block.split(f"\n{PROMPT}") if session else []:
            command, _, output = part.removeprefix(PROMPT).partition("\n")
            if output.strip():
                found += [Shown(words, output) for words in _calls(command)]
    return tuple(found)
