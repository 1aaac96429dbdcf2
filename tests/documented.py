"""What the documentation tells to type, and what it says will be answered.

A comment of its own line before a block tells what becomes of it:

- `<!-- given: NAME -->` what the page's folder holds from then on, by a name of `tests/documented_grounds.py`
- `<!-- file: NAME -->` the block is written there
- `<!-- measured -->` numbers with a point or a unit are measured ones: any number stands for any other
- `<!-- not run: REASON -->` a console or Python block that no test can execute
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
EXECUTED, TYPED = ("console", "python"), ("sh", "bash", "console")
KINDS = {*EXECUTED, *TYPED, "yaml", "ini", "toml", "latex", "text", "markdown", "html", "json"}
MARKS = {"given", "file", "measured", "not run"}
_BLOCK = re.compile(r"((?:^<!-- [^\n]* -->\n+)*)^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!-- (.*?)(?:: (.*?))? -->")
_INLINE = re.compile(r"(?<!`)`(benchbench [^`]+)`(?!`)")
PROMPT = "$ "


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with the line it begins in and what the comments before it say."""

    page: Path
    line: int
    kind: str
    text: str
    marks: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def executed(self) -> bool:
        return self.kind in EXECUTED and "not run" not in self.marks


@dataclass(frozen=True)
class Shown:
    """A command line with the output that a page shows for it; "..." in it stands for anything."""

    typed: str
    output: str


def blocks(page: Path) -> tuple[Block, ...]:
    """The page's fenced blocks in their order."""
    text = page.read_text(encoding="utf-8")
    return tuple(
        Block(page, text.count("\n", 0, found.start(2)) + 1, found[2], found[3], dict(_MARK.findall(found[1])))
        for found in _BLOCK.finditer(text)
    )


def session(block: Block) -> tuple[Shown, ...]:
    """What a console block types after its prompts, each with what is shown after it."""
    parts = re.split(rf"^{re.escape(PROMPT)}", block.text, flags=re.MULTILINE)
    typed = [re.split(r"(?<!\\)\n", part, maxsplit=1) for part in parts[1:]]
    return tuple(Shown(line.replace("\\\n", " "), output) for line, output in typed)


def commands(page: Path) -> Iterator[tuple[str, ...]]:
    """Every call of benchbench in a page's blocks and in its text, as words without the program's name."""
    for block in blocks(page):
        lines = [each.typed for each in session(block)] if block.kind == "console" else []
        if block.kind in TYPED and not lines:
            lines = block.text.replace("\\\n", " ").splitlines()
        for line in lines:
            yield from _calls(line)
    for spoken in _INLINE.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
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
